SET ROLE waymark_owner;
ALTER TABLE ops.imports ADD COLUMN undo JSONB;
ALTER TABLE ops.imports ADD COLUMN replay JSONB;
ALTER TABLE ops.imports ADD COLUMN report JSONB;
CREATE INDEX ix_imports_changing ON ops.imports (import_id)
    WHERE undo ->> 'status' = 'running' OR replay ->> 'status' = 'running';
COMMENT ON COLUMN ops.imports.undo IS 'Who took it back, how far, what came of it';
COMMENT ON COLUMN ops.imports.replay IS 'Who tried its refused rows again, how far';
COMMENT ON COLUMN ops.imports.report IS 'Counts by column and code; what would move';
COMMENT ON INDEX ops.ix_imports_changing IS 'A worker that starts goes on with what is being taken back or tried again.';

ALTER TABLE ops.import_rows ADD COLUMN spoken TEXT[];
ALTER TABLE ops.import_rows ADD COLUMN asserts BOOLEAN DEFAULT true NOT NULL;
ALTER TABLE ops.import_rows ADD COLUMN lowest_id UUID
    GENERATED ALWAYS AS ((array_sort(fact_ids))[1]) STORED;
ALTER TABLE ops.import_rows ADD COLUMN highest_id UUID
    GENERATED ALWAYS AS ((array_sort(fact_ids))[cardinality(fact_ids)]) STORED;
COMMENT ON COLUMN ops.import_rows.spoken IS 'The columns, and with a dot the details, that the rows speak about; null: all';
COMMENT ON COLUMN ops.import_rows.asserts IS 'False: facts that were only told anew';
COMMENT ON COLUMN ops.import_rows.lowest_id IS 'With highest_id: which rows of other imports can hold the same facts';

-- An import may overwrite a fact more than once: each revision has its image.
ALTER TABLE pii.before_images DROP CONSTRAINT pk_before_images;
ALTER TABLE pii.before_images ADD CONSTRAINT pk_before_images PRIMARY KEY (fact_type, fact_id, revision);
CREATE INDEX ix_before_images_created_at ON pii.before_images (created_at);
COMMENT ON COLUMN pii.before_images.import_id IS 'Which import overwrote it';
COMMENT ON INDEX pii.ix_before_images_created_at IS 'Retention forgets the old ones.';

-- One id a fact, in tables whose key is made of others.
ALTER TABLE pii.platform_accounts ADD COLUMN account_id UUID DEFAULT uuidv7() NOT NULL;
ALTER TABLE pii.platform_accounts ADD CONSTRAINT uq_platform_accounts_account_id UNIQUE (account_id);
COMMENT ON CONSTRAINT uq_platform_accounts_account_id ON pii.platform_accounts IS 'The ledger of imports names a fact by one id.';
ALTER TABLE program.company_users ADD COLUMN membership_id UUID DEFAULT uuidv7() NOT NULL;
ALTER TABLE program.company_users ADD CONSTRAINT uq_company_users_membership_id UNIQUE (membership_id);
COMMENT ON CONSTRAINT uq_company_users_membership_id ON program.company_users IS 'The ledger of imports names a fact by one id.';

CREATE TABLE ops.undone_facts (
    fact_type TEXT NOT NULL,
    fact_id UUID NOT NULL,
    import_id UUID NOT NULL,
    row_no INTEGER NOT NULL,
    fate TEXT NOT NULL,
    revision INTEGER,
    withdrawn BOOLEAN NOT NULL,
    reason TEXT,
    by_import UUID,
    changed_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_undone_facts PRIMARY KEY (fact_type, fact_id, import_id),
    CONSTRAINT ck_undone_facts_fact_type CHECK (fact_type IN ('kintell_session', 'kintell_rating', 'buddy_match', 'buddy_event', 'buddy_checkin', 'buddy_feedback', 'learning_progress', 'credential', 'enrollment', 'company_membership', 'platform_account', 'program_cost', 'company')),
    CONSTRAINT ck_undone_facts_fate CHECK (fate IN ('removed', 'restored', 'kept', 'refused')),
    CONSTRAINT fk_undone_facts_import_id FOREIGN KEY(import_id) REFERENCES ops.imports (import_id) ON DELETE CASCADE
);
CREATE INDEX ix_undone_facts_import_id_row_no ON ops.undone_facts (import_id, row_no);
COMMENT ON TABLE ops.undone_facts IS 'What undoing an import did to each of its facts, and why.';
COMMENT ON COLUMN ops.undone_facts.revision IS 'The revision that the undo wrote';
COMMENT ON COLUMN ops.undone_facts.withdrawn IS 'The import no longer speaks for the fact; else it may be asked again';
COMMENT ON COLUMN ops.undone_facts.reason IS 'Why it stayed: a code';
COMMENT ON COLUMN ops.undone_facts.by_import IS 'The import that holds it';
COMMENT ON CONSTRAINT ck_undone_facts_fact_type ON ops.undone_facts IS 'A word outside the vocabulary is a bug.';
COMMENT ON CONSTRAINT ck_undone_facts_fate ON ops.undone_facts IS 'A word outside the vocabulary is a bug.';
COMMENT ON CONSTRAINT fk_undone_facts_import_id ON ops.undone_facts IS 'It goes with its import.';
COMMENT ON INDEX ops.ix_undone_facts_import_id_row_no IS 'What stayed of an import is listed by row.';
ALTER TABLE ops.undone_facts ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON ops.undone_facts FOR ALL TO waymark_owner USING (true);
CREATE POLICY worker ON ops.undone_facts FOR ALL TO connectors_worker USING (true);
CREATE POLICY tenant ON ops.undone_facts FOR SELECT TO connectors_tenant USING (EXISTS (SELECT FROM ops.imports p WHERE p.import_id = undone_facts.import_id));
GRANT SELECT, INSERT, UPDATE, DELETE ON ops.undone_facts TO connectors_worker;
GRANT SELECT ON ops.undone_facts TO connectors_tenant;

DROP POLICY worker ON program.attributions;
CREATE POLICY worker ON program.attributions FOR ALL TO connectors_worker, profile_worker, q2q_ai_worker USING (true);
GRANT SELECT ON program.attributions TO connectors_worker;
GRANT SELECT ON program.canonical_persons TO connectors_worker;
RESET ROLE;
