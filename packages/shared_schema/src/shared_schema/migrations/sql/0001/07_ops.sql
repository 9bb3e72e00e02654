CREATE TABLE ops.audit_log (
    audit_id UUID DEFAULT uuidv7() NOT NULL,
    service TEXT DEFAULT ops.current_service() NOT NULL,
    actor TEXT NOT NULL,
    role TEXT NOT NULL,
    action TEXT NOT NULL,
    object_type TEXT NOT NULL,
    object_id TEXT,
    reason TEXT,
    correlation_id TEXT,
    at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_audit_log PRIMARY KEY (audit_id)
);
CREATE INDEX ix_audit_log_object_type_object_id ON ops.audit_log (object_type, object_id);
COMMENT ON TABLE ops.audit_log IS 'Privileged actions; only ever appended to.';
COMMENT ON INDEX ops.ix_audit_log_object_type_object_id IS 'What was done to this object, and by whom.';

CREATE TABLE ops.dead_letters (
    dead_letter_id UUID DEFAULT uuidv7() NOT NULL,
    consumer TEXT NOT NULL,
    message_id TEXT NOT NULL,
    event_id TEXT DEFAULT '' NOT NULL,
    type TEXT NOT NULL,
    body BYTEA NOT NULL,
    reason TEXT NOT NULL,
    attempts INTEGER DEFAULT 0 NOT NULL,
    correlation_id TEXT,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    replayed_at TIMESTAMP WITH TIME ZONE,
    resolved_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_dead_letters PRIMARY KEY (dead_letter_id)
);
CREATE INDEX ix_dead_letters_consumer_dead_letter_id ON ops.dead_letters (consumer, dead_letter_id) WHERE resolved_at IS NULL;
COMMENT ON TABLE ops.dead_letters IS 'Events that could not be applied, to be fixed and replayed.';
COMMENT ON COLUMN ops.dead_letters.event_id IS 'Empty: not decodable';
COMMENT ON INDEX ops.ix_dead_letters_consumer_dead_letter_id IS 'The open ones are listed and counted.';

CREATE TABLE ops.delivery_attempts (
    consumer TEXT NOT NULL,
    message_id TEXT NOT NULL,
    event_id TEXT DEFAULT '' NOT NULL,
    attempts INTEGER DEFAULT 0 NOT NULL,
    last_error TEXT,
    next_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_delivery_attempts PRIMARY KEY (consumer, message_id, event_id)
);
COMMENT ON TABLE ops.delivery_attempts IS 'Failed attempts, counted here since NATS may forget them.';
COMMENT ON COLUMN ops.delivery_attempts.event_id IS 'Empty: the whole message';
COMMENT ON COLUMN ops.delivery_attempts.last_error IS 'The error''s class, never its words';

CREATE TABLE ops.erasures (
    erasure_id UUID DEFAULT uuidv7() NOT NULL,
    person_id UUID NOT NULL,
    requested_by TEXT NOT NULL,
    reason TEXT,
    requested_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    completed_at TIMESTAMP WITH TIME ZONE,
    backups_expire_at TIMESTAMP WITH TIME ZONE,
    certificate JSONB,
    CONSTRAINT pk_erasures PRIMARY KEY (erasure_id)
);
CREATE INDEX ix_erasures_person_id ON ops.erasures (person_id);
COMMENT ON TABLE ops.erasures IS 'Erasures and their certificates.';
COMMENT ON INDEX ops.ix_erasures_person_id IS 'A person is erased once; replay and restore ask for it.';

CREATE TABLE ops.idempotency_keys (
    caller TEXT NOT NULL,
    key TEXT NOT NULL,
    request_digest BYTEA NOT NULL,
    status SMALLINT,
    response JSONB,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_idempotency_keys PRIMARY KEY (caller, key)
);
CREATE INDEX ix_idempotency_keys_created_at ON ops.idempotency_keys (created_at);
COMMENT ON TABLE ops.idempotency_keys IS 'Answers to writes that a client may send again.';
COMMENT ON COLUMN ops.idempotency_keys.status IS 'Null while the first one runs';
COMMENT ON INDEX ops.ix_idempotency_keys_created_at IS 'Retention forgets the old ones.';

