SET ROLE waymark_owner;
CREATE FUNCTION pii.mark_erased(
    erasure uuid, persons uuid[], hmacs bytea[], actor text, why text, at timestamptz
) RETURNS bigint
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    marked bigint;
BEGIN
    -- Alone: whoever resolves people shares it, and sees the hashes afterwards.
    PERFORM pg_advisory_xact_lock(7330);

    INSERT INTO ops.erasures (erasure_id, person_id, requested_by, reason, requested_at)
    VALUES (erasure, persons[1], actor, why, at)
    ON CONFLICT DO NOTHING;

    INSERT INTO ops.erased_persons (person_id, erasure_id)
    SELECT DISTINCT p.person_id, erasure FROM unnest(persons) AS p (person_id)
    ON CONFLICT DO NOTHING;

    INSERT INTO pii.erased_identifiers AS held (identifier_hmac, erasure_id, erased_at)
    SELECT DISTINCT h.hmac, erasure, at FROM unnest(hmacs) AS h (hmac)
    ON CONFLICT (identifier_hmac) DO UPDATE SET
        erasure_id = excluded.erasure_id, erased_at = excluded.erased_at,
        lifted_at = NULL, lifted_by = NULL;

    -- What the services have to look for, until they have.
    INSERT INTO pii.erasure_identifiers (erasure_id, kind, value)
    SELECT erasure, e.provider, e.external_id FROM pii.external_ids e
    WHERE e.person_id = ANY (persons)
        AND e.external_id NOT LIKE e.person_id || '@%'
    UNION
    SELECT erasure, 'name', p.display_name FROM pii.persons p
    WHERE p.person_id = ANY (persons) AND p.display_name IS NOT NULL
    UNION
    SELECT erasure, 'phone', p.phone FROM pii.persons p
    WHERE p.person_id = ANY (persons) AND p.phone IS NOT NULL
    ON CONFLICT DO NOTHING;

    -- A volunteer's hours count for the company of the address: the pseudonym keeps its domain.
    INSERT INTO pii.external_ids (provider, external_id, person_id)
    SELECT DISTINCT 'email', e.person_id || '@' || e.domain, e.person_id FROM pii.external_ids e
    JOIN program.companies c ON c.domain = e.domain
    WHERE e.person_id = ANY (persons)
    ON CONFLICT DO NOTHING;
    DELETE FROM pii.external_ids e
    WHERE e.person_id = ANY (persons) AND e.external_id NOT LIKE e.person_id || '@%';

    UPDATE pii.persons p
    SET status = 'erased', display_name = NULL, phone = NULL, updated_at = now(),
        erased_at = coalesce(p.erased_at, at)
    WHERE p.person_id = ANY (persons);
    GET DIAGNOSTICS marked = ROW_COUNT;
    RETURN marked;
END
$$;
COMMENT ON FUNCTION pii.mark_erased(uuid, uuid[], bytea[], text, text, timestamptz) IS
    'Turns people into tombstones and refuses their identifiers from now on; how many there were. Safe to run twice.';
RESET ROLE;
