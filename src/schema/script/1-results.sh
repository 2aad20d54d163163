# Copies the schema of one PostgreSQL database to another, in phases. See docs/schema.md for what it is told and how it ends.
#
# For bash, psql, pg_dump and pg_restore alone: what an image of PostgreSQL has. Where a name or a message of the server may be anything,
# SQL reads it, not this script.
set -euo pipefail
# Messages of the programs are read here, and names must sort alike everywhere.
export LC_ALL=C PGCLIENTENCODING=UTF8

# Named states and their exit statuses: the same list as in src/schema/contract.ts.
declare -rA STATUSES=(
  [done]=0 [failed]=1 [bad-input]=64 [client-too-old]=65 [target-too-old]=66 [unreachable]=67 [busy]=68 [out-of-order]=69
  [target-not-empty]=70 [role-missing]=71 [extension-missing]=72 [rights-missing]=73 [violated]=74 [schema-changed]=75 [stopped]=76
)
declare -r SECONDS_AT_START=$SECONDS
work='' phase='' said='' recorded=''

# The log, also where a function's output goes into a file when it ends.
exec 3>&1
log() { printf '%s\n' "schema copy: $*" >&3; }

# finish STATE SENTENCE: ends with a named state. Never in a subshell: what it sets would be lost.
finish() {
  state=$1 said=$2
  exit "${STATUSES[$1]}"
}

# A string of JSON.
quoted() {
  local text=$1
  text=${text//\\/\\\\}
  text=${text//\"/\\\"}
  text=${text//[[:cntrl:]]/ }
  printf '"%s"' "$text"
}

# Whatever happened: what runs ends, the phase's row says it where it can, and the last line of the log is the result.
report() {
  local status=$? pid
  trap - EXIT TERM INT
  # Told by INT, a client has the server give up what it is at; without that it would go on.
  for pid in $(jobs -p); do kill -INT "$pid" 2>/dev/null || true; done
  [[ -z $(jobs -p) ]] || sleep 0.5
  for pid in $(jobs -p); do kill "$pid" 2>/dev/null || true; done
  if [[ -z ${state:-} ]]; then
    state=failed said="it ended with status $status"
    status=${STATUSES[failed]}
  fi
  [[ -z $recorded ]] || record "$state" "$said" || log 'the row of the phase could not be written'
  [[ -z $work ]] || rm -rf "$work"
  printf '{"phase":%s,"state":%s,"seconds":%d,"said":%s}\n' "$(quoted "$phase")" "$(quoted "$state")" $((SECONDS - SECONDS_AT_START)) "$(quoted "$said")" >&3
  exit "$status"
}
trap report EXIT
trap 'finish stopped "it was told to stop; run the phase again"' TERM INT