CREATE TABLE ops.imports (
    import_id UUID DEFAULT uuidv7() NOT NULL,
    dataset TEXT NOT NULL,
    company_id UUID,
    uploaded_by TEXT NOT NULL,
    uploaded_role TEXT NOT NULL,
    status TEXT DEFAULT 'receiving' NOT NULL,
    dry_run BOOLEAN DEFAULT false NOT NULL,
    atomic BOOLEAN DEFAULT false NOT NULL,
    program TEXT,
    mapping TEXT,
    mapping_version TEXT,
    filename_kind TEXT,
    sha256 BYTEA,
    rows_read INTEGER DEFAULT 0 NOT NULL,
    rows_created INTEGER DEFAULT 0 NOT NULL,
    rows_updated INTEGER DEFAULT 0 NOT NULL,
    rows_unchanged INTEGER DEFAULT 0 NOT NULL,
    rows_refused INTEGER DEFAULT 0 NOT NULL,
    rows_held INTEGER DEFAULT 0 NOT NULL,
    next_row INTEGER DEFAULT 0 NOT NULL,
    checkpoint JSONB DEFAULT '{}'::jsonb NOT NULL,
    problem JSONB,
    preview JSONB,
    correlation_id TEXT,
    received_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    started_at TIMESTAMP WITH TIME ZONE,
    finished_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_imports PRIMARY KEY (import_id),
    CONSTRAINT ck_imports_status CHECK (status IN ('receiving', 'received', 'running', 'completed', 'failed', 'cancelled', 'undone')),
    CONSTRAINT ck_imports_program CHECK (program IN ('buddy', 'language', 'mentorship', 'upskilling')),
    CONSTRAINT ck_imports_rows_add_up CHECK (rows_read = rows_created + rows_updated + rows_unchanged + rows_refused + rows_held)
);
CREATE INDEX ix_imports_company_id_import_id ON ops.imports (company_id, import_id);
CREATE INDEX ix_imports_status ON ops.imports (status) WHERE status IN ('receiving', 'received', 'running');
COMMENT ON TABLE ops.imports IS 'Every upload, what became of it and how far it is.';
COMMENT ON COLUMN ops.imports.company_id IS 'Whose manager uploaded it';
COMMENT ON COLUMN ops.imports.filename_kind IS 'csv, xlsx or ndjson; never the name';
COMMENT ON COLUMN ops.imports.next_row IS 'Where a resume goes on';
COMMENT ON CONSTRAINT ck_imports_program ON ops.imports IS 'A word outside the vocabulary is a bug.';
COMMENT ON CONSTRAINT ck_imports_rows_add_up ON ops.imports IS 'Every row that was read is accounted for.';
COMMENT ON CONSTRAINT ck_imports_status ON ops.imports IS 'A word outside the vocabulary is a bug.';
COMMENT ON INDEX ops.ix_imports_company_id_import_id IS 'A manager lists the company''s own imports by page.';
COMMENT ON INDEX ops.ix_imports_status IS 'A worker that starts picks up what a crash left.';

CREATE TABLE ops.inbox (
    consumer TEXT NOT NULL,
    message_id TEXT NOT NULL,
    received_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_inbox PRIMARY KEY (consumer, message_id)
);
COMMENT ON TABLE ops.inbox IS 'Messages whose effects stand; one row a packed batch.';
COMMENT ON COLUMN ops.inbox.consumer IS '<service>-<type-with-dashes>';

CREATE TABLE ops.inbox_exceptions (
    consumer TEXT NOT NULL,
    message_id TEXT NOT NULL,
    event_id TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_inbox_exceptions PRIMARY KEY (consumer, message_id, event_id)
);
COMMENT ON TABLE ops.inbox_exceptions IS 'Events of a taken batch whose effects do not stand.';

CREATE TABLE ops.mappings (
    name TEXT NOT NULL,
    version TEXT NOT NULL,
    dataset TEXT NOT NULL,
    definition JSONB NOT NULL,
    digest TEXT NOT NULL,
    company_id UUID,
    created_by TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_mappings PRIMARY KEY (name, version),
    CONSTRAINT uq_mappings_name_digest UNIQUE (name, digest)
);
COMMENT ON TABLE ops.mappings IS 'Mappings that uploads brought; the shipped ones are files.';
COMMENT ON CONSTRAINT uq_mappings_name_digest ON ops.mappings IS 'The same mapping again is the same version.';

