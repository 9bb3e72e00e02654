SET ROLE waymark_owner;
DROP INDEX insight.ix_outcome_scores_fact_type_fact_id;
ALTER TABLE insight.reference_values DROP COLUMN withdrawn;
ALTER TABLE insight.reference_values DROP COLUMN high;
ALTER TABLE insight.reference_values DROP COLUMN low;
RESET ROLE;
