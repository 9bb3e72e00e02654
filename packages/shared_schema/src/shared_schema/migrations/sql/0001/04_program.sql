CREATE TABLE program.attributions (
    company_id UUID NOT NULL,
    fact_type TEXT NOT NULL,
    fact_id UUID NOT NULL,
    volunteer BOOLEAN DEFAULT false NOT NULL,
    sponsor BOOLEAN DEFAULT false NOT NULL,
    occurred_at TIMESTAMP WITH TIME ZONE NOT NULL,
    program TEXT NOT NULL,
    participant_id UUID,
    volunteer_id UUID,
    CONSTRAINT pk_attributions PRIMARY KEY (company_id, fact_type, fact_id),
    CONSTRAINT ck_attributions_fact_type CHECK (fact_type IN ('kintell_session', 'kintell_rating', 'buddy_match', 'buddy_event', 'buddy_checkin', 'buddy_feedback', 'learning_progress', 'credential', 'enrollment', 'company_membership', 'platform_account', 'program_cost', 'company')),
    CONSTRAINT ck_attributions_program CHECK (program IN ('buddy', 'language', 'mentorship', 'upskilling')),
    CONSTRAINT ck_attributions_a_side CHECK (volunteer OR sponsor)
);
CREATE INDEX ix_attributions_company_id_occurred_at ON program.attributions (company_id, occurred_at);
CREATE INDEX ix_attributions_fact_type_fact_id ON program.attributions (fact_type, fact_id);
COMMENT ON TABLE program.attributions IS 'Which fact counts for which company, and by which side.';
COMMENT ON COLUMN program.attributions.volunteer IS 'By its volunteer''s membership';
COMMENT ON COLUMN program.attributions.sponsor IS 'By its participant''s sponsored enrollment';
COMMENT ON COLUMN program.attributions.participant_id IS 'The fact''s own, also where the session or match that names them stays hidden';
COMMENT ON COLUMN program.attributions.volunteer_id IS 'As participant_id';
COMMENT ON CONSTRAINT ck_attributions_a_side ON program.attributions IS 'A fact counts for a company by a side or not at all.';
COMMENT ON CONSTRAINT ck_attributions_fact_type ON program.attributions IS 'A word outside the vocabulary is a bug.';
COMMENT ON CONSTRAINT ck_attributions_program ON program.attributions IS 'A word outside the vocabulary is a bug.';
COMMENT ON INDEX program.ix_attributions_company_id_occurred_at IS 'A company''s period is one range of it.';
COMMENT ON INDEX program.ix_attributions_fact_type_fact_id IS 'A fact''s rows are recomputed when the fact changes.';

CREATE TABLE program.buddy_matches (
    match_id UUID DEFAULT uuidv7() NOT NULL,
    external_id TEXT,
    participant_id UUID NOT NULL,
    buddy_id UUID NOT NULL,
    matched_at TIMESTAMP WITH TIME ZONE NOT NULL,
    status TEXT DEFAULT 'active' NOT NULL,
    language TEXT,
    revision INTEGER DEFAULT 1 NOT NULL,
    import_id UUID,
    row_no INTEGER,
    mapping_version TEXT,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_buddy_matches PRIMARY KEY (match_id),
    CONSTRAINT ck_buddy_matches_status CHECK (status IN ('active', 'inactive', 'ended')),
    CONSTRAINT uq_buddy_matches_external_id UNIQUE (external_id)
);
CREATE UNIQUE INDEX ix_buddy_matches_participant_id_buddy_id_matched_at ON program.buddy_matches (participant_id, buddy_id, matched_at) WHERE external_id IS NULL;
COMMENT ON TABLE program.buddy_matches IS 'Who is whose buddy.';
COMMENT ON COLUMN program.buddy_matches.language IS 'ISO 639-1';
COMMENT ON CONSTRAINT ck_buddy_matches_status ON program.buddy_matches IS 'A word outside the vocabulary is a bug.';
COMMENT ON CONSTRAINT uq_buddy_matches_external_id ON program.buddy_matches IS 'The partner''s key, where it has one.';
COMMENT ON INDEX program.ix_buddy_matches_participant_id_buddy_id_matched_at IS 'The natural key where the partner has none; the pair finds its match.';

