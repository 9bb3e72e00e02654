SET ROLE waymark_owner;
DROP POLICY tenant ON pii.texts;
CREATE POLICY tenant ON pii.texts FOR SELECT TO profile_tenant, q2q_ai_tenant USING (EXISTS (SELECT FROM program.attributions a WHERE a.company_id = program.current_company() AND a.fact_type = texts.fact_type AND a.fact_id = texts.fact_id));
DROP POLICY tenant ON insight.evidence_snippets;
CREATE POLICY tenant ON insight.evidence_snippets FOR SELECT TO profile_tenant, q2q_ai_tenant USING (EXISTS (SELECT FROM insight.outcome_scores p WHERE p.score_id = evidence_snippets.score_id));
DROP POLICY tenant ON insight.outcome_scores;
CREATE POLICY tenant ON insight.outcome_scores FOR SELECT TO profile_tenant, q2q_ai_tenant USING (EXISTS (SELECT FROM program.attributions a WHERE a.company_id = program.current_company() AND a.fact_type = outcome_scores.fact_type AND a.fact_id = outcome_scores.fact_id));
DROP TRIGGER consents_of_unmerged ON program.canonical_persons;
DROP TRIGGER consents_of_moved ON program.canonical_persons;
DROP TRIGGER consents_of_merged ON program.canonical_persons;
DROP TRIGGER forgotten ON program.consents;
DROP TRIGGER said ON program.consents;
DROP FUNCTION program.people_were_regrouped();
DROP FUNCTION program.consents_were_said();
DROP FUNCTION program.settle_consents(uuid[]);
DROP TABLE program.consents_in_force;
ALTER TABLE program.consents DROP COLUMN text_version, DROP COLUMN basis, DROP COLUMN recorded_role,
    DROP CONSTRAINT ck_consents_purpose;
RESET ROLE;
