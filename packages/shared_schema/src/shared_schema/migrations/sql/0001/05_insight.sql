CREATE TABLE insight.access_log (
    access_id UUID DEFAULT uuidv7() NOT NULL,
    person_id UUID NOT NULL,
    actor TEXT NOT NULL,
    role TEXT NOT NULL,
    company_id UUID,
    action TEXT NOT NULL,
    object TEXT,
    correlation_id TEXT,
    at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_access_log PRIMARY KEY (access_id)
);
CREATE INDEX ix_access_log_person_id_at ON insight.access_log (person_id, at);
COMMENT ON TABLE insight.access_log IS 'Who looked at whom, and which company got which figure.';
COMMENT ON COLUMN insight.access_log.object IS 'For a figure: company, period and metric';
COMMENT ON INDEX insight.ix_access_log_person_id_at IS 'A person asks who looked at what is held about them.';

CREATE TABLE insight.company_periods (
    company_id UUID NOT NULL,
    period TEXT NOT NULL,
    status TEXT DEFAULT 'open' NOT NULL,
    closed_at TIMESTAMP WITH TIME ZONE,
    closed_by TEXT,
    CONSTRAINT pk_company_periods PRIMARY KEY (company_id, period),
    CONSTRAINT ck_company_periods_status CHECK (status IN ('open', 'closed', 'restated')),
    CONSTRAINT ck_company_periods_closed_has_time CHECK ((status = 'open') = (closed_at IS NULL))
);
COMMENT ON TABLE insight.company_periods IS 'Which periods of a company are closed.';
COMMENT ON CONSTRAINT ck_company_periods_closed_has_time ON insight.company_periods IS 'A closed period says when.';
COMMENT ON CONSTRAINT ck_company_periods_status ON insight.company_periods IS 'A word outside the vocabulary is a bug.';

CREATE TABLE insight.metrics_company_period (
    company_id UUID NOT NULL,
    period TEXT NOT NULL,
    metric TEXT NOT NULL,
    program TEXT DEFAULT 'all' NOT NULL,
    revision INTEGER DEFAULT '1' NOT NULL,
    value DOUBLE PRECISION,
    reason TEXT,
    unit TEXT NOT NULL,
    interval_low DOUBLE PRECISION,
    interval_high DOUBLE PRECISION,
    method TEXT NOT NULL,
    digest TEXT NOT NULL,
    n INTEGER,
    status TEXT NOT NULL,
    detail JSONB DEFAULT '{}'::jsonb NOT NULL,
    because TEXT,
    computed_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    released_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_metrics_company_period PRIMARY KEY (company_id, period, metric, program, revision),
    CONSTRAINT ck_metrics_company_period_status CHECK (status IN ('open', 'closed', 'restated')),
    CONSTRAINT ck_metrics_company_period_program CHECK (program IN ('all', 'buddy', 'language', 'mentorship', 'upskilling')),
    CONSTRAINT ck_metrics_company_period_value_or_reason CHECK ((value IS NULL) = (reason IS NOT NULL))
);
COMMENT ON TABLE insight.metrics_company_period IS 'A company''s figures; a restatement is a new revision.';
COMMENT ON COLUMN insight.metrics_company_period.method IS 'Name and version of the formula';
COMMENT ON COLUMN insight.metrics_company_period.digest IS 'Of the inputs, keyed';
COMMENT ON COLUMN insight.metrics_company_period.n IS 'Distinct participants behind it';
COMMENT ON COLUMN insight.metrics_company_period.detail IS 'Low, base, high; tornado; coverage';
COMMENT ON COLUMN insight.metrics_company_period.because IS 'Why it was restated';
COMMENT ON COLUMN insight.metrics_company_period.released_at IS 'When company users could see it';
COMMENT ON CONSTRAINT ck_metrics_company_period_program ON insight.metrics_company_period IS 'A word outside the vocabulary is a bug.';
COMMENT ON CONSTRAINT ck_metrics_company_period_status ON insight.metrics_company_period IS 'A word outside the vocabulary is a bug.';
COMMENT ON CONSTRAINT ck_metrics_company_period_value_or_reason ON insight.metrics_company_period IS 'A figure, or why there is none.';

CREATE TABLE insight.milestones (
    person_id UUID NOT NULL,
    milestone TEXT NOT NULL,
    reached_at TIMESTAMP WITH TIME ZONE NOT NULL,
    event_id UUID NOT NULL,
    event_type TEXT NOT NULL,
    rules_version TEXT NOT NULL,
    published_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_milestones PRIMARY KEY (person_id, milestone)
);
COMMENT ON TABLE insight.milestones IS 'A milestone is reached, and published, once a person.';

