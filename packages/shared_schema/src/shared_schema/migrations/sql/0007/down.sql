SET ROLE waymark_owner;
DROP FUNCTION pii.mark_erased(uuid, uuid[], bytea[], text, text, timestamptz);
ALTER TABLE pii.webhook_bodies DROP COLUMN rewritten_sha256;
ALTER TABLE pii.webhook_bodies DROP COLUMN sha256;
DROP INDEX ops.ix_import_rows_fact_type_highest_id;
DROP TABLE ops.erasure_certificates, ops.erased_texts, ops.erasure_rows, ops.erasure_facts,
    ops.erasure_work, ops.erased_persons, pii.erasure_identifiers;
RESET ROLE;
