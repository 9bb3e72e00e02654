CREATE TABLE pii.before_images (
    import_id UUID NOT NULL,
    fact_type TEXT NOT NULL,
    fact_id UUID NOT NULL,
    revision INTEGER NOT NULL,
    image JSONB NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_before_images PRIMARY KEY (import_id, fact_type, fact_id),
    CONSTRAINT ck_before_images_fact_type CHECK (fact_type IN ('kintell_session', 'kintell_rating', 'buddy_match', 'buddy_event', 'buddy_checkin', 'buddy_feedback', 'learning_progress', 'credential', 'enrollment', 'company_membership', 'platform_account', 'program_cost', 'company'))
);
COMMENT ON TABLE pii.before_images IS 'What an import overwrote, so that undo can put it back.';
COMMENT ON COLUMN pii.before_images.revision IS 'The revision that the image is of';
COMMENT ON CONSTRAINT ck_before_images_fact_type ON pii.before_images IS 'A word outside the vocabulary is a bug.';

CREATE TABLE pii.erased_identifiers (
    identifier_hmac BYTEA NOT NULL,
    erasure_id UUID NOT NULL,
    erased_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    lifted_at TIMESTAMP WITH TIME ZONE,
    lifted_by TEXT,
    CONSTRAINT pk_erased_identifiers PRIMARY KEY (identifier_hmac)
);
COMMENT ON TABLE pii.erased_identifiers IS 'Keyed hashes of erased identifiers; they refuse a re-import.';

CREATE TABLE pii.fact_details (
    fact_type TEXT NOT NULL,
    fact_id UUID NOT NULL,
    details JSONB NOT NULL,
    CONSTRAINT pk_fact_details PRIMARY KEY (fact_type, fact_id),
    CONSTRAINT ck_fact_details_fact_type CHECK (fact_type IN ('kintell_session', 'kintell_rating', 'buddy_match', 'buddy_event', 'buddy_checkin', 'buddy_feedback', 'learning_progress', 'credential', 'enrollment', 'company_membership', 'platform_account', 'program_cost', 'company'))
);
COMMENT ON TABLE pii.fact_details IS 'A fact''s free words and unknown columns (`extra`).';
COMMENT ON CONSTRAINT ck_fact_details_fact_type ON pii.fact_details IS 'A word outside the vocabulary is a bug.';

CREATE TABLE pii.persons (
    person_id UUID DEFAULT uuidv7() NOT NULL,
    status TEXT DEFAULT 'provisional' NOT NULL,
    display_name TEXT,
    phone TEXT,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    erased_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_persons PRIMARY KEY (person_id),
    CONSTRAINT ck_persons_status CHECK (status IN ('provisional', 'confirmed', 'erased')),
    CONSTRAINT ck_persons_erased_is_nameless CHECK (status <> 'erased' OR (display_name IS NULL AND phone IS NULL AND erased_at IS NOT NULL))
);
COMMENT ON TABLE pii.persons IS 'One row a source person; facts name it for ever.';
COMMENT ON COLUMN pii.persons.phone IS 'E.164';
COMMENT ON CONSTRAINT ck_persons_erased_is_nameless ON pii.persons IS 'The row of an erased person stays as a tombstone without anything personal.';
COMMENT ON CONSTRAINT ck_persons_status ON pii.persons IS 'A word outside the vocabulary is a bug.';

CREATE TABLE pii.platform_accounts (
    provider TEXT NOT NULL,
    external_id TEXT NOT NULL,
    person_id UUID NOT NULL,
    kind TEXT,
    verification_status TEXT,
    linkedin_url TEXT,
    grant_access TEXT,
    joined_on DATE,
    details JSONB DEFAULT '{}'::jsonb NOT NULL,
    revision INTEGER DEFAULT 1 NOT NULL,
    import_id UUID,
    row_no INTEGER,
    mapping_version TEXT,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_platform_accounts PRIMARY KEY (provider, external_id),
    CONSTRAINT ck_platform_accounts_kind CHECK (kind IN ('participant', 'volunteer'))
);
CREATE INDEX ix_platform_accounts_person_id ON pii.platform_accounts (person_id);
COMMENT ON TABLE pii.platform_accounts IS 'What a platform''s user export says about an account.';
COMMENT ON CONSTRAINT ck_platform_accounts_kind ON pii.platform_accounts IS 'A word outside the vocabulary is a bug.';
COMMENT ON INDEX pii.ix_platform_accounts_person_id IS 'A profile lists its accounts; erasure finds them.';

