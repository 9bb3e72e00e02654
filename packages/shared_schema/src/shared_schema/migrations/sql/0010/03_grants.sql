SET ROLE waymark_owner;
GRANT EXECUTE ON FUNCTION pii.held_elsewhere(uuid[]) TO profile_worker;
RESET ROLE;
