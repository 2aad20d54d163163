#!/usr/bin/env bash
# Checks the model of the protocol with spin. README.md says what each run means.
#
#   ./check.sh                       all runs
#   ./check.sh protocol NO_REPAIR    those
#   ./check.sh --trace NO_REPAIR     the shortest way to what that run finds
#
# Needs spin and a C compiler. Exits with 1 if a run finds anything but what is expected of it, with 2 if it cannot run.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)

properties=(none one-gate nothing-lost nothing-sent-back way-out way-back)

# name | what must be found | options. A wrong variant is checked against the property it must break, and no other.
runs() {
  cat <<'RUNS'
protocol|holds|-DATTEMPTS=4 -DPAYMENTS=4
rolled-back|reached|-DATTEMPTS=3 -DPAYMENTS=3 -DGOAL=1
forward-again|reached|-DATTEMPTS=3 -DPAYMENTS=3 -DGOAL=2
given-up|reached|-DATTEMPTS=3 -DPAYMENTS=3 -DGOAL=3
TAKER_DECIDES|way-out|-DATTEMPTS=3 -DPAYMENTS=3
OPEN_WITHOUT_MOVED|one-gate|-DATTEMPTS=3 -DPAYMENTS=3
OPEN_BEFORE_COMPARE|one-gate|-DATTEMPTS=3 -DPAYMENTS=3
SEQUENCE_BEFORE_ROW|one-gate|-DATTEMPTS=3 -DPAYMENTS=3
NO_RELOCK|one-gate|-DATTEMPTS=3 -DPAYMENTS=3
STATE_UNCHECKED|nothing-lost|-DATTEMPTS=3 -DPAYMENTS=3
MARKER_REMEMBERED|nothing-lost|-DATTEMPTS=3 -DPAYMENTS=3
ABORT_RETURNS_NUMBER|nothing-lost|-DATTEMPTS=3 -DPAYMENTS=3
RECORD_APART|nothing-sent-back|-DATTEMPTS=3 -DPAYMENTS=3
RECORD_FLUSHED|nothing-sent-back|-DATTEMPTS=3 -DPAYMENTS=3
START_BEFORE_DROP|nothing-sent-back|-DATTEMPTS=3 -DPAYMENTS=3
RAISE_FIRST|way-out|-DATTEMPTS=3 -DPAYMENTS=3
RAISE_LOWERS|way-out|-DATTEMPTS=3 -DPAYMENTS=3
FLIP_WITHOUT_RECORD|way-out|-DATTEMPTS=3 -DPAYMENTS=3
FLIP_AT_LEAST|way-out|-DATTEMPTS=3 -DPAYMENTS=3
NO_REPAIR|way-out|-DATTEMPTS=3 -DPAYMENTS=3
LOOK_BEFORE_OPEN|way-back|-DATTEMPTS=4 -DPAYMENTS=2
MAKE_WITHOUT_ROW|nothing-sent-back|-DATTEMPTS=3 -DPAYMENTS=3
DROP_WITHOUT_ROW|way-back|-DATTEMPTS=4 -DPAYMENTS=2
replays|nothing-lost|-DATTEMPTS=2 -DPAYMENTS=2 -DREPLAYS
fenced|holds|-DATTEMPTS=5 -DPAYMENTS=3 -DFENCED
fenced-replays|holds|-DATTEMPTS=4 -DPAYMENTS=3 -DFENCED -DREPLAYS
fenced-rolled-back|reached|-DATTEMPTS=3 -DPAYMENTS=3 -DFENCED -DREPLAYS -DGOAL=1
fenced-given-up|reached|-DATTEMPTS=3 -DPAYMENTS=3 -DFENCED -DREPLAYS -DGOAL=3
SESSION_UNCHECKED|nothing-lost|-DATTEMPTS=2 -DPAYMENTS=2 -DFENCED -DREPLAYS
NOT_SHUT_OUT|nothing-lost|-DATTEMPTS=2 -DPAYMENTS=2 -DFENCED -DREPLAYS
stream-alone|holds|-DATTEMPTS=3 -DPAYMENTS=3 -DFENCED -DREPLAYS -DSTREAM_ALONE
failover|holds|-DATTEMPTS=4 -DPAYMENTS=3 -DFENCED -DFAILOVER
GATE_IGNORES_TIMELINE|one-gate|-DATTEMPTS=3 -DPAYMENTS=3 -DFENCED -DFAILOVER
HANDLERS_IGNORE_TIMELINE|nothing-lost|-DATTEMPTS=3 -DPAYMENTS=3 -DFENCED -DFAILOVER
RUNS
}

