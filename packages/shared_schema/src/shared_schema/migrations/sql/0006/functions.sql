SET ROLE waymark_owner;

CREATE FUNCTION pii.companies_by_address(person_ids uuid[])
    RETURNS TABLE (person_id uuid, company_id uuid)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT DISTINCT e.person_id, c.company_id
    FROM pii.external_ids e JOIN program.companies c ON c.domain = e.domain
    WHERE e.person_id = ANY (person_ids)
$$;
COMMENT ON FUNCTION pii.companies_by_address(uuid[]) IS
    'The companies whose domain one of a person''s addresses has; tells no address.';
