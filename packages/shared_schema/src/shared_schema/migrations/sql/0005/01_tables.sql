SET ROLE waymark_owner;
ALTER TABLE program.consents ADD COLUMN recorded_role TEXT NOT NULL;
ALTER TABLE program.consents ADD COLUMN basis TEXT NOT NULL;
ALTER TABLE program.consents ADD COLUMN text_version INTEGER NOT NULL;
ALTER TABLE program.consents ADD CONSTRAINT ck_consents_purpose CHECK (purpose IN ('scoring', 'evidence'));
ALTER TABLE program.consents ADD CONSTRAINT ck_consents_basis CHECK (basis IN ('self', 'written', 'oral', 'guardian', 'partner', 'correction'));
ALTER TABLE program.consents ADD CONSTRAINT ck_consents_recorded_role CHECK (recorded_role IN ('admin', 'coordinator', 'reviewer', 'company_user', 'participant', 'volunteer', 'partner'));
COMMENT ON COLUMN program.consents.basis IS 'How it is known; a code, never words';
COMMENT ON COLUMN program.consents.text_version IS 'Which wording of the purpose it is about';
COMMENT ON CONSTRAINT ck_consents_basis ON program.consents IS 'A word outside the vocabulary is a bug.';
COMMENT ON CONSTRAINT ck_consents_purpose ON program.consents IS 'A word outside the vocabulary is a bug.';
COMMENT ON CONSTRAINT ck_consents_recorded_role ON program.consents IS 'A word outside the vocabulary is a bug.';

CREATE TABLE program.consents_in_force (
    person_id UUID NOT NULL,
    purpose TEXT NOT NULL,
    in_force BOOLEAN NOT NULL,
    CONSTRAINT pk_consents_in_force PRIMARY KEY (person_id, purpose),
    CONSTRAINT ck_consents_in_force_purpose CHECK (purpose IN ('scoring', 'evidence'))
);
COMMENT ON TABLE program.consents_in_force IS 'What a source person''s consents come to; no row: nothing was said.';
COMMENT ON COLUMN program.consents_in_force.in_force IS 'Of all who count as the same person the stricter; triggers keep it';
COMMENT ON CONSTRAINT ck_consents_in_force_purpose ON program.consents_in_force IS 'A word outside the vocabulary is a bug.';
GRANT SELECT, INSERT, UPDATE, DELETE ON program.consents_in_force TO profile_worker;
GRANT SELECT ON program.consents_in_force TO profile_tenant;
GRANT SELECT ON program.consents_in_force TO q2q_ai_worker;
GRANT SELECT ON program.consents_in_force TO q2q_ai_tenant;
RESET ROLE;