CREATE TABLE ops.outbox (
    outbox_id UUID DEFAULT uuidv7() NOT NULL,
    producer TEXT DEFAULT ops.current_service() NOT NULL,
    type TEXT NOT NULL,
    subject TEXT,
    content_type TEXT NOT NULL,
    body BYTEA NOT NULL,
    event_count INTEGER DEFAULT '1' NOT NULL,
    correlation_id TEXT,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    published_at TIMESTAMP WITH TIME ZONE,
    stream_seq BIGINT,
    CONSTRAINT pk_outbox PRIMARY KEY (outbox_id),
    CONSTRAINT ck_outbox_counts CHECK (event_count > 0)
);
CREATE INDEX ix_outbox_created_at ON ops.outbox (created_at) WHERE published_at IS NULL;
CREATE INDEX ix_outbox_stream_seq ON ops.outbox (stream_seq) WHERE stream_seq IS NOT NULL;
COMMENT ON TABLE ops.outbox IS 'Events as they were written with their facts: the event log.';
COMMENT ON COLUMN ops.outbox.outbox_id IS 'Also the message''s Nats-Msg-Id';
COMMENT ON COLUMN ops.outbox.type IS 'The event type; the subject is `waymark.` + type';
COMMENT ON COLUMN ops.outbox.subject IS 'CloudEvents subject; null for a batch';
COMMENT ON COLUMN ops.outbox.body IS 'One CloudEvent, or a batch of up to 100';
COMMENT ON CONSTRAINT ck_outbox_counts ON ops.outbox IS 'An empty message would be published for nothing.';
COMMENT ON INDEX ops.ix_outbox_created_at IS 'The relay takes what is not published, oldest first.';
COMMENT ON INDEX ops.ix_outbox_stream_seq IS 'Reconcile asks which row stands at a sequence, and what came after it.';

CREATE TABLE ops.policy_versions (
    policy_version TEXT NOT NULL,
    digest TEXT NOT NULL,
    body JSONB NOT NULL,
    state TEXT DEFAULT 'draft' NOT NULL,
    activated_by TEXT,
    activated_at TIMESTAMP WITH TIME ZONE,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_policy_versions PRIMARY KEY (policy_version),
    CONSTRAINT ck_policy_versions_state CHECK (state IN ('draft', 'shadow', 'active', 'retired'))
);
CREATE UNIQUE INDEX ix_policy_versions_state ON ops.policy_versions (state) WHERE state IN ('active', 'shadow');
COMMENT ON TABLE ops.policy_versions IS 'The safety policies that were loaded, and which one rules.';
COMMENT ON CONSTRAINT ck_policy_versions_state ON ops.policy_versions IS 'A word outside the vocabulary is a bug.';
COMMENT ON INDEX ops.ix_policy_versions_state IS 'One policy screens, one runs in its shadow.';

