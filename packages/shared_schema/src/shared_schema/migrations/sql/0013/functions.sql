SET ROLE waymark_owner;
CREATE FUNCTION pii.as_json(body bytea) RETURNS jsonb
    LANGUAGE plpgsql IMMUTABLE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN CAST(convert_from(body, 'UTF8') AS jsonb);
EXCEPTION WHEN data_exception THEN
    -- Not UTF-8, not JSON, or JSON that jsonb can't hold: as text, so that nothing is passed over.
    RETURN to_jsonb(encode(body, 'escape'));
END
$$;
COMMENT ON FUNCTION pii.as_json(bytea) IS 'A stored body as JSON; one that is none as a text.';

CREATE OR REPLACE FUNCTION pii.held_elsewhere(sources uuid[])
    RETURNS TABLE (store text, item jsonb)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
AS $$
    WITH own_ids AS MATERIALIZED (
        SELECT lower(e.external_id) AS identifier FROM pii.external_ids e
        WHERE e.person_id = ANY (sources)
    ), own_texts AS MATERIALIZED (
        SELECT t.text_id FROM pii.texts t WHERE t.person_id = ANY (sources)
    ), logins AS MATERIALIZED (
        SELECT u.user_id FROM auth.users u WHERE u.person_id = ANY (sources)
    ), own_facts AS MATERIALIZED (
        SELECT f.fact_type, f.fact_id FROM insight.profile_facts f
        JOIN insight.projection_state s
            ON s.name = 'profile' AND s.active_generation = f.generation
        WHERE f.participant_id = ANY (sources) OR f.volunteer_id = ANY (sources)
    )
    SELECT 'accounts', to_jsonb(u) - 'password_hash'
    FROM auth.users u WHERE u.user_id IN (SELECT user_id FROM logins)
    UNION ALL
    SELECT 'account_sessions', jsonb_build_object('issued_at', r.issued_at,
        'expires_at', r.expires_at, 'used_at', r.used_at, 'revoked_at', r.revoked_at)
    FROM auth.refresh_tokens r WHERE r.user_id IN (SELECT user_id FROM logins)
    UNION ALL
    SELECT 'audit_log', to_jsonb(a) - 'actor'
    FROM ops.audit_log a WHERE a.object_id = ANY (CAST(sources AS text[]))
        OR a.object_id IN (SELECT CAST(user_id AS text) FROM logins)
    UNION ALL
    SELECT 'actions_of_own', to_jsonb(a)
    FROM ops.audit_log a WHERE a.actor = ANY (CAST(sources AS text[]))
        OR a.actor IN (SELECT CAST(user_id AS text) FROM logins)
    UNION ALL
    SELECT 'screenings', to_jsonb(s)
    FROM ops.screenings s WHERE s.text_id IN (SELECT text_id FROM own_texts)
    UNION ALL
    SELECT 'safety_reviews', to_jsonb(r) - 'claimed_by'
    FROM ops.review_items r WHERE r.person_id = ANY (sources)
        OR r.text_id IN (SELECT text_id FROM own_texts)
    UNION ALL
    SELECT 'safety_decisions', to_jsonb(d) - 'reviewer_id'
    FROM ops.review_decisions d JOIN ops.review_items r USING (flag_id)
    WHERE r.person_id = ANY (sources) OR r.text_id IN (SELECT text_id FROM own_texts)
    UNION ALL
    SELECT 'text_embeddings', to_jsonb(e)
    FROM pii.text_embeddings e WHERE e.text_id IN (SELECT text_id FROM own_texts)
    UNION ALL
    SELECT 'before_images', to_jsonb(b)
    FROM pii.before_images b JOIN own_facts f USING (fact_type, fact_id)
    UNION ALL
    SELECT 'refused_rows', to_jsonb(r) || jsonb_build_object('dataset', i.dataset)
    FROM pii.refused_rows r JOIN ops.imports i USING (import_id)
    WHERE EXISTS (
        SELECT FROM jsonb_path_query(r.original, '$.** ? (@.type() == "string")') AS v (cell)
        WHERE lower(btrim(v.cell #>> '{}')) IN (SELECT identifier FROM own_ids))
    UNION ALL
    SELECT 'webhooks', jsonb_build_object('source', w.source, 'webhook_id', w.webhook_id,
        'received_at', w.received_at, 'shape', w.shape, 'body', w.said)
    FROM (
        SELECT b.source, b.webhook_id, b.received_at, b.shape, pii.as_json(b.body) AS said
        FROM pii.webhook_bodies b
    ) w
    WHERE EXISTS (
        SELECT FROM own_ids o WHERE position(o.identifier IN lower(CAST(w.said AS text))) > 0)
$$;
RESET ROLE;
