
# What is kept on the target: how far each phase is, what the source was dumped to, and which keys it had.
make_record() {
  local schema
  ask schema target "SELECT to_regnamespace('payment_migration') IS NULL"
  cat >"$work/record.sql" <<'SQL'
CREATE TABLE IF NOT EXISTS payment_migration.schema_phase (
  phase text PRIMARY KEY, state text NOT NULL, said text NOT NULL, client integer NOT NULL,
  started_at timestamptz NOT NULL DEFAULT clock_timestamp(), ended_at timestamptz
);
CREATE TABLE IF NOT EXISTS payment_migration.schema_archive (part integer PRIMARY KEY, base64 text NOT NULL);
-- By the oids of the source, which are those of the archive's list.
CREATE TABLE IF NOT EXISTS payment_migration.schema_key (
  class_oid oid NOT NULL, source_oid oid NOT NULL, kind text NOT NULL CHECK (kind IN ('index', 'key', 'foreign key')),
  schema name NOT NULL, relation name NOT NULL, name name NOT NULL, partitioned boolean NOT NULL, validated boolean NOT NULL,
  PRIMARY KEY (class_oid, source_oid)
);
SQL
  if [[ $schema == t ]]; then
    { printf 'CREATE SCHEMA payment_migration; REVOKE ALL ON SCHEMA payment_migration FROM PUBLIC;\n'; cat "$work/record.sql"; } >"$work/new.sql"
    mv "$work/new.sql" "$work/record.sql"
  fi
  sql target --single-transaction --command='SET client_min_messages = warning' --file="$work/record.sql"
}

# record STATE SENTENCE: the row of this phase. Where the phase was done while somebody told it to stop, it is done.
record() {
  printf '%s\n' "INSERT INTO payment_migration.schema_phase (phase, state, said, client, ended_at)
    VALUES (:'phase', :'state', :'said', :'client', CASE WHEN :'state' <> 'running' THEN clock_timestamp() END)
    ON CONFLICT (phase) DO UPDATE SET state = excluded.state, said = excluded.said, client = excluded.client, ended_at = excluded.ended_at,
      started_at = CASE WHEN excluded.state = 'running' THEN excluded.started_at ELSE schema_phase.started_at END
      WHERE schema_phase.state <> 'done' OR excluded.state IN ('running', 'done');" >"$work/row.sql"
  try_sql target --set=phase="$phase" --set=state="$1" --set=said="$2" --set=client="$client_major" --file="$work/row.sql"
}

# after PHASE: ends where that one is not done.
after() {
  local before
  ask before target "SELECT coalesce((SELECT state FROM payment_migration.schema_phase WHERE phase = '$1'), 'not run')"
  [[ $before == done ]] || finish out-of-order "$phase comes after $1, which is '$before': run $1 first"
}

begin() {
  record running '' || explain target
  recorded=yes
}

# What the first phase dumped, and its list.
fetch_archive() {
  sql target --command='SELECT base64 FROM payment_migration.schema_archive ORDER BY part' >"$work/base64"
  base64 -d "$work/base64" >"$work/archive"
  pg_restore --list --section=post-data "$work/archive" >"$work/post.list" 2>"$work/errors" || finish failed "$(head -n 1 "$work/errors")"
}

# The keys of the source that the target does not have, or has not validated, as a query of schema_key.
readonly MISSING_KEYS="
  SELECT k.* FROM payment_migration.schema_key k
  WHERE NOT EXISTS (
    SELECT FROM pg_class r JOIN pg_namespace n ON n.oid = r.relnamespace JOIN pg_constraint c ON c.conrelid = r.oid
    WHERE k.kind <> 'index' AND n.nspname = k.schema AND r.relname = k.relation AND c.conname = k.name
  ) AND NOT EXISTS (
    SELECT FROM pg_class i JOIN pg_namespace n ON n.oid = i.relnamespace
    WHERE k.kind = 'index' AND n.nspname = k.schema AND i.relname = k.name AND i.relkind IN ('i', 'I')
  )"