CREATE TABLE insight.models (
    model_id TEXT NOT NULL,
    provider TEXT NOT NULL,
    description JSONB DEFAULT '{}'::jsonb NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_models PRIMARY KEY (model_id)
);
COMMENT ON TABLE insight.models IS 'A scoring model: the digest of all it is made of.';
COMMENT ON COLUMN insight.models.description IS 'Digests of weights, heads, lexicon, prompt';

CREATE TABLE insight.outcome_scores (
    score_id UUID DEFAULT uuidv7() NOT NULL,
    text_id UUID NOT NULL,
    person_id UUID,
    fact_type TEXT NOT NULL,
    fact_id UUID NOT NULL,
    dimension TEXT NOT NULL,
    score DOUBLE PRECISION,
    interval_low DOUBLE PRECISION,
    interval_high DOUBLE PRECISION,
    confidence DOUBLE PRECISION,
    abstention_reason TEXT,
    model_id TEXT NOT NULL,
    occurred_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_outcome_scores PRIMARY KEY (score_id),
    CONSTRAINT ck_outcome_scores_dimension CHECK (dimension IN ('confidence', 'belonging', 'lang_level_proxy', 'job_readiness')),
    CONSTRAINT ck_outcome_scores_score_or_reason CHECK ((score IS NULL) = (abstention_reason IS NOT NULL)),
    CONSTRAINT ck_outcome_scores_scale CHECK (score BETWEEN 0 AND CASE dimension WHEN 'lang_level_proxy' THEN 6 ELSE 1 END),
    CONSTRAINT ck_outcome_scores_confidence CHECK (confidence BETWEEN 0 AND 1),
    CONSTRAINT uq_outcome_scores_text_id_model_id_dimension UNIQUE (text_id, model_id, dimension)
);
CREATE INDEX ix_outcome_scores_person_id ON insight.outcome_scores (person_id) WHERE person_id IS NOT NULL;
COMMENT ON TABLE insight.outcome_scores IS 'What a text says on a dimension, or why nothing is said.';
COMMENT ON COLUMN insight.outcome_scores.confidence IS 'Calibrated; null where it is not';
COMMENT ON CONSTRAINT ck_outcome_scores_confidence ON insight.outcome_scores IS 'Stored on 0-1, whatever scale it came on.';
COMMENT ON CONSTRAINT ck_outcome_scores_dimension ON insight.outcome_scores IS 'A word outside the vocabulary is a bug.';
COMMENT ON CONSTRAINT ck_outcome_scores_scale ON insight.outcome_scores IS '0-1; the language level 0-6.';
COMMENT ON CONSTRAINT ck_outcome_scores_score_or_reason ON insight.outcome_scores IS 'A score, or why there is none; never a made-up one.';
COMMENT ON CONSTRAINT uq_outcome_scores_text_id_model_id_dimension ON insight.outcome_scores IS 'A text is scored once by a model.';
COMMENT ON INDEX insight.ix_outcome_scores_person_id IS 'A profile''s outcomes; erasure.';

CREATE TABLE insight.profile_facts (
    generation SMALLINT NOT NULL,
    fact_type TEXT NOT NULL,
    fact_id UUID NOT NULL,
    revision INTEGER NOT NULL,
    event_id UUID NOT NULL,
    event_type TEXT NOT NULL,
    participant_id UUID,
    volunteer_id UUID,
    occurred_at TIMESTAMP WITH TIME ZONE,
    state JSONB NOT NULL,
    retracted BOOLEAN DEFAULT false NOT NULL,
    received_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_profile_facts PRIMARY KEY (generation, fact_type, fact_id)
)
 WITH (fillfactor = 90);
CREATE INDEX ix_profile_facts_generation_participant_id ON insight.profile_facts (generation, participant_id);
CREATE INDEX ix_profile_facts_generation_volunteer_id ON insight.profile_facts (generation, volunteer_id);
COMMENT ON TABLE insight.profile_facts IS 'The newest revision of each fact as its event told it.';
COMMENT ON COLUMN insight.profile_facts.state IS 'The event''s payload; empty when retracted';
COMMENT ON INDEX insight.ix_profile_facts_generation_participant_id IS 'The facts a profile is derived from.';
COMMENT ON INDEX insight.ix_profile_facts_generation_volunteer_id IS 'The facts a profile is derived from.';