CREATE TABLE program.canonical_persons (
    source_id UUID NOT NULL,
    canonical_id UUID NOT NULL,
    revision INTEGER DEFAULT '1' NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_canonical_persons PRIMARY KEY (source_id),
    CONSTRAINT ck_canonical_persons_not_itself CHECK (source_id <> canonical_id)
);
CREATE INDEX ix_canonical_persons_canonical_id ON program.canonical_persons (canonical_id);
COMMENT ON TABLE program.canonical_persons IS 'Which person a source person counts as; no row: itself.';
COMMENT ON CONSTRAINT ck_canonical_persons_not_itself ON program.canonical_persons IS 'No row says that a person is itself.';
COMMENT ON INDEX program.ix_canonical_persons_canonical_id IS 'Who counts as this person; unmerge and totals ask it.';

CREATE TABLE program.companies (
    company_id UUID DEFAULT uuidv7() NOT NULL,
    key TEXT NOT NULL,
    name TEXT NOT NULL,
    domain TEXT,
    country TEXT,
    industry TEXT,
    revision INTEGER DEFAULT 1 NOT NULL,
    import_id UUID,
    row_no INTEGER,
    mapping_version TEXT,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_companies PRIMARY KEY (company_id),
    CONSTRAINT uq_companies_key UNIQUE (key),
    CONSTRAINT uq_companies_domain UNIQUE (domain),
    CONSTRAINT ck_companies_domain_is_folded CHECK (domain = lower(domain))
);
COMMENT ON TABLE program.companies IS 'The sponsors.';
COMMENT ON COLUMN program.companies.country IS 'ISO 3166-1 alpha-2';
COMMENT ON CONSTRAINT ck_companies_domain_is_folded ON program.companies IS 'Compared with folded addresses.';
COMMENT ON CONSTRAINT uq_companies_domain ON program.companies IS 'An e-mail domain belongs to one company, or a fact counts for two.';
COMMENT ON CONSTRAINT uq_companies_key ON program.companies IS 'The company''s own key in files; only the import writes it.';

CREATE TABLE program.consents (
    person_id UUID NOT NULL,
    purpose TEXT NOT NULL,
    revision INTEGER NOT NULL,
    state TEXT NOT NULL,
    effective_at TIMESTAMP WITH TIME ZONE NOT NULL,
    recorded_by TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_consents PRIMARY KEY (person_id, purpose, revision),
    CONSTRAINT ck_consents_state CHECK (state IN ('given', 'denied', 'withdrawn'))
);
COMMENT ON TABLE program.consents IS 'What a person allowed, by purpose; each change is a row.';
COMMENT ON CONSTRAINT ck_consents_state ON program.consents IS 'A word outside the vocabulary is a bug.';

CREATE TABLE program.credentials (
    credential_id UUID DEFAULT uuidv7() NOT NULL,
    external_id TEXT NOT NULL,
    person_id UUID NOT NULL,
    provider TEXT NOT NULL,
    course_id TEXT,
    course_name TEXT,
    credential_type TEXT,
    issued_at TIMESTAMP WITH TIME ZONE NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE,
    revision INTEGER DEFAULT 1 NOT NULL,
    import_id UUID,
    row_no INTEGER,
    mapping_version TEXT,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_credentials PRIMARY KEY (credential_id),
    CONSTRAINT ck_credentials_credential_type CHECK (credential_type IN ('certificate', 'badge', 'diploma')),
    CONSTRAINT ck_credentials_dates CHECK (expires_at > issued_at),
    CONSTRAINT uq_credentials_external_id UNIQUE (external_id)
);
COMMENT ON TABLE program.credentials IS 'Certificates, badges and diplomas.';
COMMENT ON CONSTRAINT ck_credentials_credential_type ON program.credentials IS 'A word outside the vocabulary is a bug.';
COMMENT ON CONSTRAINT ck_credentials_dates ON program.credentials IS 'A credential expires after it is issued.';
COMMENT ON CONSTRAINT uq_credentials_external_id ON program.credentials IS 'The issuer''s key: the same credential twice is one.';

