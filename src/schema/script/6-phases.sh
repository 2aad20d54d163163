
# Entries of the migration's own and of DMS's: on tables and at the database's top, where no schema excludes them.
readonly FOREIGN_ENTRIES='( TRIGGER .*!payment_migration_(gate|truncate) | EVENT TRIGGER - (payment_migration_|awsdms_)| FUNCTION [^ ]+ awsdms_| COMMENT - EXTENSION )'

dump() {
  local name excludes=(--exclude-schema='awsdms*' --exclude-schema=payment_migration --exclude-table='*.awsdms_*')
  while IFS= read -r -d ',' name; do
    [[ -z $name ]] || excludes+=(--exclude-schema="\"${name//\"/\"\"}\"")
  done <<<"$EXCLUDED_SCHEMAS,"
  at source pg_dump --format=custom --schema-only --no-publications --no-subscriptions --no-tablespaces --lock-wait-timeout=10s "${excludes[@]}" \
    --file="$work/archive" 2>"$work/errors" &
  wait $! && return
  grep -q 'permission denied' "$work/errors" && finish rights-missing "on the source: $(grep -m 1 'permission denied' "$work/errors")"
  finish failed "pg_dump: $(head -n 1 "$work/errors")"
}

# written LIST FILTER: the SQL of a list's entries. Settings at its head, and an older server does not know the newest.
written() {
  pg_restore --use-list="$1" --file=- "$work/archive" >"$work/raw.sql" 2>"$work/errors" || finish failed "pg_restore: $(head -n 1 "$work/errors")"
  sed -e '1,40{/^SET lock_timeout = 0;$/d;/^SET client_min_messages /d}' "$work/raw.sql" >"$work/settled.sql"
  if ((target_major < 17)); then sed -i -e '1,40{/^SET transaction_timeout = 0;$/d}' "$work/settled.sql"; fi
  sed -e "$2" "$work/settled.sql"
}

# Which keys the source has, by the oids that the archive names them by.
read_keys() {
  sql source --command="COPY (
    SELECT 'pg_class'::regclass::oid, i.oid, 'index', n.nspname, r.relname, i.relname, r.relkind = 'p', true
      FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class r ON r.oid = x.indrelid JOIN pg_namespace n ON n.oid = r.relnamespace
      WHERE r.relkind IN ('r', 'p', 'm') AND NOT $(excluded)
        AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.oid AND c.contype IN ('p', 'u', 'x'))
    UNION ALL
    SELECT 'pg_constraint'::regclass::oid, c.oid, CASE c.contype WHEN 'f' THEN 'foreign key' ELSE 'key' END, n.nspname, r.relname, c.conname, r.relkind = 'p', c.convalidated
      FROM pg_constraint c JOIN pg_class r ON r.oid = c.conrelid JOIN pg_namespace n ON n.oid = r.relnamespace
      WHERE c.contype IN ('p', 'u', 'x', 'f') AND NOT (c.contype = 'f' AND c.conparentid <> 0) AND NOT $(excluded)
  ) TO STDOUT" >"$work/keys.tsv"
}

# Every key that was dumped must be known: else the schema changed between the dump and the look at it.
check_unchanged() {
  local unknown
  unknown=$(awk 'NR == FNR { known[$1 " " $2] = 1; next } / (INDEX|CONSTRAINT) / && !/ (INDEX ATTACH|CHECK CONSTRAINT|COMMENT) / && !known[$2 " " $3] { print; exit }' \
    "$work/keys.tsv" "$work/post.list")
  [[ -z $unknown ]] || finish schema-changed "the source's schema changed while it was read, with '${unknown#*; }': keep it as it is and run the phase again"
}

pre_data() {
  check_target_empty
  check_roles
  check_extensions
  dump
  read_keys
  pg_restore --list --section=pre-data "$work/archive" | grep -Ev "$FOREIGN_ENTRIES" >"$work/pre.list"
  pg_restore --list --section=post-data "$work/archive" >"$work/post.list"
  check_unchanged
  # A schema may be there for an extension that only an administrator could create. An owner may make nothing in it before it was granted.
  grep -E '^[0-9]+; [0-9]+ [0-9]+ (SCHEMA|ACL - SCHEMA) ' "$work/pre.list" >"$work/schemas.list" || true
  grep -Ev '^[0-9]+; [0-9]+ [0-9]+ (SCHEMA|ACL - SCHEMA) ' "$work/pre.list" >"$work/objects.list" || true
  written "$work/schemas.list" 's/^CREATE SCHEMA /CREATE SCHEMA IF NOT EXISTS /' >"$work/schemas.sql"
  written "$work/objects.list" '' >"$work/objects.sql"
  {
    printf 'DELETE FROM payment_migration.schema_archive; DELETE FROM payment_migration.schema_key;\nCOPY payment_migration.schema_archive FROM STDIN;\n'
    base64 "$work/archive" | awk '{ print NR "\t" $0 }'
    printf '\\.\nCOPY payment_migration.schema_key FROM STDIN;\n'
    cat "$work/keys.tsv"
    printf '\\.\n'
  } >"$work/keep.sql"
  record_within
  sql target --single-transaction --output=/dev/null --file="$work/keep.sql" --file="$work/make-roles.sql" --file="$work/schemas.sql" --file="$work/objects.sql" --file="$work/done.sql"
  said="$(grep -E '^[0-9]+; [0-9]+ [0-9]+ TABLE ' "$work/pre.list" | grep -Ecv '^[^ ]+ [0-9]+ [0-9]+ TABLE ATTACH ' || true) tables"
}

