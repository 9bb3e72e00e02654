SET ROLE waymark_owner;
DROP POLICY tenant ON ops.imports;
CREATE POLICY tenant ON ops.imports FOR SELECT TO connectors_tenant USING (company_id = program.current_company());
REVOKE SELECT ON ops.imports FROM profile_tenant;
REVOKE USAGE ON SCHEMA ops FROM profile_tenant;
RESET ROLE;
