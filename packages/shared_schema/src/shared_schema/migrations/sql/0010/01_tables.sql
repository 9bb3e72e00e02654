SET ROLE waymark_owner;
CREATE TABLE insight.released_figures (
    company_id UUID NOT NULL,
    period TEXT NOT NULL,
    metric TEXT NOT NULL,
    digest TEXT NOT NULL,
    starts_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ends_at TIMESTAMP WITH TIME ZONE NOT NULL,
    first_shown_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_released_figures PRIMARY KEY (company_id, period, metric, digest),
    CONSTRAINT ck_released_figures_window CHECK (ends_at > starts_at)
);
COMMENT ON TABLE insight.released_figures IS 'Which company was shown which figure: once a digest.';
COMMENT ON COLUMN insight.released_figures.digest IS 'Of the inputs, keyed, as it was shown';
COMMENT ON CONSTRAINT ck_released_figures_window ON insight.released_figures IS 'A period has a length.';
GRANT SELECT, INSERT, DELETE ON insight.released_figures TO profile_worker;
RESET ROLE;
