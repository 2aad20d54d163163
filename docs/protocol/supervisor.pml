/*
 * What can be done from here, with only those databases that answer? In every reachable state the supervisor may take the very
 * transactions that handlers take, in one go, and is judged by what it reached. Then the run is over: everything is forgotten, so that
 * all these ends are one state.
 */
byte a, b, m, needed, changed;   /* used inside one step only */

#define answers(s, dead) ((s) != dead)

/* Brings side `a` to `open` if the protocol allows it. */
inline settle_row(dead) {
  b = other(a);
  m = attempt[a];
  if
  :: state[a] == DRAINING ->
     learn(drained[a], m);
#ifdef VARIANT_TAKER_DECIDES
     if
     :: answers(b, dead) && may_cancel(a, b, m) -> cancel(a, b, m)
     :: else
     fi;
#endif
     if
     :: may_abort(a, b, m) -> abort(a, b, m); changed = 1
     :: else
     fi
  :: state[a] == MOVED && answers(b, dead) ->
     learn(moved[a], m);
     if
     :: may_start_way_back(b, a, record[a]) -> start_way_back(b, a, record[a])
     :: else
     fi;
     do
     :: may_apply(a, b) -> apply(a, b)
     :: else -> break
     od;
     if
     :: may_open_row(a, b, m) -> open_row(a, b, m); changed = 1
     :: else
     fi
  :: else
  fi
}

#ifdef VARIANT_NO_REPAIR
/* Wrong: only who has just opened the row opens the gate. */
#define may_repair changed
#else
#define may_repair true
#endif

inline settle_gate() {
  m = attempt[a];
  if
  :: state[a] == OPEN -> learn(opened[a], m)
  :: else
  fi;
  if
  :: may_repair && may_open_gate(a, m) -> open_gate(a)
  :: else
  fi
}

/* Ends the stream that brought authority to the open side, and lets that side send all it has to the other one. */
inline settle_streams() {
  if
  :: gate[SOURCE] -> a = SOURCE
  :: else -> a = TARGET
  fi;
  b = other(a);
  m = record[a];
  if
  :: may_stop_stream(b, a, m) -> stop_stream(b, a, m)
  :: else
  fi;
  if
  :: may_drop_slot(b, a, m) -> drop_slot(b, a, m)
  :: else
  fi;
  if
  :: may_start_way_back(b, a, m) -> start_way_back(b, a, m)
  :: else
  fi;
#ifdef FENCED
  m = attempt[b];
  if
  :: may_readmit(a, b, m) -> readmit(a, b, m)
  :: else
  fi;
#endif
  do
  :: may_apply(a, b) -> apply(a, b)
  :: else -> break
  od
}

inline forget_everything() {
  a = SOURCE;
  do
  :: a < NOBODY ->
     state[a] = STANDBY; attempt[a] = 0; gate[a] = 0; gate_on_disk[a] = 0; marker[a] = 0; marker_on_disk[a] = 0; record[a] = 0;
     recorded_slot[a] = 0; slot[a] = 0; running[a] = 0; has[a] = 0; stream[a] = 0; length[a] = 0; applied[a] = 0; echoed[a] = 0; followed[a] = 0;
     streaming[a] = 0; unopposed[a] = 0; prepared[a] = 0; raisable[a] = 0;
     drained[a] = 0; seen[a] = 0; recorded[a] = 0; moved[a] = 0; opened[a] = 0; dropped[a] = 0;
#ifdef FAILOVER
     promoted[a] = 0;
#endif
#ifdef REPLAYS
     unconfirmed[a] = 0;
#endif
#ifdef FENCED
     shut_out[a] = 0; restarted[a] = 0;
#endif
#ifdef VARIANT_RAISE_FIRST
     raised[a] = 0;
#endif
#ifdef VARIANT_TAKER_DECIDES
     cancelled[a] = 0;
#endif
     a++
  :: else -> break
  od;
  payments = 0;
  written_on_target = 0;
  a = 0; b = 0; m = 0; needed = 0; changed = 0
}

