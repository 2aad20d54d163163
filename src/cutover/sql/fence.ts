/** The fence itself: what keeps writers out and lets them in again. */
export const FENCE_FUNCTIONS = `
CREATE OR REPLACE FUNCTION payment_migration.keep_out(p_row payment_migration.authority) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $f$
DECLARE
  v record;
BEGIN
  IF p_row.fence = 'roles' THEN
    FOR v IN
      SELECT c.oid AS relid, c.oid::regclass AS relation, g.rolname AS grantee, x.privilege_type, x.is_grantable
      FROM payment_migration.tables() t JOIN pg_class c ON c.oid = t.relid,
        aclexplode(coalesce(c.relacl, acldefault('r', c.relowner))) x JOIN pg_roles g ON g.oid = x.grantee
      WHERE g.rolname = ANY (p_row.writers) AND x.privilege_type IN ('INSERT', 'UPDATE', 'DELETE', 'TRUNCATE')
    LOOP
      INSERT INTO payment_migration.revoked VALUES (v.relid, v.grantee, v.privilege_type, v.is_grantable) ON CONFLICT DO NOTHING;
      EXECUTE format('REVOKE %s ON %s FROM %I CASCADE', v.privilege_type, v.relation, v.grantee);
    END LOOP;
    FOR v IN SELECT unnest(p_row.writers) AS login LOOP
      EXECUTE format('ALTER ROLE %I NOLOGIN', v.login);
    END LOOP;
  END IF;
  -- Last: a sequence is not rolled back, and a gate that is closed too early can be opened again.
  PERFORM setval('payment_migration.gate', 0);
END
$f$;

CREATE OR REPLACE FUNCTION payment_migration.let_in(p_row payment_migration.authority) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $f$
DECLARE
  v record;
BEGIN
  IF p_row.fence = 'roles' THEN
    FOR v IN SELECT * FROM payment_migration.revoked r WHERE EXISTS (SELECT FROM pg_class c WHERE c.oid = r.relid) LOOP
      EXECUTE format('GRANT %s ON %s TO %I%s', v.privilege, v.relid::regclass, v.grantee, CASE WHEN v.grantable THEN ' WITH GRANT OPTION' ELSE '' END);
    END LOOP;
    DELETE FROM payment_migration.revoked;
    FOR v IN SELECT unnest(p_row.writers) AS login LOOP
      EXECUTE format('ALTER ROLE %I LOGIN', v.login);
    END LOOP;
  END IF;
  PERFORM setval('payment_migration.gate', 1);
END
$f$;

-- Client sessions of this database but the migration's own. Pools understand SQLSTATE 57P01 and connect again.
CREATE OR REPLACE FUNCTION payment_migration.terminate_clients() RETURNS integer
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $f$
  SELECT count(pg_terminate_backend(pid))::integer FROM pg_stat_activity
  WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()
    AND usename NOT IN (SELECT login FROM payment_migration.applier)
$f$;
`;