CREATE TABLE pii.raw_uploads (
    import_id UUID NOT NULL,
    filename TEXT,
    content_type TEXT,
    size_bytes BIGINT DEFAULT '0' NOT NULL,
    sha256 BYTEA,
    rewritten_sha256 BYTEA,
    complete BOOLEAN DEFAULT false NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_raw_uploads PRIMARY KEY (import_id),
    CONSTRAINT ck_raw_uploads_size CHECK (size_bytes >= 0)
);
COMMENT ON TABLE pii.raw_uploads IS 'A received file; its bytes are in raw_upload_chunks.';
COMMENT ON COLUMN pii.raw_uploads.rewritten_sha256 IS 'After an erasure took rows out';
COMMENT ON CONSTRAINT ck_raw_uploads_size ON pii.raw_uploads IS 'A size is counted, never guessed.';

CREATE TABLE pii.refused_rows (
    import_id UUID NOT NULL,
    row_no INTEGER NOT NULL,
    state TEXT DEFAULT 'refused' NOT NULL,
    reasons JSONB DEFAULT '[]'::jsonb NOT NULL,
    original JSONB NOT NULL,
    waits_for TEXT,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    resolved_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_refused_rows PRIMARY KEY (import_id, row_no),
    CONSTRAINT ck_refused_rows_state CHECK (state IN ('refused', 'held', 'replayed', 'discarded'))
);
CREATE INDEX ix_refused_rows_waits_for ON pii.refused_rows (waits_for) WHERE state = 'held';
COMMENT ON TABLE pii.refused_rows IS 'Rows that were not taken: why, and what they were.';
COMMENT ON COLUMN pii.refused_rows.reasons IS '[{code, column, message}]';
COMMENT ON COLUMN pii.refused_rows.waits_for IS 'The natural key of the missing fact';
COMMENT ON CONSTRAINT ck_refused_rows_state ON pii.refused_rows IS 'A word outside the vocabulary is a bug.';
COMMENT ON INDEX pii.ix_refused_rows_waits_for IS 'A fact that arrives frees the rows held for it.';

CREATE TABLE pii.texts (
    text_id UUID DEFAULT uuidv7() NOT NULL,
    person_id UUID,
    fact_type TEXT NOT NULL,
    fact_id UUID NOT NULL,
    field TEXT NOT NULL,
    language TEXT,
    body TEXT NOT NULL,
    body_hmac BYTEA NOT NULL,
    occurred_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_texts PRIMARY KEY (text_id),
    CONSTRAINT ck_texts_fact_type CHECK (fact_type IN ('kintell_session', 'kintell_rating', 'buddy_match', 'buddy_event', 'buddy_checkin', 'buddy_feedback', 'learning_progress', 'credential', 'enrollment', 'company_membership', 'platform_account', 'program_cost', 'company'))
);
CREATE INDEX ix_texts_person_id ON pii.texts (person_id);
COMMENT ON TABLE pii.texts IS 'What people wrote; a row never changes, an edit is a new id.';
COMMENT ON COLUMN pii.texts.person_id IS 'The author';
COMMENT ON COLUMN pii.texts.language IS 'ISO 639-1';
COMMENT ON COLUMN pii.texts.body_hmac IS 'Keyed, so that texts can''t be guessed from it';
COMMENT ON CONSTRAINT ck_texts_fact_type ON pii.texts IS 'A word outside the vocabulary is a bug.';
COMMENT ON INDEX pii.ix_texts_person_id IS 'Export and erasure find what a person wrote.';

CREATE TABLE pii.webhook_bodies (
    source TEXT NOT NULL,
    webhook_id TEXT NOT NULL,
    body BYTEA NOT NULL,
    headers JSONB DEFAULT '{}'::jsonb NOT NULL,
    received_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    processed_at TIMESTAMP WITH TIME ZONE,
    attempts SMALLINT DEFAULT '0' NOT NULL,
    problem JSONB,
    CONSTRAINT pk_webhook_bodies PRIMARY KEY (source, webhook_id)
);
CREATE INDEX ix_webhook_bodies_received_at ON pii.webhook_bodies (received_at) WHERE processed_at IS NULL;
COMMENT ON TABLE pii.webhook_bodies IS 'A webhook as it came, stored before it is answered.';
COMMENT ON INDEX pii.ix_webhook_bodies_received_at IS 'The worker takes the oldest first.';

