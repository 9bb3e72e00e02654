GRANT EXECUTE ON FUNCTION pii.companies_by_address(uuid[]) TO connectors_worker;
RESET ROLE;
