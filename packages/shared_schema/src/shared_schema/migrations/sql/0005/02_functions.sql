SET ROLE waymark_owner;
CREATE FUNCTION program.settle_consents(persons uuid[]) RETURNS void
    LANGUAGE sql VOLATILE
    SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    -- Of everybody who counts as one with any of these people: what they said last, for each
    -- purpose. Whoever was merged away no longer speaks where the person who stayed has spoken since.
    WITH canon AS (
        SELECT DISTINCT coalesce(c.canonical_id, p.person_id) AS canonical
        FROM unnest(settle_consents.persons) AS p (person_id)
        LEFT JOIN program.canonical_persons c ON c.source_id = p.person_id
    ), members AS MATERIALIZED (
        SELECT canonical, canonical AS member, CAST(NULL AS timestamptz) AS merged_at FROM canon
        UNION ALL
        SELECT c.canonical_id, c.source_id, c.updated_at
        FROM program.canonical_persons c JOIN canon ON canon.canonical = c.canonical_id
    ), newest AS MATERIALIZED (
        SELECT DISTINCT ON (m.member, s.purpose)
            m.canonical, m.member, m.merged_at, s.purpose, s.state, s.created_at
        FROM members m JOIN program.consents s ON s.person_id = m.member
        ORDER BY m.member, s.purpose, s.effective_at DESC, s.revision DESC
    ), spoken AS (
        SELECT n.canonical, n.purpose, bool_and(n.state = 'given') AS in_force
        FROM newest n
        LEFT JOIN newest k ON k.member = n.canonical AND k.purpose = n.purpose
        WHERE n.merged_at IS NULL OR k.member IS NULL OR k.created_at <= n.merged_at
        GROUP BY n.canonical, n.purpose
    ), settled AS (
        SELECT m.member, s.purpose, s.in_force
        FROM members m JOIN spoken s ON s.canonical = m.canonical
    )
    MERGE INTO program.consents_in_force AS held
    USING (
        SELECT coalesce(h.person_id, s.member) AS person_id,
            coalesce(h.purpose, s.purpose) AS purpose, s.in_force
        FROM settled s
        FULL JOIN (
            SELECT f.person_id, f.purpose FROM program.consents_in_force f
            WHERE f.person_id IN (SELECT member FROM members)
        ) h ON h.person_id = s.member AND h.purpose = s.purpose
    ) AS now
    ON held.person_id = now.person_id AND held.purpose = now.purpose
    WHEN MATCHED AND now.in_force IS NULL THEN DELETE
    WHEN MATCHED AND held.in_force <> now.in_force THEN UPDATE SET in_force = now.in_force
    WHEN NOT MATCHED THEN INSERT (person_id, purpose, in_force)
        VALUES (now.person_id, now.purpose, now.in_force);
END;
COMMENT ON FUNCTION program.settle_consents(uuid[]) IS
    'Says anew what the consents of these people, and of all who count as one with them, come to.';

CREATE FUNCTION program.consents_were_said() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM program.settle_consents(ARRAY(SELECT DISTINCT person_id FROM changed));
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION program.consents_were_said() IS 'Keeps consents_in_force in line with consents.';

CREATE FUNCTION program.people_were_regrouped() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    moved uuid[];
BEGIN
    IF TG_OP = 'UPDATE' THEN
        moved := ARRAY(
            SELECT unnest(ARRAY[source_id, canonical_id]) FROM changed
            UNION SELECT unnest(ARRAY[source_id, canonical_id]) FROM replaced);
    ELSE
        moved := ARRAY(SELECT DISTINCT unnest(ARRAY[source_id, canonical_id]) FROM changed);
    END IF;
    PERFORM program.settle_consents(moved);
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION program.people_were_regrouped() IS
    'Keeps consents_in_force in line with who counts as whom.';

CREATE TRIGGER said AFTER INSERT ON program.consents
    REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION program.consents_were_said();
CREATE TRIGGER forgotten AFTER DELETE ON program.consents
    REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION program.consents_were_said();
CREATE TRIGGER consents_of_merged AFTER INSERT ON program.canonical_persons
    REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION program.people_were_regrouped();
CREATE TRIGGER consents_of_moved AFTER UPDATE ON program.canonical_persons
    REFERENCING OLD TABLE AS replaced NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION program.people_were_regrouped();
CREATE TRIGGER consents_of_unmerged AFTER DELETE ON program.canonical_persons
    REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION program.people_were_regrouped();
RESET ROLE;