CREATE TABLE program.kintell_ratings (
    rating_id UUID DEFAULT uuidv7() NOT NULL,
    session_id UUID NOT NULL,
    from_role TEXT NOT NULL,
    external_id TEXT,
    value DOUBLE PRECISION NOT NULL,
    text_id UUID,
    rated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    revision INTEGER DEFAULT 1 NOT NULL,
    import_id UUID,
    row_no INTEGER,
    mapping_version TEXT,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_kintell_ratings PRIMARY KEY (rating_id),
    CONSTRAINT ck_kintell_ratings_from_role CHECK (from_role IN ('participant', 'volunteer')),
    CONSTRAINT ck_kintell_ratings_value CHECK (value BETWEEN 0 AND 1),
    CONSTRAINT uq_kintell_ratings_session_id_from_role UNIQUE (session_id, from_role)
);
COMMENT ON TABLE program.kintell_ratings IS 'How a side rated a session, on 0-1.';
COMMENT ON CONSTRAINT ck_kintell_ratings_from_role ON program.kintell_ratings IS 'A word outside the vocabulary is a bug.';
COMMENT ON CONSTRAINT ck_kintell_ratings_value ON program.kintell_ratings IS 'Stored on 0-1, whatever scale it came on.';
COMMENT ON CONSTRAINT uq_kintell_ratings_session_id_from_role ON program.kintell_ratings IS 'The natural key: a side rates a session once.';

CREATE TABLE program.kintell_sessions (
    session_id UUID DEFAULT uuidv7() NOT NULL,
    external_id TEXT NOT NULL,
    session_type TEXT NOT NULL,
    status TEXT NOT NULL,
    participant_id UUID NOT NULL,
    volunteer_id UUID NOT NULL,
    scheduled_at TIMESTAMP WITH TIME ZONE NOT NULL,
    completed_at TIMESTAMP WITH TIME ZONE,
    cancelled_at TIMESTAMP WITH TIME ZONE,
    duration_minutes SMALLINT,
    language_level TEXT,
    focus_area TEXT,
    text_id UUID,
    revision INTEGER DEFAULT 1 NOT NULL,
    import_id UUID,
    row_no INTEGER,
    mapping_version TEXT,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_kintell_sessions PRIMARY KEY (session_id),
    CONSTRAINT ck_kintell_sessions_session_type CHECK (session_type IN ('language', 'mentorship')),
    CONSTRAINT ck_kintell_sessions_status CHECK (status IN ('scheduled', 'completed', 'cancelled', 'no_show')),
    CONSTRAINT ck_kintell_sessions_language_level CHECK (language_level IN ('A1', 'A2', 'B1', 'B2', 'C1', 'C2')),
    CONSTRAINT ck_kintell_sessions_duration CHECK (duration_minutes BETWEEN 1 AND 480),
    CONSTRAINT ck_kintell_sessions_order CHECK (completed_at >= scheduled_at),
    CONSTRAINT ck_kintell_sessions_completed_has_time CHECK (status <> 'completed' OR completed_at IS NOT NULL),
    CONSTRAINT uq_kintell_sessions_external_id UNIQUE (external_id)
);
COMMENT ON TABLE program.kintell_sessions IS 'Language and mentorship sessions.';
COMMENT ON CONSTRAINT ck_kintell_sessions_completed_has_time ON program.kintell_sessions IS 'A completed session counts in the period of its completion.';
COMMENT ON CONSTRAINT ck_kintell_sessions_duration ON program.kintell_sessions IS 'E004: longer or shorter is a typing error.';
COMMENT ON CONSTRAINT ck_kintell_sessions_language_level ON program.kintell_sessions IS 'A word outside the vocabulary is a bug.';
COMMENT ON CONSTRAINT ck_kintell_sessions_order ON program.kintell_sessions IS 'E007: completed before it was scheduled.';
COMMENT ON CONSTRAINT ck_kintell_sessions_session_type ON program.kintell_sessions IS 'A word outside the vocabulary is a bug.';
COMMENT ON CONSTRAINT ck_kintell_sessions_status ON program.kintell_sessions IS 'A word outside the vocabulary is a bug.';
COMMENT ON CONSTRAINT uq_kintell_sessions_external_id ON program.kintell_sessions IS 'The partner''s key: the same row twice is one session.';