CREATE TABLE insight.profile_flags (
    generation SMALLINT NOT NULL,
    person_id UUID NOT NULL,
    flag TEXT NOT NULL,
    value JSONB NOT NULL,
    since TIMESTAMP WITH TIME ZONE NOT NULL,
    event_id UUID,
    event_type TEXT,
    rules_version TEXT NOT NULL,
    overridden_by TEXT,
    reason TEXT,
    CONSTRAINT pk_profile_flags PRIMARY KEY (generation, person_id, flag),
    CONSTRAINT ck_profile_flags_override_has_reason CHECK (overridden_by IS NULL OR reason IS NOT NULL)
);
COMMENT ON TABLE insight.profile_flags IS 'A person''s journey flags, each with the event that set it.';
COMMENT ON COLUMN insight.profile_flags.value IS 'Any JSON value: true, false, a level';
COMMENT ON CONSTRAINT ck_profile_flags_override_has_reason ON insight.profile_flags IS 'Who sets a flag by hand says why.';

CREATE TABLE insight.profiles (
    generation SMALLINT NOT NULL,
    person_id UUID NOT NULL,
    kinds TEXT[] DEFAULT '{}'::text[] NOT NULL,
    summary JSONB DEFAULT '{}'::jsonb NOT NULL,
    revision INTEGER DEFAULT '1' NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_profiles PRIMARY KEY (generation, person_id)
);
COMMENT ON TABLE insight.profiles IS 'A person''s totals, derived from profile_facts.';

CREATE TABLE insight.projection_state (
    name TEXT NOT NULL,
    active_generation SMALLINT DEFAULT '1' NOT NULL,
    filling_generation SMALLINT,
    digest TEXT,
    swapped_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_projection_state PRIMARY KEY (name)
);
COMMENT ON TABLE insight.projection_state IS 'Which generation of a projection answers, which one fills.';

CREATE TABLE insight.reference_values (
    reference_id UUID DEFAULT uuidv7() NOT NULL,
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    country TEXT DEFAULT '*' NOT NULL,
    value NUMERIC NOT NULL,
    unit TEXT NOT NULL,
    currency TEXT,
    valid_from DATE NOT NULL,
    valid_to DATE,
    source TEXT NOT NULL,
    version INTEGER DEFAULT '1' NOT NULL,
    created_by TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_reference_values PRIMARY KEY (reference_id),
    CONSTRAINT ck_reference_values_kind CHECK (kind IN ('proxy', 'deadweight', 'displacement', 'attribution', 'drop_off', 'duration', 'outcome_start', 'first_year_exponent', 'discount_rate', 'hourly_value', 'exchange_rate')),
    CONSTRAINT uq_reference_values_kind_key_country_valid_from_version UNIQUE (kind, key, country, valid_from, version),
    CONSTRAINT ck_reference_values_dates CHECK (valid_to > valid_from),
    CONSTRAINT ck_reference_values_not_negative CHECK (value >= 0),
    CONSTRAINT ck_reference_values_share CHECK (unit <> 'share' OR value <= 1)
);
COMMENT ON TABLE insight.reference_values IS 'Dated assumptions of the figures, each with its source.';
COMMENT ON COLUMN insight.reference_values.key IS 'The outcome, role or currency it is for; * is any';
COMMENT ON COLUMN insight.reference_values.country IS 'ISO 3166-1 alpha-2, EU or *';
COMMENT ON COLUMN insight.reference_values.currency IS 'ISO 4217';
COMMENT ON COLUMN insight.reference_values.valid_to IS 'Exclusive';
COMMENT ON CONSTRAINT ck_reference_values_dates ON insight.reference_values IS 'A value holds for a while or not at all.';
COMMENT ON CONSTRAINT ck_reference_values_kind ON insight.reference_values IS 'A word outside the vocabulary is a bug.';
COMMENT ON CONSTRAINT ck_reference_values_not_negative ON insight.reference_values IS 'Proxies, rates and shares are never below 0.';
COMMENT ON CONSTRAINT ck_reference_values_share ON insight.reference_values IS 'A deduction above 1 would turn impact negative.';
COMMENT ON CONSTRAINT uq_reference_values_kind_key_country_valid_from_version ON insight.reference_values IS 'A change is a new version; the newest of a date counts.';

CREATE TABLE insight.suppression_plans (
    company_id UUID NOT NULL,
    revision INTEGER NOT NULL,
    k SMALLINT NOT NULL,
    cells JSONB NOT NULL,
    digest TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_suppression_plans PRIMARY KEY (company_id, revision)
);
COMMENT ON TABLE insight.suppression_plans IS 'Which cells a company must not see, over all releases so far.';

