SET ROLE waymark_owner;
REVOKE SELECT ON program.canonical_persons FROM connectors_worker;
REVOKE SELECT ON program.attributions FROM connectors_worker;
DROP POLICY worker ON program.attributions;
CREATE POLICY worker ON program.attributions FOR ALL TO profile_worker, q2q_ai_worker USING (true);
DROP TABLE ops.undone_facts;
ALTER TABLE program.company_users DROP COLUMN membership_id;
ALTER TABLE pii.platform_accounts DROP COLUMN account_id;
DROP INDEX pii.ix_before_images_created_at;
COMMENT ON COLUMN pii.before_images.import_id IS NULL;
DELETE FROM pii.before_images i USING pii.before_images o
    WHERE (o.import_id, o.fact_type, o.fact_id) = (i.import_id, i.fact_type, i.fact_id)
    AND o.revision < i.revision;
ALTER TABLE pii.before_images DROP CONSTRAINT pk_before_images;
ALTER TABLE pii.before_images ADD CONSTRAINT pk_before_images PRIMARY KEY (import_id, fact_type, fact_id);
ALTER TABLE ops.import_rows DROP COLUMN highest_id, DROP COLUMN lowest_id, DROP COLUMN asserts, DROP COLUMN spoken;
DROP INDEX ops.ix_imports_changing;
ALTER TABLE ops.imports DROP COLUMN report, DROP COLUMN replay, DROP COLUMN undo;
RESET ROLE;
