-- What only the migrating user may do: the extension, and who may use this database.
CREATE EXTENSION IF NOT EXISTS vector WITH SCHEMA public;

DO $$
DECLARE
    here text := current_database();
BEGIN
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', here);
    EXECUTE format('GRANT CREATE ON DATABASE %I TO waymark_owner', here);
    EXECUTE format(
        'GRANT CONNECT, TEMPORARY ON DATABASE %I TO'
        ' gateway_worker, connectors_worker, profile_worker, safety_worker, q2q_ai_worker', here
    );
    EXECUTE format(
        'GRANT CONNECT ON DATABASE %I TO relay,'
        ' gateway_tenant, connectors_tenant, profile_tenant, safety_tenant, q2q_ai_tenant', here
    );
END
$$;

SET ROLE waymark_owner;

ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;

CREATE SCHEMA pii;
COMMENT ON SCHEMA pii IS 'Names, contacts, texts and raw uploads: the only place they are.';
CREATE SCHEMA program;
COMMENT ON SCHEMA program IS 'What happened, by pseudonymous ids.';
CREATE SCHEMA insight;
COMMENT ON SCHEMA insight IS 'What was made of the facts: profiles, scores, evidence, figures.';
CREATE SCHEMA auth;
COMMENT ON SCHEMA auth IS 'Logins and keys: the gateway''s own.';
CREATE SCHEMA ops;
COMMENT ON SCHEMA ops IS 'Imports, outbox, inbox, dead letters, audit and reviews.';

-- Both are plain SQL without SET, so that the planner inlines them into the policies.
CREATE FUNCTION program.current_company() RETURNS uuid
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN NULLIF(current_setting('app.company_id', true), '')::uuid;
COMMENT ON FUNCTION program.current_company() IS
    'The company whose request this transaction serves; null outside of one, and then no row shows.';

CREATE FUNCTION ops.current_service() RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN regexp_replace(current_user, '_(worker|tenant)$', '');
COMMENT ON FUNCTION ops.current_service() IS 'The service that is signed in, by the name of its role.';

-- pg_unicode_fast folds alike on every machine, whatever the locale of the cluster.
CREATE FUNCTION pii.folded(provider text, external_id text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN provider = 'email' THEN lower(external_id COLLATE pg_unicode_fast) ELSE external_id END;
COMMENT ON FUNCTION pii.folded(text, text) IS 'An identifier as it is stored: e-mail addresses in lower case.';
