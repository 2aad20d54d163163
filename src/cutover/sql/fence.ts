/** The fence itself: what keeps writers out and lets them in again. */
export const FENCE_FUNCTIONS = `
-- Who was granted a right to write, on a table or on one of its columns. 0 is PUBLIC.
CREATE OR REPLACE FUNCTION payment_migration.write_rights()
RETURNS TABLE (relid oid, name text, owner oid, grantee oid, grantor oid, privilege text, grantable boolean)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $f$
  WITH t AS MATERIALIZED (SELECT t.relid, t.name, c.relowner, c.relacl FROM payment_migration.tables() t JOIN pg_class c ON c.oid = t.relid)
  SELECT t.relid, t.name, t.relowner, x.grantee, x.grantor, x.privilege_type, x.is_grantable
  FROM t, aclexplode(coalesce(t.relacl, acldefault('r', t.relowner))) x WHERE x.privilege_type IN ('INSERT', 'UPDATE', 'DELETE', 'TRUNCATE')
  UNION ALL
  SELECT t.relid, t.name, t.relowner, x.grantee, x.grantor, format('%s (%I)', x.privilege_type, a.attname), x.is_grantable
  FROM t JOIN pg_attribute a ON a.attrelid = t.relid AND NOT a.attisdropped, aclexplode(a.attacl) x WHERE x.privilege_type IN ('INSERT', 'UPDATE')
$f$;

-- Whether a role has another's rights, or can take them on.
CREATE OR REPLACE FUNCTION payment_migration.acts_as(p_role oid, p_other oid) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $f$
  SELECT pg_has_role(p_role, p_other, 'USAGE')
    OR pg_has_role(p_role, p_other, CASE WHEN current_setting('server_version_num')::integer < 160000 THEN 'MEMBER' ELSE 'SET' END)
$f$;

-- What would let somebody write although the writers are kept out, or would keep this login from doing it.
CREATE OR REPLACE FUNCTION payment_migration.fence_problems(p_row payment_migration.authority) RETURNS text[]
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $f$
  WITH rights AS MATERIALIZED (
    SELECT name, owner, grantee, grantor, grantee = ANY (SELECT oid FROM pg_roles WHERE rolname = ANY (p_row.writers)) AS listed
    FROM payment_migration.write_rights()
    UNION ALL
    SELECT 'every table', 0, oid, 0, false FROM pg_roles WHERE rolname = 'pg_write_all_data'
  ), writers AS MATERIALIZED (
    SELECT w.login, r.oid, r.rolsuper, r.rolcanlogin FROM unnest(p_row.writers) w(login) LEFT JOIN pg_roles r ON r.rolname = w.login
  ), me AS (
    SELECT rolsuper, rolcreaterole FROM pg_roles WHERE rolname = current_user
  )
  SELECT coalesce(array_agg(problem ORDER BY problem), '{}') FROM (
    SELECT format('writer %I does not exist', login) FROM writers WHERE oid IS NULL
    UNION SELECT format('writer %I is a superuser, whom nothing keeps out', login) FROM writers WHERE rolsuper
    UNION SELECT format('writer %I is a login of the migration itself', login) FROM writers WHERE login IN (SELECT login FROM payment_migration.applier)
    UNION SELECT format('%I may not take its login from writer %I: it needs CREATEROLE, and ADMIN OPTION on %I from PostgreSQL 16 on', current_user, w.login, w.login)
      FROM writers w, me
      WHERE w.rolcanlogin AND NOT w.rolsuper AND NOT me.rolsuper AND NOT (me.rolcreaterole
        AND (current_setting('server_version_num')::integer < 160000 OR pg_has_role(w.oid, 'MEMBER WITH ADMIN OPTION')))
    UNION SELECT format('everybody may write %s: revoke it from PUBLIC', name) FROM rights WHERE grantee = 0
    UNION SELECT format('%I may write %s and is not among the writers', r.rolname, g.name)
      FROM pg_roles r JOIN rights g ON g.grantee <> 0 AND payment_migration.acts_as(r.oid, g.grantee)
      WHERE r.rolcanlogin AND NOT r.rolsuper AND r.rolname <> ALL (p_row.writers) AND r.rolname NOT IN (SELECT login FROM payment_migration.applier)
    UNION SELECT format('writer %I may write %s as a member of %I, which is not among the writers', w.login, g.name, r.rolname)
      FROM writers w JOIN rights g ON g.grantee <> 0 AND NOT g.listed AND NOT w.rolsuper AND payment_migration.acts_as(w.oid, g.grantee)
      JOIN pg_roles r ON r.oid = g.grantee
    UNION SELECT format('what %I may do with %s was granted by %I, not by its owner, who could not take it away', e.rolname, g.name, o.rolname)
      FROM rights g JOIN pg_roles o ON o.oid = g.grantor JOIN pg_roles e ON e.oid = g.grantee
      WHERE g.grantor <> g.owner AND (g.listed OR o.rolname = ANY (p_row.writers))
  ) p(problem)
$f$;

-- A right on a column is kept with the column, so to take it or give it back looks like a change of the table. Those that were as they
-- were armed before, and lose or get rights, are remembered anew.
CREATE OR REPLACE FUNCTION payment_migration.known_tables() RETURNS oid[]
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $f$
  SELECT coalesce(array_agg(t.relid), '{}') FROM payment_migration.tables() t JOIN payment_migration.armed_table a USING (relid)
  WHERE t.fingerprint = a.fingerprint AND t.relid IN (SELECT relid FROM payment_migration.revoked)
$f$;

CREATE OR REPLACE FUNCTION payment_migration.know_again(p_tables oid[]) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $f$
  UPDATE payment_migration.armed_table a SET fingerprint = t.fingerprint FROM payment_migration.tables() t WHERE t.relid = a.relid AND t.relid = ANY (p_tables)
$f$;

CREATE OR REPLACE FUNCTION payment_migration.keep_out(p_row payment_migration.authority) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $f$
DECLARE
  v record;
  v_problems text[];
  v_known oid[];
BEGIN
  IF p_row.fence = 'roles' THEN
    v_problems := payment_migration.fence_problems(p_row);
    IF cardinality(v_problems) > 0 THEN
      RAISE EXCEPTION 'the fence of roles would leak: %', array_to_string(v_problems[1:5], ', ') USING ERRCODE = 'PM022',
        HINT = 'Mend what is named; who else writes belongs among the writers, so arm again with all of them.';
    END IF;
    -- An owner's own rights stay: logins that apply changes have theirs as its members.
    INSERT INTO payment_migration.revoked
      SELECT w.relid, r.rolname, w.privilege, w.grantable FROM payment_migration.write_rights() w JOIN pg_roles r ON r.oid = w.grantee
      WHERE r.rolname = ANY (p_row.writers) AND w.grantee <> w.owner
      UNION ALL
      SELECT 0, rolname, 'LOGIN', false FROM pg_roles WHERE rolname = ANY (p_row.writers) AND rolcanlogin
      ON CONFLICT DO NOTHING;
    v_known := payment_migration.known_tables();
    FOR v IN
      SELECT r.relid::regclass AS relation, r.grantee, string_agg(r.privilege, ', ') AS privileges
      FROM payment_migration.revoked r JOIN pg_class c ON c.oid = r.relid JOIN pg_roles g ON g.rolname = r.grantee GROUP BY 1, 2
    LOOP
      EXECUTE format('REVOKE %s ON %s FROM %I', v.privileges, v.relation, v.grantee);
    END LOOP;
    PERFORM payment_migration.know_again(v_known);
    FOR v IN SELECT rolname FROM pg_roles WHERE rolname = ANY (p_row.writers) AND rolcanlogin LOOP
      EXECUTE format('ALTER ROLE %I NOLOGIN', v.rolname);
    END LOOP;
  END IF;
  -- Last: a sequence is not rolled back, and a gate that is closed too early can be opened again.
  PERFORM setval('payment_migration.gate', 0);
END
$f$;

-- Gives back what was taken, whatever the fence is by now. Roles, tables and columns that are gone must not keep payments waiting.
CREATE OR REPLACE FUNCTION payment_migration.let_in(p_row payment_migration.authority) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $f$
DECLARE
  v record;
  v_known oid[];
BEGIN
  IF EXISTS (SELECT FROM payment_migration.revoked) THEN v_known := payment_migration.known_tables(); END IF;
  FOR v IN
    SELECT r.relid::regclass AS relation, r.grantee, r.grantable, string_agg(r.privilege, ', ') AS privileges
    FROM payment_migration.revoked r JOIN pg_class c ON c.oid = r.relid JOIN pg_roles g ON g.rolname = r.grantee
    GROUP BY 1, 2, 3, CASE WHEN r.privilege LIKE '%(%' THEN r.privilege END
  LOOP
    BEGIN
      EXECUTE format('GRANT %s ON %s TO %I%s', v.privileges, v.relation, v.grantee, CASE WHEN v.grantable THEN ' WITH GRANT OPTION' ELSE '' END);
    EXCEPTION WHEN undefined_column THEN
      NULL;
    END;
  END LOOP;
  IF v_known IS NOT NULL THEN PERFORM payment_migration.know_again(v_known); END IF;
  FOR v IN SELECT r.grantee FROM payment_migration.revoked r JOIN pg_roles g ON g.rolname = r.grantee WHERE r.privilege = 'LOGIN' LOOP
    EXECUTE format('ALTER ROLE %I LOGIN', v.grantee);
  END LOOP;
  DELETE FROM payment_migration.revoked;
  PERFORM setval('payment_migration.gate', 1);
END
$f$;

-- Client sessions of this database but the migration's own, and but a superuser's, which only superusers may end.
-- Pools understand SQLSTATE 57P01 and connect again.
CREATE OR REPLACE FUNCTION payment_migration.terminate_clients() RETURNS integer
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $f$
  SELECT count(pg_terminate_backend(a.pid))::integer FROM pg_stat_activity a JOIN pg_roles r ON r.oid = a.usesysid
  WHERE a.datname = current_database() AND a.backend_type = 'client backend' AND a.pid <> pg_backend_pid()
    AND r.rolname NOT IN (SELECT login FROM payment_migration.applier)
    AND (NOT r.rolsuper OR (SELECT rolsuper FROM pg_roles WHERE rolname = current_user))
$f$;
`;