CREATE TABLE ops.review_items (
    flag_id UUID DEFAULT uuidv7() NOT NULL,
    text_id UUID NOT NULL,
    person_id UUID,
    fact_type TEXT NOT NULL,
    fact_id UUID NOT NULL,
    category TEXT NOT NULL,
    severity SMALLINT NOT NULL,
    rules TEXT[] DEFAULT '{}'::text[] NOT NULL,
    spans JSONB DEFAULT '[]'::jsonb NOT NULL,
    policy_version TEXT NOT NULL,
    language TEXT,
    reviewer_group TEXT,
    state TEXT DEFAULT 'open' NOT NULL,
    claimed_by TEXT,
    lease_until TIMESTAMP WITH TIME ZONE,
    due_at TIMESTAMP WITH TIME ZONE,
    decision TEXT,
    reason_code TEXT,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    decided_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_review_items PRIMARY KEY (flag_id),
    CONSTRAINT ck_review_items_state CHECK (state IN ('open', 'claimed', 'decided')),
    CONSTRAINT ck_review_items_decision CHECK (decision IN ('uphold', 'dismiss', 'escalate')),
    CONSTRAINT ck_review_items_severity CHECK (severity BETWEEN 1 AND 4),
    CONSTRAINT ck_review_items_claim_has_lease CHECK (state <> 'claimed' OR (claimed_by IS NOT NULL AND lease_until IS NOT NULL)),
    CONSTRAINT ck_review_items_decided_has_decision CHECK ((state = 'decided') = (decision IS NOT NULL AND decided_at IS NOT NULL)),
    CONSTRAINT uq_review_items_text_id_category_policy_version UNIQUE (text_id, category, policy_version)
);
CREATE INDEX ix_review_items_severity_created_at ON ops.review_items (severity, created_at) WHERE state <> 'decided';
COMMENT ON TABLE ops.review_items IS 'Flags that wait for a person''s decision.';
COMMENT ON COLUMN ops.review_items.spans IS '[{start, end, rule}]; offsets, no words';
COMMENT ON COLUMN ops.review_items.due_at IS 'By the severity''s service level';
COMMENT ON CONSTRAINT ck_review_items_claim_has_lease ON ops.review_items IS 'A claim without an end would block the queue.';
COMMENT ON CONSTRAINT ck_review_items_decided_has_decision ON ops.review_items IS 'Decided says how and when.';
COMMENT ON CONSTRAINT ck_review_items_decision ON ops.review_items IS 'A word outside the vocabulary is a bug.';
COMMENT ON CONSTRAINT ck_review_items_severity ON ops.review_items IS '1 is the worst, 4 the mildest.';
COMMENT ON CONSTRAINT ck_review_items_state ON ops.review_items IS 'A word outside the vocabulary is a bug.';
COMMENT ON CONSTRAINT uq_review_items_text_id_category_policy_version ON ops.review_items IS 'A text is flagged once a category.';
COMMENT ON INDEX ops.ix_review_items_severity_created_at IS 'The queue: the worst and oldest first.';

CREATE TABLE ops.schema_drift (
    source TEXT NOT NULL,
    field TEXT NOT NULL,
    kind TEXT NOT NULL,
    seen BIGINT DEFAULT '1' NOT NULL,
    first_seen_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    last_seen_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_schema_drift PRIMARY KEY (source, field, kind),
    CONSTRAINT ck_schema_drift_kind CHECK (kind IN ('unknown', 'missing', 'type'))
);
COMMENT ON TABLE ops.schema_drift IS 'Fields that a partner sends and we don''t expect, counted.';
COMMENT ON CONSTRAINT ck_schema_drift_kind ON ops.schema_drift IS 'A word outside the vocabulary is a bug.';

CREATE TABLE ops.screenings (
    text_id UUID NOT NULL,
    policy_version TEXT NOT NULL,
    outcome TEXT NOT NULL,
    at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_screenings PRIMARY KEY (text_id, policy_version),
    CONSTRAINT ck_screenings_outcome CHECK (outcome IN ('cleared', 'flagged'))
);
COMMENT ON TABLE ops.screenings IS 'Which text was screened by which policy, and how it ended.';
COMMENT ON CONSTRAINT ck_screenings_outcome ON ops.screenings IS 'A word outside the vocabulary is a bug.';

CREATE TABLE ops.sources (
    source_id UUID DEFAULT uuidv7() NOT NULL,
    name TEXT NOT NULL,
    dataset TEXT NOT NULL,
    definition JSONB NOT NULL,
    sealed_secret BYTEA,
    enabled BOOLEAN DEFAULT false NOT NULL,
    every_seconds INTEGER,
    cursor JSONB DEFAULT '{}'::jsonb NOT NULL,
    last_import_id UUID,
    last_problem JSONB,
    created_by TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    last_run_at TIMESTAMP WITH TIME ZONE,
    next_run_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_sources PRIMARY KEY (source_id),
    CONSTRAINT uq_sources_name UNIQUE (name)
);
CREATE INDEX ix_sources_next_run_at ON ops.sources (next_run_at) WHERE enabled;
COMMENT ON TABLE ops.sources IS 'APIs that are pulled on schedule or demand.';
COMMENT ON COLUMN ops.sources.definition IS 'Base URL, pagination, limits; no secret';
COMMENT ON COLUMN ops.sources.cursor IS 'Page and incremental cursor to resume at';
COMMENT ON CONSTRAINT uq_sources_name ON ops.sources IS 'People and logs call a source by its name.';
COMMENT ON INDEX ops.ix_sources_next_run_at IS 'The schedule takes what is due.';

