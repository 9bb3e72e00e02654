SET ROLE waymark_owner;
DROP FUNCTION pii.companies_by_address(uuid[]);
RESET ROLE;
