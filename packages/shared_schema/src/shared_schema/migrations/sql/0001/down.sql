-- The roles stay while another database of the cluster uses them.
SET ROLE waymark_owner;
DROP SCHEMA pii, program, insight, auth, ops CASCADE;
ALTER DEFAULT PRIVILEGES GRANT EXECUTE ON FUNCTIONS TO PUBLIC;
RESET ROLE;

DO $$
DECLARE
    here text := current_database();
    role_name text;
BEGIN
    BEGIN
        DROP EXTENSION IF EXISTS vector;
    EXCEPTION WHEN dependent_objects_still_exist OR insufficient_privilege THEN
        RAISE NOTICE 'The extension vector stays: it is used or owned by others';
    END;

    EXECUTE format('GRANT CONNECT, TEMPORARY ON DATABASE %I TO PUBLIC', here);
    FOREACH role_name IN ARRAY ARRAY[
        'gateway_worker', 'connectors_worker', 'profile_worker', 'safety_worker', 'q2q_ai_worker',
        'gateway_tenant', 'connectors_tenant', 'profile_tenant', 'safety_tenant', 'q2q_ai_tenant',
        'relay', 'waymark_owner'
    ] LOOP
        EXECUTE format('REVOKE ALL ON DATABASE %I FROM %I', here, role_name);
        BEGIN
            EXECUTE format('DROP ROLE %I', role_name);
        EXCEPTION WHEN dependent_objects_still_exist OR insufficient_privilege THEN
            RAISE NOTICE 'The role % stays: another database uses it', role_name;
        END;
    END LOOP;
END
$$;
