-- Roles belong to the cluster: another database may have made them already, or be making them now.
DO $$
DECLARE
    login text;
BEGIN
    IF current_setting('server_encoding') <> 'UTF8' THEN
        RAISE EXCEPTION 'The database must be encoded in UTF8, not %', current_setting('server_encoding');
    END IF;

    BEGIN
        CREATE ROLE waymark_owner NOLOGIN;
    EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
    END;

    FOREACH login IN ARRAY ARRAY[
        'gateway_worker', 'connectors_worker', 'profile_worker', 'safety_worker', 'q2q_ai_worker',
        'gateway_tenant', 'connectors_tenant', 'profile_tenant', 'safety_tenant', 'q2q_ai_tenant',
        'relay'
    ] LOOP
        BEGIN
            EXECUTE format('CREATE ROLE %I LOGIN NOINHERIT', login);
        EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
        END;
    END LOOP;

    IF NOT pg_has_role(current_user, 'waymark_owner', 'SET') THEN
        EXECUTE format('GRANT waymark_owner TO %I WITH INHERIT FALSE, SET TRUE', current_user);
    END IF;
END
$$;