/* Both answer: nothing excuses a closed gate. */
inline judge_with_both() {
  changed = 0;
  a = SOURCE;
  settle_row(NOBODY);
  a = TARGET;
  settle_row(NOBODY);
  a = SOURCE;
  settle_gate();
  a = TARGET;
  settle_gate();
  WAY_OUT(gate[SOURCE] || gate[TARGET]);
  ONE_GATE(!two_gates_open);
  NOTHING_LOST(!lost(SOURCE) && !lost(TARGET));
  settle_streams();
  WAY_BACK((acknowledged & ~has[b]) == 0);
  forget_everything()
}

/* A promoted copy says nothing about who has authority. */
#define no_authority(s) (state[s] != OPEN || !trusted(s))

/* One is dead: that excuses the other only where it has no authority. */
inline judge_without(dead) {
  changed = 0;
  a = other(dead);
  needed = (state[a] == OPEN || state[a] == DRAINING) && no_authority(dead);
  settle_row(dead);
  settle_gate();
  WAY_OUT(!needed || gate[a]);
  ONE_GATE(!two_gates_open);
  NOTHING_LOST(!lost(a));
  forget_everything()
}

active proctype supervisor() {
end:
  if
  :: d_step { trusted(SOURCE) && trusted(TARGET) -> printf("the supervisor, both answer\n"); judge_with_both() }
  :: d_step { trusted(TARGET) -> printf("the supervisor, the source is dead\n"); judge_without(SOURCE) }
  :: d_step { trusted(SOURCE) -> printf("the supervisor, the target is dead\n"); judge_without(TARGET) }
  fi
}

/*
 * A model in which nothing happens has no errors either. These situations must be reached: -DGOAL=1 ...
 * 1: rolled back, with a payment of each side, and the stream to the target runs again
 * 2: forward again after that, with payments from before, between and after
 * 3: given up after the taker had recorded, and paid again on the giver
 */
#ifdef GOAL
#define everything_in(s) (payments == PAYMENTS && (acknowledged & ~has[s]) == 0)
#define rolled_back (gate[SOURCE] && record[SOURCE] == attempt[SOURCE] && attempt[SOURCE] > 0)
#define forward_again (gate[TARGET] && record[TARGET] == attempt[TARGET] && moved[TARGET] != 0)
#define on_target(first, second, third) (written_on_target == ((first) << 1 | (second) << 2 | (third) << 3))
#define goal_reached (\
  GOAL == 1 && rolled_back && running[SOURCE] && everything_in(SOURCE) && on_target(0, 1, 0) ||\
  GOAL == 2 && forward_again && running[TARGET] && everything_in(TARGET) && on_target(1, 0, 1) ||\
  GOAL == 3 && gate[SOURCE] && known(recorded[SOURCE], 1) && row(SOURCE, OPEN, 2) && everything_in(SOURCE))
#endif

/* The model's own limit (`has_room`) must not be what keeps the protocol from doing something. */
#define is_sent_to(s) (running[other(s)] && admitted(s) && taken(s) + echoed[other(s)] < length[other(s)])
#define wants_room(s) (passes(s) && payments < PAYMENTS || state[s] == DRAINING && marker[s] != attempt[s] || is_sent_to(s))
#define out_of_room(s) (!has_room(s) && wants_room(s))

/* Looks at every state and moves only where a property is broken. */
active proctype monitor() {
end:
  do
  :: d_step { checked(1) && two_gates_open -> ONE_GATE(false) }
  :: d_step { checked(2) && (lost(SOURCE) || lost(TARGET)) -> NOTHING_LOST(false) }
#ifndef REPLAYS
  :: d_step { ONLY == 0 && (out_of_room(SOURCE) || out_of_room(TARGET)) -> assert(false) }
#endif
#ifdef GOAL
  :: d_step { goal_reached -> assert(!GOAL) }
#endif
  od
}