CREATE TABLE insight.evidence_snippets (
    snippet_id UUID DEFAULT uuidv7() NOT NULL,
    score_id UUID NOT NULL,
    text_id UUID NOT NULL,
    start_at INTEGER NOT NULL,
    end_at INTEGER NOT NULL,
    sha256 BYTEA NOT NULL,
    CONSTRAINT pk_evidence_snippets PRIMARY KEY (snippet_id),
    CONSTRAINT fk_evidence_snippets_score_id FOREIGN KEY(score_id) REFERENCES insight.outcome_scores (score_id) ON DELETE CASCADE,
    CONSTRAINT ck_evidence_snippets_span CHECK (start_at >= 0 AND end_at > start_at)
);
CREATE INDEX ix_evidence_snippets_score_id ON insight.evidence_snippets (score_id);
COMMENT ON TABLE insight.evidence_snippets IS 'Which sentence justifies a score: offsets and hash, no words.';
COMMENT ON COLUMN insight.evidence_snippets.sha256 IS 'Keyed, of the quoted words';
COMMENT ON CONSTRAINT ck_evidence_snippets_span ON insight.evidence_snippets IS 'Offsets cut a sentence of the text.';
COMMENT ON CONSTRAINT fk_evidence_snippets_score_id ON insight.evidence_snippets IS 'Evidence goes with its score.';
COMMENT ON INDEX insight.ix_evidence_snippets_score_id IS 'A trace shows a score''s evidence.';

CREATE TABLE insight.model_assignments (
    assignment_id UUID DEFAULT uuidv7() NOT NULL,
    dimension TEXT NOT NULL,
    model_id TEXT NOT NULL,
    role TEXT NOT NULL,
    published BOOLEAN DEFAULT false NOT NULL,
    decided_by TEXT NOT NULL,
    reason TEXT NOT NULL,
    started_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_model_assignments PRIMARY KEY (assignment_id),
    CONSTRAINT ck_model_assignments_dimension CHECK (dimension IN ('confidence', 'belonging', 'lang_level_proxy', 'job_readiness')),
    CONSTRAINT ck_model_assignments_role CHECK (role IN ('active', 'shadow')),
    CONSTRAINT fk_model_assignments_model_id FOREIGN KEY(model_id) REFERENCES insight.models (model_id)
);
CREATE UNIQUE INDEX ix_model_assignments_dimension_role ON insight.model_assignments (dimension, role) WHERE ended_at IS NULL;
COMMENT ON TABLE insight.model_assignments IS 'Which model scores a dimension since when, who decided it.';
COMMENT ON COLUMN insight.model_assignments.published IS 'May companies see figures made with it';
COMMENT ON CONSTRAINT ck_model_assignments_dimension ON insight.model_assignments IS 'A word outside the vocabulary is a bug.';
COMMENT ON CONSTRAINT ck_model_assignments_role ON insight.model_assignments IS 'A word outside the vocabulary is a bug.';
COMMENT ON CONSTRAINT fk_model_assignments_model_id ON insight.model_assignments IS 'Only a described model may score.';
COMMENT ON INDEX insight.ix_model_assignments_dimension_role IS 'One model answers for a dimension, one runs in its shadow.';

CREATE TABLE insight.score_overrides (
    override_id UUID DEFAULT uuidv7() NOT NULL,
    score_id UUID NOT NULL,
    decision TEXT NOT NULL,
    value DOUBLE PRECISION,
    reviewer_id TEXT NOT NULL,
    reason_code TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_score_overrides PRIMARY KEY (override_id),
    CONSTRAINT ck_score_overrides_decision CHECK (decision IN ('accept', 'correct', 'reject')),
    CONSTRAINT fk_score_overrides_score_id FOREIGN KEY(score_id) REFERENCES insight.outcome_scores (score_id) ON DELETE CASCADE,
    CONSTRAINT ck_score_overrides_correction_has_value CHECK ((decision = 'correct') = (value IS NOT NULL))
);
CREATE INDEX ix_score_overrides_score_id ON insight.score_overrides (score_id);
COMMENT ON TABLE insight.score_overrides IS 'What reviewers said of a score; replaces it in every figure.';
COMMENT ON CONSTRAINT ck_score_overrides_correction_has_value ON insight.score_overrides IS 'Only a correction brings a value of its own.';
COMMENT ON CONSTRAINT ck_score_overrides_decision ON insight.score_overrides IS 'A word outside the vocabulary is a bug.';
COMMENT ON CONSTRAINT fk_score_overrides_score_id ON insight.score_overrides IS 'A verdict on no score means nothing.';
COMMENT ON INDEX insight.ix_score_overrides_score_id IS 'A figure takes the newest verdict on each score.';
