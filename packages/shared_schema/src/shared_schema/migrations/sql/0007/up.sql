SET ROLE waymark_owner;
CREATE TABLE pii.erasure_identifiers (
	erasure_id UUID NOT NULL,
	kind TEXT NOT NULL,
	value TEXT NOT NULL,
	CONSTRAINT pk_erasure_identifiers PRIMARY KEY (erasure_id, kind, value)
);
COMMENT ON TABLE pii.erasure_identifiers IS 'What a person was known by, while it is being looked for; then gone.';
COMMENT ON COLUMN pii.erasure_identifiers.kind IS 'A provider, `name` or `phone`';

CREATE TABLE ops.erased_persons (
	person_id UUID NOT NULL,
	erasure_id UUID NOT NULL,
	CONSTRAINT pk_erased_persons PRIMARY KEY (person_id)
);
CREATE INDEX ix_erased_persons_erasure_id ON ops.erased_persons (erasure_id);
COMMENT ON TABLE ops.erased_persons IS 'Every source person who was erased; tombstones, no names.';
COMMENT ON INDEX ops.ix_erased_persons_erasure_id IS 'A service asks whom an erasure is about.';

CREATE TABLE ops.erasure_work (
	erasure_id UUID NOT NULL,
	service TEXT DEFAULT ops.current_service() NOT NULL,
	done TEXT[] DEFAULT '{}'::text[] NOT NULL,
	counts JSONB DEFAULT '{}'::jsonb NOT NULL,
	round INTEGER DEFAULT 0 NOT NULL,
	begun_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	completed_at TIMESTAMP WITH TIME ZONE,
	CONSTRAINT pk_erasure_work PRIMARY KEY (erasure_id, service)
);
CREATE INDEX ix_erasure_work_begun_at ON ops.erasure_work (begun_at) WHERE completed_at IS NULL;
COMMENT ON TABLE ops.erasure_work IS 'How far each service is with an erasure; its own rows only.';
COMMENT ON COLUMN ops.erasure_work.done IS 'The stores where nothing is left';
COMMENT ON COLUMN ops.erasure_work.round IS 'How often the stores were gone through';
COMMENT ON INDEX ops.ix_erasure_work_begun_at IS 'A worker that starts goes on with what is not done.';

CREATE TABLE ops.erasure_facts (
	erasure_id UUID NOT NULL,
	fact_type TEXT NOT NULL,
	fact_id UUID NOT NULL,
	side TEXT NOT NULL,
	done BOOLEAN DEFAULT false NOT NULL,
	CONSTRAINT pk_erasure_facts PRIMARY KEY (erasure_id, fact_type, fact_id),
	CONSTRAINT ck_erasure_facts_fact_type CHECK (fact_type IN ('kintell_session', 'kintell_rating', 'buddy_match', 'buddy_event', 'buddy_checkin', 'buddy_feedback', 'learning_progress', 'credential', 'enrollment', 'company_membership', 'platform_account', 'program_cost', 'company'))
);
COMMENT ON TABLE ops.erasure_facts IS 'The facts of a person who is being erased, and their side.';
COMMENT ON COLUMN ops.erasure_facts.side IS 'participant, volunteer, or both';
COMMENT ON CONSTRAINT ck_erasure_facts_fact_type ON ops.erasure_facts IS 'A word outside the vocabulary is a bug.';

CREATE TABLE ops.erasure_rows (
	erasure_id UUID NOT NULL,
	import_id UUID NOT NULL,
	row_no INTEGER NOT NULL,
	done BOOLEAN DEFAULT false NOT NULL,
	CONSTRAINT pk_erasure_rows PRIMARY KEY (erasure_id, import_id, row_no)
);
COMMENT ON TABLE ops.erasure_rows IS 'The rows of imports that name a person who is erased.';
COMMENT ON COLUMN ops.erasure_rows.row_no IS '0: whoever looks into the file';

CREATE TABLE ops.erased_texts (
	text_id UUID NOT NULL,
	erasure_id UUID NOT NULL,
	CONSTRAINT pk_erased_texts PRIMARY KEY (text_id)
);
CREATE INDEX ix_erased_texts_erasure_id ON ops.erased_texts (erasure_id);
COMMENT ON TABLE ops.erased_texts IS 'Texts that went with a person: ids, no words.';
COMMENT ON INDEX ops.ix_erased_texts_erasure_id IS 'Those who made something of the texts let it go.';

CREATE TABLE ops.erasure_certificates (
	erasure_id UUID NOT NULL,
	jws TEXT NOT NULL,
	signed_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	CONSTRAINT pk_erasure_certificates PRIMARY KEY (erasure_id)
);
COMMENT ON TABLE ops.erasure_certificates IS 'The signed certificate of an erasure, as compact JWS.';

CREATE POLICY owner ON ops.erasure_work FOR ALL TO waymark_owner USING (true);
CREATE POLICY own_rows ON ops.erasure_work FOR ALL TO gateway_worker, connectors_worker, profile_worker, safety_worker, q2q_ai_worker USING (service = ops.current_service());
ALTER TABLE ops.erasure_work ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, DELETE ON pii.erasure_identifiers TO profile_worker;
GRANT SELECT ON pii.erasure_identifiers TO connectors_worker;
GRANT SELECT ON ops.erased_persons TO gateway_worker;
GRANT SELECT ON ops.erased_persons TO connectors_worker;
GRANT SELECT, INSERT, UPDATE, DELETE ON ops.erased_persons TO profile_worker;
GRANT SELECT ON ops.erased_persons TO safety_worker;
GRANT SELECT ON ops.erased_persons TO q2q_ai_worker;
GRANT SELECT, INSERT, UPDATE, DELETE ON ops.erasure_work TO gateway_worker;
GRANT SELECT, INSERT, UPDATE, DELETE ON ops.erasure_work TO connectors_worker;
GRANT SELECT, INSERT, UPDATE, DELETE ON ops.erasure_work TO profile_worker;
GRANT SELECT, INSERT, UPDATE, DELETE ON ops.erasure_work TO safety_worker;
GRANT SELECT, INSERT, UPDATE, DELETE ON ops.erasure_work TO q2q_ai_worker;
GRANT SELECT, INSERT, UPDATE, DELETE ON ops.erasure_facts TO connectors_worker;
GRANT SELECT, INSERT, UPDATE, DELETE ON ops.erasure_rows TO connectors_worker;
GRANT SELECT, INSERT, DELETE ON ops.erased_texts TO connectors_worker;
GRANT SELECT ON ops.erased_texts TO safety_worker;
GRANT SELECT ON ops.erased_texts TO q2q_ai_worker;
GRANT SELECT, INSERT, UPDATE, DELETE ON ops.erasure_certificates TO gateway_worker;
GRANT SELECT ON ops.erasure_certificates TO profile_worker;

CREATE INDEX ix_import_rows_fact_type_highest_id ON ops.import_rows (fact_type, highest_id);
COMMENT ON INDEX ops.ix_import_rows_fact_type_highest_id IS 'An erasure finds the rows that state a fact.';
ALTER TABLE pii.webhook_bodies ADD COLUMN sha256 BYTEA;
ALTER TABLE pii.webhook_bodies ADD COLUMN rewritten_sha256 BYTEA;
COMMENT ON COLUMN pii.webhook_bodies.sha256 IS 'Of the body as it came, once rewritten';
COMMENT ON COLUMN pii.webhook_bodies.rewritten_sha256 IS 'After an erasure';

GRANT EXECUTE ON FUNCTION pii.mark_erased(uuid, uuid[], bytea[], text, text, timestamptz) TO profile_worker;
RESET ROLE;