CREATE TABLE program.learning_progress (
    progress_id UUID DEFAULT uuidv7() NOT NULL,
    person_id UUID NOT NULL,
    provider TEXT NOT NULL,
    course_id TEXT,
    course_name TEXT,
    status TEXT NOT NULL,
    percent DOUBLE PRECISION,
    started_at TIMESTAMP WITH TIME ZONE,
    completed_at TIMESTAMP WITH TIME ZONE,
    final_score DOUBLE PRECISION,
    reported_at TIMESTAMP WITH TIME ZONE,
    revision INTEGER DEFAULT 1 NOT NULL,
    import_id UUID,
    row_no INTEGER,
    mapping_version TEXT,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_learning_progress PRIMARY KEY (progress_id),
    CONSTRAINT ck_learning_progress_status CHECK (status IN ('enrolled', 'in_progress', 'completed', 'dropped')),
    CONSTRAINT ck_learning_progress_percent CHECK (percent BETWEEN 0 AND 100),
    CONSTRAINT ck_learning_progress_final_score CHECK (final_score BETWEEN 0 AND 100),
    CONSTRAINT ck_learning_progress_completed_has_time CHECK (status <> 'completed' OR completed_at IS NOT NULL),
    CONSTRAINT uq_learning_progress_person_id_provider_course_id UNIQUE NULLS NOT DISTINCT (person_id, provider, course_id)
);
COMMENT ON TABLE program.learning_progress IS 'How far a person came in a course.';
COMMENT ON COLUMN program.learning_progress.reported_at IS 'The partner''s time of the newest report; an older one changes nothing';
COMMENT ON CONSTRAINT ck_learning_progress_completed_has_time ON program.learning_progress IS 'A completed course counts in the period of its completion.';
COMMENT ON CONSTRAINT ck_learning_progress_final_score ON program.learning_progress IS 'FORMATS: a score of 0-100.';
COMMENT ON CONSTRAINT ck_learning_progress_percent ON program.learning_progress IS 'A share of the course in percent.';
COMMENT ON CONSTRAINT ck_learning_progress_status ON program.learning_progress IS 'A word outside the vocabulary is a bug.';
COMMENT ON CONSTRAINT uq_learning_progress_person_id_provider_course_id ON program.learning_progress IS 'The natural key; also how a person''s courses are found.';

CREATE TABLE program.person_merges (
    merge_id UUID DEFAULT uuidv7() NOT NULL,
    keep_id UUID NOT NULL,
    merged_id UUID NOT NULL,
    moved_ids UUID[] NOT NULL,
    choices JSONB DEFAULT '{}'::jsonb NOT NULL,
    reason TEXT NOT NULL,
    merged_by TEXT NOT NULL,
    merged_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    unmerged_by TEXT,
    unmerged_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_person_merges PRIMARY KEY (merge_id),
    CONSTRAINT ck_person_merges_two_people CHECK (keep_id <> merged_id)
);
CREATE UNIQUE INDEX ix_person_merges_merged_id ON program.person_merges (merged_id) WHERE unmerged_at IS NULL;
COMMENT ON TABLE program.person_merges IS 'Each merge with what it moved, so that unmerge is lossless.';
COMMENT ON COLUMN program.person_merges.moved_ids IS 'The source persons that it moved';
COMMENT ON COLUMN program.person_merges.choices IS '{field: keep|merge} for conflicting fields';
COMMENT ON CONSTRAINT ck_person_merges_two_people ON program.person_merges IS 'No one is merged with themselves.';
COMMENT ON INDEX program.ix_person_merges_merged_id IS 'A person is merged away at most once at a time; unmerge finds the merge.';