compiler=$(command -v cc || command -v gcc || true)
if [[ -z $compiler ]] || ! command -v spin > /dev/null; then
  echo 'needs spin and a C compiler (Debian: apt-get install spin gcc)' >&2
  exit 2
fi

trace=false
if [[ ${1-} == --trace ]]; then
  trace=true
  shift
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
surprises=0

number_of() {
  local number
  for number in 1 2 3 4 5; do
    [[ ${properties[number]} == "$1" ]] && echo "$number" && return
  done
  echo 0
}

# What spin says, in one word.
verdict() {
  local report=$1 property
  if grep -q 'errors: 0' "$report"; then
    # Nothing was found only if nothing was left out.
    if grep -qE 'Search not completed|max search depth too small|out of memory|reached -DMEMLIM|hash-?compact|bit ?state' "$report"; then
      echo unfinished
    else
      echo holds
    fi
  elif property=$(grep -oE '\(\([0-5]==0\)\|\|\([0-5]==[1-5]\)\)' "$report" | head -n 1 | sed -E 's/.*==([1-5])\)\)/\1/') && [[ -n $property ]]; then
    echo "${properties[property]}"
  elif grep -qE 'assertion violated +!\([1-9]\)' "$report"; then
    echo reached
  else
    echo failed
  fi
}

check() {
  local name=$1 expected=$2 options=$3 search found states seconds mark=''
  local -a defined
  read -ra defined <<< "$options"
  [[ $name =~ ^[A-Z_]+$ ]] && defined+=("-DVARIANT_$name")
  [[ $(number_of "$expected") != 0 ]] && defined+=("-DONLY=$(number_of "$expected")")
  # What must hold is searched in depth. What must be found is searched in breadth: that gives the shortest trace. Nothing is reduced.
  if [[ $expected == holds ]]; then search='-DCOLLAPSE -O2'; else search='-DBFS -O1'; fi
  rm -rf "$work/run" && mkdir "$work/run" && cp "$here"/*.pml "$work/run" && cd "$work/run"
  spin -a "${defined[@]}" authority.pml > spin.txt 2>&1 || { cat spin.txt >&2; exit 2; }
  # shellcheck disable=SC2086
  "$compiler" -w -DSAFETY -DNOREDUCE -DMEMLIM=3500 $search -o pan pan.c
  ./pan -m1000000 -w22 > report.txt 2>&1 || true
  found=$(verdict report.txt)
  states=$(awk '/states, stored/ { print $1; exit }' report.txt)
  seconds=$(awk '/elapsed time/ { print $4; exit }' report.txt)
  if [[ $found != "$expected" ]]; then
    mark=' <- surprise'
    surprises=$((surprises + 1))
  fi
  printf '%-24s %-18s %-18s %10s %8s%s\n' "$name" "$expected" "$found" "${states:-0}" "${seconds:-0}" "$mark"
  if [[ $found == failed || $found == unfinished ]]; then cat report.txt >&2; fi
  if $trace; then spin -T -t "${defined[@]}" authority.pml | sed '/^spin:/,$d'; fi
}

printf '%-24s %-18s %-18s %10s %8s\n' name expected found states seconds
ran=0
while IFS='|' read -r name expected options; do
  if [[ $# -gt 0 && " $* " != *" $name "* ]]; then continue; fi
  check "$name" "$expected" "$options"
  ran=$((ran + 1))
done < <(runs)

if [[ $ran == 0 || ($# -gt 0 && $ran != "$#") ]]; then
  echo "no such run among: $*" >&2
  exit 2
fi
[[ $surprises == 0 ]]
