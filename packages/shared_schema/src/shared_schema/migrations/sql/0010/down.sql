SET ROLE waymark_owner;
DROP FUNCTION pii.held_elsewhere(uuid[]);
DROP TABLE insight.released_figures;
RESET ROLE;