CREATE TABLE program.buddy_checkins (
    checkin_id UUID DEFAULT uuidv7() NOT NULL,
    match_id UUID NOT NULL,
    checked_in_on DATE NOT NULL,
    nth SMALLINT DEFAULT '1' NOT NULL,
    mood TEXT,
    text_id UUID,
    revision INTEGER DEFAULT 1 NOT NULL,
    import_id UUID,
    row_no INTEGER,
    mapping_version TEXT,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_buddy_checkins PRIMARY KEY (checkin_id),
    CONSTRAINT fk_buddy_checkins_match_id FOREIGN KEY(match_id) REFERENCES program.buddy_matches (match_id),
    CONSTRAINT ck_buddy_checkins_mood CHECK (mood IN ('great', 'good', 'okay', 'struggling', 'difficult')),
    CONSTRAINT uq_buddy_checkins_match_id_checked_in_on_nth UNIQUE (match_id, checked_in_on, nth)
);
COMMENT ON TABLE program.buddy_checkins IS 'How a match is doing.';
COMMENT ON COLUMN program.buddy_checkins.nth IS 'n-th equal row of its file';
COMMENT ON CONSTRAINT ck_buddy_checkins_mood ON program.buddy_checkins IS 'A word outside the vocabulary is a bug.';
COMMENT ON CONSTRAINT fk_buddy_checkins_match_id ON program.buddy_checkins IS 'A check-in of no match would count for no one.';
COMMENT ON CONSTRAINT uq_buddy_checkins_match_id_checked_in_on_nth ON program.buddy_checkins IS 'The natural key, a weak one.';

CREATE TABLE program.buddy_events (
    buddy_event_id UUID DEFAULT uuidv7() NOT NULL,
    match_id UUID NOT NULL,
    event_type TEXT NOT NULL,
    occurred_at TIMESTAMP WITH TIME ZONE NOT NULL,
    nth SMALLINT DEFAULT '1' NOT NULL,
    duration_minutes SMALLINT,
    text_id UUID,
    revision INTEGER DEFAULT 1 NOT NULL,
    import_id UUID,
    row_no INTEGER,
    mapping_version TEXT,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_buddy_events PRIMARY KEY (buddy_event_id),
    CONSTRAINT fk_buddy_events_match_id FOREIGN KEY(match_id) REFERENCES program.buddy_matches (match_id),
    CONSTRAINT ck_buddy_events_duration CHECK (duration_minutes BETWEEN 1 AND 480),
    CONSTRAINT uq_buddy_events_match_id_event_type_occurred_at_nth UNIQUE (match_id, event_type, occurred_at, nth)
);
COMMENT ON TABLE program.buddy_events IS 'What buddies did together.';
COMMENT ON COLUMN program.buddy_events.nth IS 'n-th equal row of its file';
COMMENT ON CONSTRAINT ck_buddy_events_duration ON program.buddy_events IS 'E004: longer or shorter is a typing error.';
COMMENT ON CONSTRAINT fk_buddy_events_match_id ON program.buddy_events IS 'An event of no match would count for no one.';
COMMENT ON CONSTRAINT uq_buddy_events_match_id_event_type_occurred_at_nth ON program.buddy_events IS 'The natural key, a weak one.';

