SET ROLE waymark_owner;
GRANT USAGE ON SCHEMA ops TO profile_tenant;
GRANT SELECT ON ops.imports TO profile_tenant;
DROP POLICY tenant ON ops.imports;
CREATE POLICY tenant ON ops.imports FOR SELECT TO connectors_tenant, profile_tenant USING (company_id = program.current_company());
RESET ROLE;
