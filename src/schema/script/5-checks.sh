
# Everything but PostgreSQL's, the migration's, DMS's and what the caller excludes.
excluded() {
  local names
  names=$(printf "%s" "$EXCLUDED_SCHEMAS" | sed "s/'/''/g; s/,/','/g")
  printf "(n.nspname ~ '^(pg_|awsdms)' OR n.nspname IN ('information_schema', 'payment_migration', '%s'))" "$names"
}

# A query of everything that somebody made, with its owner; what an extension or a type brings with it is part of that.
objects() {
  printf '%s' "
    SELECT o.* FROM (
      SELECT 'pg_class'::regclass::oid AS class, c.oid, c.relowner AS owner, format('%I.%I', n.nspname, c.relname) AS name
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f', 'c') AND c.relname !~ '^awsdms_' AND NOT $(excluded)
      UNION ALL
      SELECT 'pg_proc'::regclass, p.oid, p.proowner, format('%I.%I()', n.nspname, p.proname) FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
        WHERE p.proname !~ '^awsdms_' AND NOT $(excluded)
      UNION ALL
      SELECT 'pg_type'::regclass, t.oid, t.typowner, format('%I.%I', n.nspname, t.typname) FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
        WHERE (t.typtype IN ('d', 'e', 'r') OR t.typtype = 'b' AND t.typcategory <> 'A') AND NOT $(excluded)
    ) o WHERE NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = o.class AND d.objid = o.oid AND d.deptype IN ('e', 'i'))"
}

check_target_empty() {
  local found
  ask found target "
    WITH own AS ($(objects))
    SELECT count(*) || ' objects, such as ' || (SELECT string_agg(name, ', ') FROM (SELECT name FROM own ORDER BY name LIMIT 3) x) FROM own HAVING count(*) > 0"
  [[ -z $found ]] || finish target-not-empty "the target has $found: copy into an empty database"
}

# A query of the roles that own something, or are named in a grant, a policy or default privileges.
roles() {
  printf '%s' "
    WITH owners AS (
      SELECT owner AS oid FROM ($(objects)) x
      UNION SELECT n.nspowner FROM pg_namespace n WHERE NOT $(excluded)
        AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_namespace'::regclass AND d.objid = n.oid AND d.deptype = 'e')
    ), named AS (
      SELECT s.refobjid AS oid FROM pg_shdepend s
        LEFT JOIN pg_class c ON s.classid = 'pg_class'::regclass AND c.oid = s.objid
        LEFT JOIN pg_proc p ON s.classid = 'pg_proc'::regclass AND p.oid = s.objid
        LEFT JOIN pg_namespace n ON n.oid = coalesce(c.relnamespace, p.pronamespace, CASE WHEN s.classid = 'pg_namespace'::regclass THEN s.objid END)
        WHERE s.refclassid = 'pg_authid'::regclass AND s.deptype IN ('a', 'r') AND s.dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
          AND $(excluded) IS NOT TRUE
      UNION SELECT defaclrole FROM pg_default_acl
    )
    SELECT r.rolname, r.oid IN (SELECT oid FROM owners), r.rolinherit
    FROM pg_roles r WHERE r.oid IN (SELECT oid FROM owners UNION SELECT oid FROM named) AND r.rolname !~ '^pg_'"
}

# Loads what the source says of roles into a temporary table of each session that asks the target about them.
read_roles() {
  sql source --command="COPY ($(roles)) TO STDOUT" >"$work/roles.tsv"
  {
    printf 'CREATE TEMPORARY TABLE wanted (name name, owns boolean, inherits boolean);\nCOPY pg_temp.wanted FROM STDIN;\n'
    cat "$work/roles.tsv"
    printf '\\.\n'
  } >"$work/roles.sql"
}

check_roles() {
  local missing denied
  read_roles
  sql target --file="$work/roles.sql" --command="
    SELECT string_agg(quote_ident(name), ', ' ORDER BY name) FROM pg_temp.wanted WHERE name NOT IN (SELECT rolname FROM pg_roles)" >"$work/answer"
  missing=$(<"$work/answer")
  if [[ -n $missing && $MISSING_ROLES == refuse ]]; then
    finish role-missing "the target lacks $missing: create them there, or say MISSING_ROLES=create, which makes roles that cannot log in and have no password"
  fi
  sql target --file="$work/roles.sql" --command="
    SELECT string_agg(quote_ident(name), ', ' ORDER BY name) FROM pg_temp.wanted JOIN pg_roles r ON r.rolname = name
    WHERE owns AND NOT pg_has_role(r.oid, CASE WHEN current_setting('server_version_num')::int < 160000 THEN 'MEMBER' ELSE 'SET' END)" >"$work/answer"
  denied=$(<"$work/answer")
  [[ -z $denied ]] || finish rights-missing "the target's login may not make anything $denied's: grant it $denied there"
  # In the transaction of the first phase: roles of a copy that failed would be nobody's.
  {
    cat "$work/roles.sql"
    cat <<'SQL'
SELECT format('CREATE ROLE %I NOLOGIN %s', name, CASE WHEN inherits THEN 'INHERIT' ELSE 'NOINHERIT' END),
  CASE WHEN owns THEN format('GRANT %I TO CURRENT_USER', name) END
FROM pg_temp.wanted WHERE name NOT IN (SELECT rolname FROM pg_roles) ORDER BY name \gexec
DROP TABLE pg_temp.wanted;
SQL
  } >"$work/make-roles.sql"
  [[ -z $missing ]] || log "makes $missing, who cannot log in until somebody lets them"
}

check_extensions() {
  local missing
  sql source --command="COPY (SELECT extname, extversion FROM pg_extension WHERE extname <> 'plpgsql') TO STDOUT" >"$work/extensions.tsv"
  {
    printf 'CREATE TEMPORARY TABLE wanted (name name, version text);\nCOPY pg_temp.wanted FROM STDIN;\n'
    cat "$work/extensions.tsv"
    printf '\\.\n'
  } >"$work/extensions.sql"
  sql target --file="$work/extensions.sql" --command="
    SELECT string_agg(name || ' ' || version, ', ' ORDER BY name) FROM pg_temp.wanted WHERE name NOT IN (SELECT name FROM pg_available_extensions)" >"$work/answer"
  missing=$(<"$work/answer")
  [[ -z $missing ]] || finish extension-missing "the target's server has no $missing: move to one that has, or do without"
  sql target --file="$work/extensions.sql" --command="
    SELECT format('extension %s: %s on the source, %s on the target', w.name, w.version, coalesce(a.installed_version, a.default_version))
    FROM pg_temp.wanted w JOIN pg_available_extensions a USING (name) WHERE w.version <> coalesce(a.installed_version, a.default_version)" >"$work/answer"
  while IFS= read -r line; do [[ -z $line ]] || log "$line"; done <"$work/answer"
}
