SET ROLE waymark_owner;
DROP TABLE pii.webhook_rows;
DROP INDEX pii.ix_webhook_bodies_source_received_at;
ALTER TABLE pii.webhook_bodies DROP COLUMN shape, DROP COLUMN rejected, DROP COLUMN routed_at, DROP COLUMN correlation_id;
COMMENT ON COLUMN pii.webhook_bodies.source IS NULL;
ALTER TABLE ops.imports DROP COLUMN channel;
RESET ROLE;
