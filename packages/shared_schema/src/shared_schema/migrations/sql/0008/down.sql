SET ROLE waymark_owner;
DROP INDEX pii.ix_duplicate_candidates_right_id;
ALTER TABLE pii.duplicate_candidates DROP COLUMN duplicate_id, DROP COLUMN model;
COMMENT ON COLUMN pii.duplicate_candidates.evidence IS '[{field, weight, verdict}]';
RESET ROLE;
