
# What is told by NAME=value arguments or by the environment, and a phase.
read_input() {
  local argument side name
  for argument; do
    if [[ $argument =~ ^[A-Z][A-Z_]*= ]]; then
      declare -gx "${argument%%=*}=${argument#*=}"
    elif [[ -z $phase ]]; then
      phase=$argument
    else
      finish bad-input "arguments: got '$argument' after the phase '$phase', allowed: one phase, and NAME=value"
    fi
  done
  phase=${phase:-${PHASE:-}}
  [[ $phase =~ ^(pre-data|keys|constraints|validate)$ ]] || finish bad-input "phase: got '$phase', allowed: pre-data, keys, constraints, validate"
  for side in SOURCE TARGET; do
    for name in HOST PORT DATABASE USER PASSWORD CERTIFICATE_AUTHORITY; do
      name=${side}_$name
      [[ -n ${!name:-} ]] || finish bad-input "$name: got nothing, allowed: text of one character or more"
    done
  done
  JOBS=${JOBS:-4} MISSING_ROLES=${MISSING_ROLES:-refuse} EXCLUDED_SCHEMAS=${EXCLUDED_SCHEMAS:-}
  [[ $JOBS =~ ^[1-9][0-9]?$ ]] || finish bad-input "JOBS: got '$JOBS', allowed: 1 to 99"
  [[ $MISSING_ROLES =~ ^(refuse|create)$ ]] || finish bad-input "MISSING_ROLES: got '$MISSING_ROLES', allowed: refuse, create"
}

# The root of a container may be read-only, and what is mounted over /tmp may be root's: the first folder that can be written to.
make_work_folder() {
  local folder
  for folder in "${WORK_FOLDER:-}" "${TMPDIR:-}" /tmp /var/lib/postgresql /dev/shm; do
    [[ -n $folder ]] || continue
    work=$(umask 077 && mktemp -d "$folder/schema-copy.XXXXXX" 2>/dev/null) && return
    work=''
  done
  finish bad-input 'WORK_FOLDER: got no folder that can be written to, nor can /tmp, /var/lib/postgresql or /dev/shm, allowed: one that can'
}
