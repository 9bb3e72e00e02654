CREATE FUNCTION pii.resolve_people(providers text[], external_ids text[])
    RETURNS TABLE (provider text, external_id text, person_id uuid, created boolean)
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    newborn uuid[];
BEGIN
    IF cardinality(providers) <> cardinality(external_ids) THEN
        RAISE EXCEPTION 'providers and external_ids differ in length' USING ERRCODE = '22023';
    END IF;

    -- Sorted: two imports that wait for each other's rows wait in one order and can't deadlock.
    WITH asked AS (
        SELECT DISTINCT a.provider, pii.folded(a.provider, a.external_id) AS external_id
        FROM unnest(providers, external_ids) AS a (provider, external_id)
        WHERE a.provider IS NOT NULL AND a.external_id IS NOT NULL
    ), missing AS (
        SELECT a.provider, a.external_id
        FROM asked a
        WHERE NOT EXISTS (
            SELECT FROM pii.external_ids e
            WHERE e.provider = a.provider AND e.external_id = a.external_id
        )
    ), linked AS (
        INSERT INTO pii.external_ids (provider, external_id, person_id)
        SELECT m.provider, m.external_id, uuidv7() FROM missing m
        ORDER BY m.provider, m.external_id
        ON CONFLICT DO NOTHING
        RETURNING person_id
    ), born AS (
        INSERT INTO pii.persons (person_id) SELECT person_id FROM linked
    )
    SELECT array_agg(person_id) INTO newborn FROM linked;

    -- A statement of its own, whose snapshot sees the people that a concurrent import created.
    RETURN QUERY
    SELECT DISTINCT a.provider, a.external_id, e.person_id, n.person_id IS NOT NULL
    FROM unnest(providers, external_ids) AS a (provider, external_id)
    JOIN pii.external_ids e
        ON e.provider = a.provider AND e.external_id = pii.folded(a.provider, a.external_id)
    LEFT JOIN unnest(newborn) AS n (person_id) ON n.person_id = e.person_id;
END
$$;
COMMENT ON FUNCTION pii.resolve_people(text[], text[]) IS
    'The source person of each external id, created as provisional where no one has it yet; ids come back as they were asked.';

CREATE FUNCTION pii.known_people(providers text[], external_ids text[])
    RETURNS TABLE (provider text, external_id text, person_id uuid)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT DISTINCT a.provider, a.external_id, e.person_id
    FROM unnest(providers, external_ids) AS a (provider, external_id)
    LEFT JOIN pii.external_ids e
        ON e.provider = a.provider AND e.external_id = pii.folded(a.provider, a.external_id)
$$;
COMMENT ON FUNCTION pii.known_people(text[], text[]) IS
    'The person of each external id, null where no one has it; creates no one, for a dry run.';

CREATE FUNCTION pii.set_display_names(person_ids uuid[], names text[])
    RETURNS bigint
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    named bigint;
BEGIN
    IF cardinality(person_ids) <> cardinality(names) THEN
        RAISE EXCEPTION 'person_ids and names differ in length' USING ERRCODE = '22023';
    END IF;

    -- Locked in one order, so that two imports of the same people can't deadlock.
    PERFORM FROM pii.persons p
    WHERE p.person_id = ANY (person_ids) AND p.display_name IS NULL
    ORDER BY p.person_id
    FOR UPDATE;

    UPDATE pii.persons p
    SET display_name = given.name, updated_at = now()
    FROM (
        SELECT DISTINCT ON (g.person_id) g.person_id, btrim(g.name) AS name
        FROM unnest(person_ids, names) WITH ORDINALITY AS g (person_id, name, place)
        WHERE btrim(g.name) <> ''
        ORDER BY g.person_id, g.place
    ) given
    WHERE p.person_id = given.person_id AND p.display_name IS NULL AND p.status <> 'erased';
    GET DIAGNOSTICS named = ROW_COUNT;
    RETURN named;
END
$$;
COMMENT ON FUNCTION pii.set_display_names(uuid[], text[]) IS
    'Names the people who have no name yet and are not erased; the number of people named.';

CREATE FUNCTION pii.refuse_text_update() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RAISE EXCEPTION 'A text never changes: an edit is a new text_id' USING ERRCODE = '0A000';
END
$$;
COMMENT ON FUNCTION pii.refuse_text_update() IS 'Keeps pii.texts immutable, for its owner too.';

CREATE TRIGGER refuse_update BEFORE UPDATE ON pii.texts
    FOR EACH STATEMENT EXECUTE FUNCTION pii.refuse_text_update();
