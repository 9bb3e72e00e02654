SET ROLE waymark_owner;
ALTER TABLE ops.imports ADD COLUMN channel TEXT DEFAULT 'file' NOT NULL;
ALTER TABLE ops.imports ADD CONSTRAINT ck_imports_channel
    CHECK (channel IN ('file', 'json', 'webhook', 'pull'));
COMMENT ON COLUMN ops.imports.channel IS 'A webhook import takes the webhooks of one UTC day';
COMMENT ON CONSTRAINT ck_imports_channel ON ops.imports IS 'A word outside the vocabulary is a bug.';

-- No webhook was ever taken by 0001; the empty default is for a database where someone tried.
ALTER TABLE pii.webhook_bodies ADD COLUMN shape TEXT DEFAULT '' NOT NULL;
ALTER TABLE pii.webhook_bodies ALTER COLUMN shape DROP DEFAULT;
ALTER TABLE pii.webhook_bodies ADD COLUMN rejected INTEGER DEFAULT 0 NOT NULL;
ALTER TABLE pii.webhook_bodies ADD COLUMN routed_at TIMESTAMP WITH TIME ZONE;
ALTER TABLE pii.webhook_bodies ADD COLUMN correlation_id TEXT;
CREATE INDEX ix_webhook_bodies_source_received_at ON pii.webhook_bodies (source, received_at);
COMMENT ON COLUMN pii.webhook_bodies.source IS 'Whose secret verified it';
COMMENT ON COLUMN pii.webhook_bodies.shape IS 'The path it came by, such as kintell/session';
COMMENT ON COLUMN pii.webhook_bodies.rejected IS 'How often its id came again with another content, which was refused';
COMMENT ON COLUMN pii.webhook_bodies.routed_at IS 'When it became rows of imports';
COMMENT ON INDEX pii.ix_webhook_bodies_source_received_at IS 'Support looks up what a sender sent lately.';

CREATE TABLE pii.webhook_rows (
    import_id UUID NOT NULL,
    row_no INTEGER NOT NULL,
    source TEXT NOT NULL,
    webhook_id TEXT NOT NULL,
    item INTEGER DEFAULT 0 NOT NULL,
    CONSTRAINT pk_webhook_rows PRIMARY KEY (import_id, row_no),
    CONSTRAINT fk_webhook_rows_source_webhook_id FOREIGN KEY(source, webhook_id)
        REFERENCES pii.webhook_bodies (source, webhook_id) ON DELETE CASCADE
);
CREATE INDEX ix_webhook_rows_source_webhook_id ON pii.webhook_rows (source, webhook_id);
COMMENT ON TABLE pii.webhook_rows IS 'Which webhook a row of an import came from.';
COMMENT ON COLUMN pii.webhook_rows.item IS 'Which object of a webhook that holds several';
COMMENT ON CONSTRAINT fk_webhook_rows_source_webhook_id ON pii.webhook_rows IS 'A row goes with the webhook that says it.';
COMMENT ON INDEX pii.ix_webhook_rows_source_webhook_id IS 'A webhook is done when all its rows are.';
GRANT SELECT, INSERT, UPDATE, DELETE ON pii.webhook_rows TO connectors_worker;
RESET ROLE;
