
# at SIDE PROGRAM ARGUMENTS: runs a client with the login of a side, TLS verified. The password is on no command line.
at() (
  side=${1^^}
  shift
  for name in HOST PORT DATABASE USER PASSWORD; do
    value=${side}_$name
    export "PG$name=${!value}"
  done
  export PGSSLMODE=verify-full PGSSLROOTCERT="$work/$side.pem" PGSSLMINPROTOCOLVERSION=TLSv1.2 PGGSSENCMODE=disable PGCONNECT_TIMEOUT=10
  export PGAPPNAME=payment-migration-schema PGTARGETSESSIONATTRS=any
  # A closed side is read-only by default, and what a login or database sets must not change what is copied.
  export PGOPTIONS='-c default_transaction_read_only=off -c search_path=pg_catalog,pg_temp -c statement_timeout=0 -c lock_timeout=10s -c idle_in_transaction_session_timeout=0'
  exec "$@" 3>&-
)

# `verbose` has SQLSTATEs. It has rows' values too, so what psql says goes into a file, and only lines with a SQLSTATE come out of it.
PSQL=(psql --no-psqlrc --no-align --tuples-only --quiet --set=ON_ERROR_STOP=1 --set=VERBOSITY=verbose)

# sql SIDE ARGUMENTS: runs psql; ends with a named state where it fails.
sql() {
  try_sql "$@" || explain "$1"
}

try_sql() {
  local side=$1
  shift
  # In the background, since bash heeds no signal while it runs something in front.
  at "$side" "${PSQL[@]}" "$@" 2>"$work/errors" &
  wait $!
}

# ask VARIABLE SIDE QUERY: the answer in a variable, so that a failure ends this shell and no other.
ask() {
  sql "$2" --command="$3" >"$work/answer"
  printf -v "$1" '%s' "$(<"$work/answer")"
}

# explain SIDE: the state that what psql said stands for.
explain() {
  local line code='' message=''
  while [[ -z $code ]] && IFS= read -r line; do
    # What is below 03 is a warning or less.
    [[ $line =~ :\ \ ([A-Z0-9]{5}):\ (.*)$ && ${BASH_REMATCH[1]} != 0[0-2]* ]] || continue
    code=${BASH_REMATCH[1]} message=${BASH_REMATCH[2]}
    log "$1: $code $message"
  done <"$work/errors"
  case $code in
    23*) finish violated "$message" ;;
    42501) finish rights-missing "on the $1: $message" ;;
    08* | 57P0*) finish unreachable "the $1 ended the session: $message" ;;
    '') grep -q 'connection to server\|could not translate\|server closed\|SSL' "$work/errors" && finish unreachable "the $1: $(head -n 1 "$work/errors")" ;;
  esac
  finish failed "on the $1: ${message:-$(head -n 1 "$work/errors")}"
}

connect() {
  local side
  for side in source target; do
    local authority=${side^^}_CERTIFICATE_AUTHORITY
    printf '%s\n' "${!authority}" >"$work/${side^^}.pem"
  done
  [[ $(pg_dump --version) =~ \ ([0-9]+) ]]
  client_major=${BASH_REMATCH[1]}
  ask target_major target "SELECT current_setting('server_version_num')::int / 10000"
  # Later phases read what the first one kept: they need no source.
  [[ $phase == pre-data ]] || return 0
  ask source_major source "SELECT current_setting('server_version_num')::int / 10000"
  log "client $client_major, source $source_major, target $target_major"
  ((client_major >= source_major)) \
    || finish client-too-old "pg_dump $client_major cannot read PostgreSQL $source_major: use an image of PostgreSQL $source_major or later"
  ((target_major >= source_major)) \
    || finish target-too-old "PostgreSQL $target_major cannot be given what PostgreSQL $source_major dumps: move to $source_major or later"
}

# One copy at a time: a session holds the lock as long as this script lives.
take_lock() {
  local got=''
  coproc LOCK { at target "${PSQL[@]}" 2>/dev/null; }
  printf 'SELECT pg_try_advisory_lock(1347241216, 3);\n' >&"${LOCK[1]}"
  read -r -t 30 got <&"${LOCK[0]}" || finish unreachable 'the target gave no lock'
  [[ $got == t ]] || finish busy 'another copy of the schema runs on this target: wait for it, or stop it'
}