CREATE TABLE program.buddy_feedback (
    feedback_id UUID DEFAULT uuidv7() NOT NULL,
    match_id UUID NOT NULL,
    from_role TEXT NOT NULL,
    rating DOUBLE PRECISION NOT NULL,
    communication DOUBLE PRECISION,
    helpfulness DOUBLE PRECISION,
    engagement DOUBLE PRECISION,
    submitted_at TIMESTAMP WITH TIME ZONE NOT NULL,
    text_id UUID,
    revision INTEGER DEFAULT 1 NOT NULL,
    import_id UUID,
    row_no INTEGER,
    mapping_version TEXT,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_buddy_feedback PRIMARY KEY (feedback_id),
    CONSTRAINT fk_buddy_feedback_match_id FOREIGN KEY(match_id) REFERENCES program.buddy_matches (match_id),
    CONSTRAINT ck_buddy_feedback_from_role CHECK (from_role IN ('participant', 'buddy')),
    CONSTRAINT ck_buddy_feedback_rating CHECK (rating BETWEEN 0 AND 1),
    CONSTRAINT ck_buddy_feedback_communication CHECK (communication BETWEEN 0 AND 1),
    CONSTRAINT ck_buddy_feedback_helpfulness CHECK (helpfulness BETWEEN 0 AND 1),
    CONSTRAINT ck_buddy_feedback_engagement CHECK (engagement BETWEEN 0 AND 1),
    CONSTRAINT uq_buddy_feedback_match_id_from_role_submitted_at UNIQUE (match_id, from_role, submitted_at)
);
COMMENT ON TABLE program.buddy_feedback IS 'How a side rated its match, on 0-1.';
COMMENT ON CONSTRAINT ck_buddy_feedback_communication ON program.buddy_feedback IS 'Stored on 0-1, whatever scale it came on.';
COMMENT ON CONSTRAINT ck_buddy_feedback_engagement ON program.buddy_feedback IS 'Stored on 0-1, whatever scale it came on.';
COMMENT ON CONSTRAINT ck_buddy_feedback_from_role ON program.buddy_feedback IS 'A word outside the vocabulary is a bug.';
COMMENT ON CONSTRAINT ck_buddy_feedback_helpfulness ON program.buddy_feedback IS 'Stored on 0-1, whatever scale it came on.';
COMMENT ON CONSTRAINT ck_buddy_feedback_rating ON program.buddy_feedback IS 'Stored on 0-1, whatever scale it came on.';
COMMENT ON CONSTRAINT fk_buddy_feedback_match_id ON program.buddy_feedback IS 'Feedback on no match would count for no one.';
COMMENT ON CONSTRAINT uq_buddy_feedback_match_id_from_role_submitted_at ON program.buddy_feedback IS 'The natural key.';

CREATE TABLE program.company_users (
    company_id UUID NOT NULL,
    person_id UUID NOT NULL,
    position TEXT NOT NULL,
    valid_from TIMESTAMP WITH TIME ZONE,
    valid_to TIMESTAMP WITH TIME ZONE,
    revision INTEGER DEFAULT 1 NOT NULL,
    import_id UUID,
    row_no INTEGER,
    mapping_version TEXT,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_company_users PRIMARY KEY (company_id, person_id, position),
    CONSTRAINT ck_company_users_position CHECK (position IN ('manager', 'volunteer')),
    CONSTRAINT fk_company_users_company_id FOREIGN KEY(company_id) REFERENCES program.companies (company_id),
    CONSTRAINT ck_company_users_dates CHECK (valid_to > valid_from)
);
CREATE INDEX ix_company_users_person_id ON program.company_users (person_id);
COMMENT ON TABLE program.company_users IS 'Who belongs to a company, and from when to when.';
COMMENT ON CONSTRAINT ck_company_users_dates ON program.company_users IS 'A membership ends after it starts.';
COMMENT ON CONSTRAINT ck_company_users_position ON program.company_users IS 'A word outside the vocabulary is a bug.';
COMMENT ON CONSTRAINT fk_company_users_company_id ON program.company_users IS 'A membership of nothing would count for no one.';
COMMENT ON INDEX program.ix_company_users_person_id IS 'Whose fact is it: asked for every fact of a volunteer.';

