SET ROLE waymark_owner;
CREATE TABLE insight.stale_months (
    company_id UUID NOT NULL,
    mark_id UUID DEFAULT uuidv7() NOT NULL,
    month DATE NOT NULL,
    event_type TEXT NOT NULL,
    event_id UUID,
    marked_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_stale_months PRIMARY KEY (company_id, mark_id)
);
CREATE INDEX ix_stale_months_company_id_month ON insight.stale_months (company_id, month);
COMMENT ON TABLE insight.stale_months IS 'Months of a company whose facts changed since figures were computed.';
COMMENT ON COLUMN insight.stale_months.month IS 'Its first day, in the programme''s time zone';
COMMENT ON COLUMN insight.stale_months.event_type IS 'What changed them';
COMMENT ON INDEX insight.ix_stale_months_company_id_month IS 'Whether figures kept of a period still hold.';
ALTER TABLE insight.stale_months ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON insight.stale_months FOR ALL TO waymark_owner USING (true);
CREATE POLICY worker ON insight.stale_months FOR ALL TO profile_worker USING (true);
CREATE POLICY tenant ON insight.stale_months FOR SELECT TO profile_tenant USING (company_id = program.current_company());
GRANT SELECT, INSERT, UPDATE, DELETE ON insight.stale_months TO profile_worker;
GRANT SELECT ON insight.stale_months TO profile_tenant;
RESET ROLE;