CREATE TABLE pii.duplicate_candidates (
    left_id UUID NOT NULL,
    right_id UUID NOT NULL,
    score DOUBLE PRECISION NOT NULL,
    evidence JSONB DEFAULT '[]'::jsonb NOT NULL,
    state TEXT DEFAULT 'open' NOT NULL,
    found_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    decided_by TEXT,
    decided_at TIMESTAMP WITH TIME ZONE,
    reason TEXT,
    CONSTRAINT pk_duplicate_candidates PRIMARY KEY (left_id, right_id),
    CONSTRAINT ck_duplicate_candidates_state CHECK (state IN ('open', 'merged', 'distinct')),
    CONSTRAINT fk_duplicate_candidates_left_id FOREIGN KEY(left_id) REFERENCES pii.persons (person_id),
    CONSTRAINT fk_duplicate_candidates_right_id FOREIGN KEY(right_id) REFERENCES pii.persons (person_id),
    CONSTRAINT ck_duplicate_candidates_ordered CHECK (left_id < right_id),
    CONSTRAINT ck_duplicate_candidates_score CHECK (score BETWEEN 0 AND 1)
);
CREATE INDEX ix_duplicate_candidates_score ON pii.duplicate_candidates (score) WHERE state = 'open';
COMMENT ON TABLE pii.duplicate_candidates IS 'Pairs that may be one person, with what speaks for and against.';
COMMENT ON COLUMN pii.duplicate_candidates.evidence IS '[{field, weight, verdict}]';
COMMENT ON CONSTRAINT ck_duplicate_candidates_ordered ON pii.duplicate_candidates IS 'A pair stands once, and no one beside themselves.';
COMMENT ON CONSTRAINT ck_duplicate_candidates_score ON pii.duplicate_candidates IS 'A probability.';
COMMENT ON CONSTRAINT ck_duplicate_candidates_state ON pii.duplicate_candidates IS 'A word outside the vocabulary is a bug.';
COMMENT ON CONSTRAINT fk_duplicate_candidates_left_id ON pii.duplicate_candidates IS 'A pair names two people that exist.';
COMMENT ON CONSTRAINT fk_duplicate_candidates_right_id ON pii.duplicate_candidates IS 'A pair names two people that exist.';
COMMENT ON INDEX pii.ix_duplicate_candidates_score IS 'The queue shows the likeliest first.';

CREATE TABLE pii.external_ids (
    provider TEXT NOT NULL,
    external_id TEXT NOT NULL,
    person_id UUID NOT NULL,
    revision INTEGER DEFAULT '1' NOT NULL,
    domain TEXT GENERATED ALWAYS AS (CASE WHEN provider = 'email' THEN split_part(external_id, '@', -1) END) STORED,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_external_ids PRIMARY KEY (provider, external_id),
    CONSTRAINT fk_external_ids_person_id FOREIGN KEY(person_id) REFERENCES pii.persons (person_id),
    CONSTRAINT ck_external_ids_email_is_folded CHECK (external_id = pii.folded(provider, external_id))
);
CREATE INDEX ix_external_ids_domain ON pii.external_ids (domain) WHERE domain IS NOT NULL;
CREATE INDEX ix_external_ids_person_id ON pii.external_ids (person_id);
COMMENT ON TABLE pii.external_ids IS 'Which person a partner''s identifier means.';
COMMENT ON CONSTRAINT ck_external_ids_email_is_folded ON pii.external_ids IS 'Two cases of one address must not make two people.';
COMMENT ON CONSTRAINT fk_external_ids_person_id ON pii.external_ids IS 'An id without its person would be lost data.';
COMMENT ON INDEX pii.ix_external_ids_domain IS 'A company whose e-mail domain changes finds its people.';
COMMENT ON INDEX pii.ix_external_ids_person_id IS 'A profile lists its ids; merge and erasure find them.';

CREATE TABLE pii.raw_upload_chunks (
    import_id UUID NOT NULL,
    chunk_no INTEGER NOT NULL,
    body BYTEA NOT NULL,
    CONSTRAINT pk_raw_upload_chunks PRIMARY KEY (import_id, chunk_no),
    CONSTRAINT fk_raw_upload_chunks_import_id FOREIGN KEY(import_id) REFERENCES pii.raw_uploads (import_id) ON DELETE CASCADE
);
ALTER TABLE pii.raw_upload_chunks ALTER body SET STORAGE EXTERNAL;
COMMENT ON TABLE pii.raw_upload_chunks IS 'The bytes of an upload, compressed with zstd.';
COMMENT ON CONSTRAINT fk_raw_upload_chunks_import_id ON pii.raw_upload_chunks IS 'Bytes go with their upload.';

CREATE TABLE pii.text_embeddings (
    text_id UUID NOT NULL,
    model_id TEXT NOT NULL,
    start_at INTEGER NOT NULL,
    end_at INTEGER NOT NULL,
    embedding HALFVEC(384) NOT NULL,
    CONSTRAINT pk_text_embeddings PRIMARY KEY (text_id, model_id, start_at),
    CONSTRAINT fk_text_embeddings_text_id FOREIGN KEY(text_id) REFERENCES pii.texts (text_id) ON DELETE CASCADE,
    CONSTRAINT ck_text_embeddings_span CHECK (start_at >= 0 AND end_at > start_at)
);
COMMENT ON TABLE pii.text_embeddings IS 'A vector for each sentence of a text, by model.';
COMMENT ON CONSTRAINT ck_text_embeddings_span ON pii.text_embeddings IS 'Offsets cut a sentence of the text.';
COMMENT ON CONSTRAINT fk_text_embeddings_text_id ON pii.text_embeddings IS 'A vector gives its text away: it goes with it.';