CREATE TABLE program.program_costs (
    cost_id UUID DEFAULT uuidv7() NOT NULL,
    company_id UUID NOT NULL,
    program TEXT NOT NULL,
    period TEXT NOT NULL,
    starts_on DATE NOT NULL,
    ends_on DATE NOT NULL,
    cash NUMERIC(18, 2) DEFAULT 0 NOT NULL,
    currency TEXT NOT NULL,
    in_kind NUMERIC(18, 2) DEFAULT 0 NOT NULL,
    revision INTEGER DEFAULT 1 NOT NULL,
    import_id UUID,
    row_no INTEGER,
    mapping_version TEXT,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_program_costs PRIMARY KEY (cost_id),
    CONSTRAINT ck_program_costs_program CHECK (program IN ('buddy', 'language', 'mentorship', 'upskilling')),
    CONSTRAINT fk_program_costs_company_id FOREIGN KEY(company_id) REFERENCES program.companies (company_id),
    CONSTRAINT ck_program_costs_not_negative CHECK (cash >= 0 AND in_kind >= 0),
    CONSTRAINT ck_program_costs_range CHECK (ends_on > starts_on),
    CONSTRAINT uq_program_costs_company_id_program_period UNIQUE (company_id, program, period)
);
COMMENT ON TABLE program.program_costs IS 'What a company put in: the inputs of SROI.';
COMMENT ON COLUMN program.program_costs.period IS '2026-Q1, 2026-03 or 2026';
COMMENT ON COLUMN program.program_costs.ends_on IS 'Exclusive';
COMMENT ON COLUMN program.program_costs.currency IS 'ISO 4217';
COMMENT ON CONSTRAINT ck_program_costs_not_negative ON program.program_costs IS 'A negative input would raise SROI.';
COMMENT ON CONSTRAINT ck_program_costs_program ON program.program_costs IS 'A word outside the vocabulary is a bug.';
COMMENT ON CONSTRAINT ck_program_costs_range ON program.program_costs IS 'The period as dates, for overlaps.';
COMMENT ON CONSTRAINT fk_program_costs_company_id ON program.program_costs IS 'A cost of no company can''t be weighed.';
COMMENT ON CONSTRAINT uq_program_costs_company_id_program_period ON program.program_costs IS 'The natural key.';

CREATE TABLE program.program_enrollments (
    enrollment_id UUID DEFAULT uuidv7() NOT NULL,
    person_id UUID NOT NULL,
    program TEXT NOT NULL,
    company_id UUID,
    cohort TEXT,
    status TEXT DEFAULT 'enrolled' NOT NULL,
    started_on DATE NOT NULL,
    ended_on DATE,
    revision INTEGER DEFAULT 1 NOT NULL,
    import_id UUID,
    row_no INTEGER,
    mapping_version TEXT,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_program_enrollments PRIMARY KEY (enrollment_id),
    CONSTRAINT ck_program_enrollments_program CHECK (program IN ('buddy', 'language', 'mentorship', 'upskilling')),
    CONSTRAINT ck_program_enrollments_status CHECK (status IN ('enrolled', 'active', 'completed', 'dropped')),
    CONSTRAINT fk_program_enrollments_company_id FOREIGN KEY(company_id) REFERENCES program.companies (company_id),
    CONSTRAINT ck_program_enrollments_dates CHECK (ended_on >= started_on),
    CONSTRAINT uq_program_enrollments_person_id_program_company_id_started_on UNIQUE NULLS NOT DISTINCT (person_id, program, company_id, started_on)
);
COMMENT ON TABLE program.program_enrollments IS 'Who takes part in which programme, and who pays.';
COMMENT ON COLUMN program.program_enrollments.company_id IS 'The sponsor';
COMMENT ON CONSTRAINT ck_program_enrollments_dates ON program.program_enrollments IS 'An enrollment ends no earlier than it starts.';
COMMENT ON CONSTRAINT ck_program_enrollments_program ON program.program_enrollments IS 'A word outside the vocabulary is a bug.';
COMMENT ON CONSTRAINT ck_program_enrollments_status ON program.program_enrollments IS 'A word outside the vocabulary is a bug.';
COMMENT ON CONSTRAINT fk_program_enrollments_company_id ON program.program_enrollments IS 'A sponsor that does not exist can''t be counted for.';
COMMENT ON CONSTRAINT uq_program_enrollments_person_id_program_company_id_started_on ON program.program_enrollments IS 'The natural key; led by the person, whose sponsors each fact asks for.';
