SET ROLE waymark_owner;
GRANT EXECUTE ON FUNCTION program.settle_consents(uuid[]) TO profile_worker;
DROP POLICY tenant ON insight.outcome_scores;
CREATE POLICY tenant ON insight.outcome_scores FOR SELECT TO profile_tenant, q2q_ai_tenant USING (EXISTS (SELECT FROM program.attributions a WHERE a.company_id = program.current_company() AND a.fact_type = outcome_scores.fact_type AND a.fact_id = outcome_scores.fact_id) AND NOT EXISTS (SELECT FROM program.consents_in_force c WHERE c.person_id = outcome_scores.person_id AND c.purpose = 'scoring' AND NOT c.in_force));
DROP POLICY tenant ON insight.evidence_snippets;
CREATE POLICY tenant ON insight.evidence_snippets FOR SELECT TO profile_tenant, q2q_ai_tenant USING (EXISTS (SELECT FROM insight.outcome_scores p WHERE p.score_id = evidence_snippets.score_id AND EXISTS (SELECT FROM program.consents_in_force c WHERE c.person_id = p.person_id AND c.purpose = 'evidence' AND c.in_force)));
DROP POLICY tenant ON pii.texts;
CREATE POLICY tenant ON pii.texts FOR SELECT TO profile_tenant, q2q_ai_tenant USING (EXISTS (SELECT FROM program.attributions a WHERE a.company_id = program.current_company() AND a.fact_type = texts.fact_type AND a.fact_id = texts.fact_id) AND EXISTS (SELECT FROM program.consents_in_force c WHERE c.person_id = texts.person_id AND c.purpose = 'evidence' AND c.in_force));
RESET ROLE;
