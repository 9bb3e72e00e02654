-- How many facts of each type there are and are projected, and whether their revisions agree.
WITH facts AS (
{facts}), kinds (fact_type) AS (
    VALUES ('kintell_session'), ('kintell_rating'), ('buddy_match'), ('buddy_event'),
        ('buddy_checkin'), ('buddy_feedback'), ('learning_progress'), ('credential'), ('enrollment')
), told AS (
    SELECT p.fact_type, p.fact_id, p.revision FROM insight.profile_facts p
    WHERE NOT p.retracted AND p.fact_type IN (SELECT fact_type FROM kinds)
        AND p.generation = COALESCE((SELECT active_generation FROM insight.projection_state
            WHERE name = 'profile'), 1)
), written AS (
    SELECT fact_type, count(*) AS number,
        md5(string_agg(fact_id || ':' || revision, ',' ORDER BY fact_id)) AS digest
    FROM facts GROUP BY fact_type
), projected AS (
    SELECT fact_type, count(*) AS number,
        md5(string_agg(fact_id || ':' || revision, ',' ORDER BY fact_id)) AS digest
    FROM told GROUP BY fact_type
)
SELECT fact_type, COALESCE(w.number, 0), COALESCE(p.number, 0),
    w.digest IS NOT DISTINCT FROM p.digest
FROM written w FULL JOIN projected p USING (fact_type) ORDER BY fact_type