# What makes a phase done in the transaction that does it.
record_within() {
  printf "UPDATE payment_migration.schema_phase SET state = 'done', ended_at = clock_timestamp() WHERE phase = '%s';\n" "$phase" >"$work/done.sql"
}

# Builds what is missing, JOBS at a time. A key that cannot be built must not keep the others from it: what the catalog says afterwards
# decides. Lines without the program's name are the server's details, which have rows' values in them.
build_keys() {
  local failed=''
  sql target --command="SELECT class_oid || ' ' || source_oid FROM ($MISSING_KEYS) m WHERE kind <> 'foreign key'" >"$work/missing"
  awk 'NR == FNR { missing[$0] = 1; next } /^[0-9]+; [0-9]+ [0-9]+ (CONSTRAINT|INDEX) / && missing[$2 " " $3]' "$work/missing" "$work/post.list" >"$work/keys.list"
  [[ -s $work/keys.list ]] || return 0
  log "$(wc -l <"$work/keys.list") keys and indexes to build, $JOBS at a time"
  at target pg_restore --verbose --jobs="$JOBS" --use-list="$work/keys.list" --dbname="$TARGET_DATABASE" "$work/archive" >"$work/restore.log" 2>&1 &
  wait $! || failed=yes
  grep '^pg_restore: \(creating\|error\)' "$work/restore.log" | grep -v transaction_timeout || true
  [[ -n $failed ]] || return 0
  why=$(grep '^pg_restore: error:' "$work/restore.log" | grep -v transaction_timeout | head -n 1 || true)
}

keys() {
  local missing before round why=''
  after pre-data
  fetch_archive
  ask before target "SELECT count(*) FROM ($MISSING_KEYS) m WHERE kind <> 'foreign key'"
  for round in 1 2 3; do
    why=''
    build_keys
    [[ $why == *deadlock* ]] || break
  done
  ask missing target "SELECT count(*) || ', such as ' || min(format('%I of %I.%I', name, schema, relation)) FROM ($MISSING_KEYS) m WHERE kind <> 'foreign key' HAVING count(*) > 0"
  case "$missing ${why#*error: }" in
    ' '*) ;;
    *'could not create unique index'* | *'could not create exclusion constraint'* | *'contains null values'*) finish violated "missing: $missing: ${why#*error: }" ;;
    *'permission denied'* | *'must be owner'*) finish rights-missing "missing: $missing: ${why#*error: }" ;;
    *'connection to server'* | *'server closed'*) finish unreachable "missing: $missing: ${why#*error: }" ;;
    *) finish failed "missing: $missing: ${why#*error: }" ;;
  esac
  # One after the other: two at a time do not see each other, and the index above them would never become valid. To attach what is attached
  # does nothing.
  grep -E '^[0-9]+; [0-9]+ [0-9]+ INDEX ATTACH ' "$work/post.list" >"$work/attach.list" || true
  written "$work/attach.list" '' >"$work/attach.sql"
  sql target --output=/dev/null --file="$work/attach.sql"
  ask missing target "
    SELECT min(i.indexrelid::regclass::text) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind = 'I' AND NOT i.indisvalid AND NOT $(excluded)"
  [[ -z $missing ]] || finish failed "the index $missing lacks a partition's: see whether it is valid on the source"
  said="$before built"
}

# Foreign keys of the list FILE, NOT VALID where they are not so already. The statement is the list's: its last line ends with the semicolon.
readonly NOT_VALID='/^ALTER .*TABLE /,/;$/{/\(NOT VALID\|NOT ENFORCED\);$/!s/;$/ NOT VALID;/}'