CREATE TABLE ops.erasure_steps (
    erasure_id UUID NOT NULL,
    service TEXT NOT NULL,
    counts JSONB NOT NULL,
    completed_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_erasure_steps PRIMARY KEY (erasure_id, service),
    CONSTRAINT fk_erasure_steps_erasure_id FOREIGN KEY(erasure_id) REFERENCES ops.erasures (erasure_id) ON DELETE CASCADE
);
COMMENT ON TABLE ops.erasure_steps IS 'What each service erased; the certificate waits for all.';
COMMENT ON CONSTRAINT fk_erasure_steps_erasure_id ON ops.erasure_steps IS 'A step goes with its erasure.';

CREATE TABLE ops.import_rows (
    import_id UUID NOT NULL,
    chunk_no INTEGER NOT NULL,
    fact_type TEXT NOT NULL,
    first_row INTEGER NOT NULL,
    last_row INTEGER NOT NULL,
    row_nos INTEGER[] NOT NULL,
    fact_ids UUID[] NOT NULL,
    revisions_before INTEGER[] NOT NULL,
    revisions_after INTEGER[] NOT NULL,
    CONSTRAINT pk_import_rows PRIMARY KEY (import_id, chunk_no, fact_type),
    CONSTRAINT ck_import_rows_fact_type CHECK (fact_type IN ('kintell_session', 'kintell_rating', 'buddy_match', 'buddy_event', 'buddy_checkin', 'buddy_feedback', 'learning_progress', 'credential', 'enrollment', 'company_membership', 'platform_account', 'program_cost', 'company')),
    CONSTRAINT fk_import_rows_import_id FOREIGN KEY(import_id) REFERENCES ops.imports (import_id) ON DELETE CASCADE,
    CONSTRAINT ck_import_rows_packed_alike CHECK (cardinality(row_nos) = cardinality(fact_ids) AND cardinality(row_nos) = cardinality(revisions_before) AND cardinality(row_nos) = cardinality(revisions_after))
);
COMMENT ON TABLE ops.import_rows IS 'Which row became which fact: one packed row a chunk.';
COMMENT ON COLUMN ops.import_rows.revisions_before IS 'Null: the row created the fact';
COMMENT ON COLUMN ops.import_rows.revisions_after IS 'Equal to before: unchanged';
COMMENT ON CONSTRAINT ck_import_rows_fact_type ON ops.import_rows IS 'A word outside the vocabulary is a bug.';
COMMENT ON CONSTRAINT ck_import_rows_packed_alike ON ops.import_rows IS 'Four columns of one table: a shorter one would shift the rest.';
COMMENT ON CONSTRAINT fk_import_rows_import_id ON ops.import_rows IS 'A ledger goes with its import.';

CREATE TABLE ops.review_decisions (
    decision_id UUID DEFAULT uuidv7() NOT NULL,
    flag_id UUID NOT NULL,
    reviewer_id TEXT NOT NULL,
    decision TEXT NOT NULL,
    reason_code TEXT NOT NULL,
    appeal BOOLEAN DEFAULT false NOT NULL,
    at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_review_decisions PRIMARY KEY (decision_id),
    CONSTRAINT ck_review_decisions_decision CHECK (decision IN ('uphold', 'dismiss', 'escalate')),
    CONSTRAINT fk_review_decisions_flag_id FOREIGN KEY(flag_id) REFERENCES ops.review_items (flag_id) ON DELETE CASCADE,
    CONSTRAINT uq_review_decisions_flag_id_reviewer_id UNIQUE (flag_id, reviewer_id)
);
COMMENT ON TABLE ops.review_decisions IS 'Each reviewer''s verdict; the worst flags need two, appeals another.';
COMMENT ON CONSTRAINT ck_review_decisions_decision ON ops.review_decisions IS 'A word outside the vocabulary is a bug.';
COMMENT ON CONSTRAINT fk_review_decisions_flag_id ON ops.review_decisions IS 'A verdict goes with its flag.';
COMMENT ON CONSTRAINT uq_review_decisions_flag_id_reviewer_id ON ops.review_decisions IS 'Two verdicts on a flag come from two people.';
