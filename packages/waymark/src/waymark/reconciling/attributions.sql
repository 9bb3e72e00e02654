-- For whom each fact counts, worked out anew, beside what is written.
WITH facts AS (
{facts}), deeds AS (
    SELECT f.fact_type, f.fact_id, f.occurred_at, f.program,
        COALESCE(p.canonical_id, f.participant) AS participant,
        COALESCE(v.canonical_id, f.volunteer) AS volunteer
    FROM facts f
    LEFT JOIN program.canonical_persons p ON p.source_id = f.participant
    LEFT JOIN program.canonical_persons v ON v.source_id = f.volunteer
    WHERE f.occurred_at IS NOT NULL AND f.program IS NOT NULL
), members AS (
    SELECT COALESCE(c.canonical_id, u.person_id) AS person, u.company_id, u.valid_from, u.valid_to
    FROM program.company_users u LEFT JOIN program.canonical_persons c ON c.source_id = u.person_id
), domains AS (
    SELECT DISTINCT COALESCE(c.canonical_id, e.person_id) AS person, o.company_id
    FROM pii.external_ids e JOIN program.companies o ON o.domain = e.domain
    LEFT JOIN program.canonical_persons c ON c.source_id = e.person_id
), sponsors AS (
    SELECT COALESCE(c.canonical_id, n.person_id) AS person, n.company_id, n.program,
        n.started_on, n.ended_on
    FROM program.program_enrollments n
    LEFT JOIN program.canonical_persons c ON c.source_id = n.person_id
    WHERE n.company_id IS NOT NULL
), stated AS (
    SELECT d.fact_type, d.fact_id, m.company_id
    FROM deeds d JOIN members m ON m.person = d.volunteer
    WHERE (m.valid_from IS NULL OR m.valid_from <= d.occurred_at)
        AND (m.valid_to IS NULL OR d.occurred_at < m.valid_to)
), sides AS (
    SELECT fact_type, fact_id, company_id, true AS volunteer, false AS sponsor FROM stated
    UNION ALL
    SELECT d.fact_type, d.fact_id, o.company_id, true, false
    FROM deeds d JOIN domains o ON o.person = d.volunteer
    WHERE NOT EXISTS (SELECT FROM stated s
            WHERE s.fact_type = d.fact_type AND s.fact_id = d.fact_id)
        AND NOT EXISTS (SELECT FROM members m
            WHERE m.person = d.volunteer AND m.company_id = o.company_id)
    UNION ALL
    SELECT d.fact_type, d.fact_id, s.company_id, false, true
    FROM deeds d JOIN sponsors s ON s.person = d.participant AND s.program = d.program
    WHERE (d.occurred_at AT TIME ZONE 'UTC')::date >= s.started_on
        AND (s.ended_on IS NULL OR (d.occurred_at AT TIME ZONE 'UTC')::date <= s.ended_on)
), expected AS (
    SELECT s.company_id, s.fact_type, s.fact_id, bool_or(s.volunteer) AS volunteer,
        bool_or(s.sponsor) AS sponsor, min(d.occurred_at) AS occurred_at, min(d.program) AS program
    FROM sides s JOIN deeds d USING (fact_type, fact_id)
    GROUP BY s.company_id, s.fact_type, s.fact_id
)
SELECT count(e), count(a),
    count(*) FILTER (WHERE a IS NULL), count(*) FILTER (WHERE e IS NULL),
    count(*) FILTER (WHERE (a.volunteer, a.sponsor, a.occurred_at, a.program)
        <> (e.volunteer, e.sponsor, e.occurred_at, e.program))
FROM expected e FULL JOIN program.attributions a USING (company_id, fact_type, fact_id)