# Before 18 no foreign key of a partitioned table can be NOT VALID: it comes with the validation.
split_foreign_keys() {
  local late="kind = 'foreign key' AND partitioned AND $target_major < 18"
  sql target --command="SELECT class_oid || ' ' || source_oid FROM payment_migration.schema_key WHERE $late" >"$work/late"
  grep -E '^[0-9]+; [0-9]+ [0-9]+ FK CONSTRAINT ' "$work/post.list" >"$work/foreign.list" || true
  awk 'FILENAME == ARGV[1] { late[$0] = 1; next } !late[$2 " " $3]' "$work/late" "$work/foreign.list" >"$work/now.list"
  awk 'FILENAME == ARGV[1] { late[$0] = 1; next } late[$2 " " $3]' "$work/late" "$work/foreign.list" >"$work/late.list"
}

constraints() {
  local try
  after keys
  fetch_archive
  split_foreign_keys
  grep -Ev "^;|^[0-9]+; [0-9]+ [0-9]+ (CONSTRAINT|FK CONSTRAINT|INDEX|INDEX ATTACH) |$FOREIGN_ENTRIES" "$work/post.list" >"$work/rest.list" || true
  written "$work/now.list" "$NOT_VALID" >"$work/foreign.sql"
  written "$work/rest.list" '' >"$work/rest.sql"
  record_within
  for try in 1 2 3 4 5 6; do
    if try_sql target --single-transaction --output=/dev/null --file="$work/foreign.sql" --file="$work/rest.sql" --file="$work/done.sql"; then
      said="$(wc -l <"$work/now.list") foreign keys not yet validated, $(wc -l <"$work/rest.list") others"
      return 0
    fi
    # DMS writes meanwhile: a lock that was not to be had, or a deadlock, is no reason to give up at once.
    grep -q ':  \(55P03\|40P01\): ' "$work/errors" || explain target
    log "a table was locked, try $try"
  done
  explain target
}

# in_parallel QUERY: runs each statement that it gives, JOBS at a time.
in_parallel() {
  local job index statements pids=()
  # Zero bytes between them: a name may hold any other.
  sql target --record-separator-zero --command="$1" >"$work/statements"
  mapfile -d '' -t statements <"$work/statements"
  rm -f "$work"/job-*.sql
  for index in "${!statements[@]}"; do printf '%s;\n' "${statements[index]%$'\n'}" >>"$work/job-$((index % JOBS)).sql"; done
  for ((job = 0; job < JOBS && job < ${#statements[@]}; job++)); do
    at target "${PSQL[@]}" --file="$work/job-$job.sql" >/dev/null 2>"$work/errors-$job" &
    pids+=($!)
  done
  for job in "${!pids[@]}"; do
    wait "${pids[job]}" && continue
    cp "$work/errors-$job" "$work/errors"
    explain target
  done
}

validate() {
  local left count
  after constraints
  fetch_archive
  split_foreign_keys
  sql target --command="SELECT class_oid || ' ' || source_oid FROM ($MISSING_KEYS) m" >"$work/missing"
  awk 'FILENAME == ARGV[1] { missing[$0] = 1; next } missing[$2 " " $3]' "$work/missing" "$work/late.list" >"$work/add.list"
  if [[ -s $work/add.list ]]; then
    log "$(wc -l <"$work/add.list") foreign keys of partitioned tables to add"
    written "$work/add.list" '' >"$work/add.sql"
    sql target --output=/dev/null --file="$work/add.sql"
  fi
  local pending="FROM payment_migration.schema_key k JOIN pg_namespace n ON n.nspname = k.schema JOIN pg_class r ON r.relnamespace = n.oid AND r.relname = k.relation
    JOIN pg_constraint c ON c.conrelid = r.oid AND c.conname = k.name WHERE k.kind = 'foreign key' AND k.validated AND NOT c.convalidated"
  ask count target "SELECT count(*) $pending"
  log "$count foreign keys to validate, $JOBS at a time"
  in_parallel "SELECT format('ALTER TABLE %I.%I VALIDATE CONSTRAINT %I', k.schema, k.relation, k.name) $pending ORDER BY r.relpages DESC, c.oid"
  # In the order of their creation, which is that of what they read.
  printf "SELECT format('REFRESH MATERIALIZED VIEW %%I.%%I', n.nspname, c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind = 'm' AND NOT c.relispopulated AND NOT %s ORDER BY c.oid \\\\gexec\n" "$(excluded)" >"$work/refresh.sql"
  sql target --output=/dev/null --file="$work/refresh.sql"
  in_parallel "SELECT format('ANALYZE %I.%I', n.nspname, c.relname)
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p', 'm') AND NOT $(excluded) ORDER BY c.relpages DESC, c.oid"
  ask left target "SELECT count(*) || ', such as ' || min(format('%I of %I.%I', name, schema, relation)) FROM ($MISSING_KEYS) m HAVING count(*) > 0"
  [[ -z $left ]] || finish failed "the target lacks keys that the source has: $left"
  said="$count foreign keys validated, every table analyzed"
}
