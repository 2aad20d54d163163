/*
 * Who may write: the protocol of the migration as a model. README.md says what is in it, what is not, and how to run it.
 *
 * Handlers are not modelled one by one. What a handler may do next depends only on what it has learnt, so the model keeps what anybody
 * has ever learnt, and lets any step be taken at any later moment, any number of times, by somebody who knows that much. That is every
 * number of handlers at once: those that die, repeat themselves, lose an answer, or sleep for a day and go on where they were.
 */

/* One property can be checked alone: -DONLY=3. */
#ifndef ONLY
#define ONLY 0
#endif
#define checked(number) (ONLY == 0 || ONLY == number)
#define ONE_GATE(holds) assert(!checked(1) || (holds))
#define NOTHING_LOST(holds) assert(!checked(2) || (holds))
#define NOTHING_SENT_BACK(holds) assert(!checked(3) || (holds))
#define WAY_OUT(holds) assert(!checked(4) || (holds))
#define WAY_BACK(holds) assert(!checked(5) || (holds))

#include "databases.pml"
#include "transactions.pml"

#define two_gates_open (gate[SOURCE] && gate[TARGET])
#define lost(s) (gate[s] && (acknowledged & ~has[s]) != 0)
#define stuck(s) ((state[s] == OPEN || state[s] == DRAINING) && (slot[s] == NO_SLOT || slot[s] != recorded_slot[s]))

/* One process per giver and attempt: all who ever work on it. Attempt 0 is how things were before the first. */
#define giver (_pid & 1)
#define taker (1 - giver)
#define this_attempt (_pid >> 1)

active [2 * (ATTEMPTS + 2)] proctype everybody() {
end:
  do
  :: d_step { make_slot(giver, taker, this_attempt) }
  :: d_step { look(giver, taker, this_attempt) }
  :: d_step { close(giver, taker, this_attempt) }
  :: d_step { close_cut_off(giver, taker, this_attempt) }
  :: d_step { raise(giver, taker, this_attempt) }
  :: d_step { mark(giver, taker, this_attempt) }
  :: d_step { await_marker(giver, taker, this_attempt) }
  :: d_step { record_way_back(giver, taker, this_attempt) }
  :: d_step { flip(giver, taker, this_attempt) }
  :: d_step { open_row(giver, taker, this_attempt) }
  :: d_step { abort(giver, taker, this_attempt) }
  :: d_step { stop_stream(giver, taker, this_attempt) }
  :: d_step { drop_slot(giver, taker, this_attempt) }
  :: d_step { start_way_back(giver, taker, this_attempt) }
  :: d_step { open_gate(giver, this_attempt) }
  :: d_step { open_gate_cut_off(giver, this_attempt) }
#ifdef VARIANT_TAKER_DECIDES
  :: d_step { cancel(giver, taker, this_attempt) }
#endif
#ifdef VARIANT_OPEN_BEFORE_COMPARE
  :: d_step { open_gate_early(giver, taker, this_attempt) }
#endif
#ifdef VARIANT_SEQUENCE_BEFORE_ROW
  :: d_step { open_row_cut_off(giver, taker, this_attempt) }
  :: d_step { abort_cut_off(giver, taker, this_attempt) }
#endif
  od
}

/* Clients, appliers, the WAL writer and crashes, on either side and at any moment. */
#define side _pid - 2 * (ATTEMPTS + 2)

active [2] proctype database() {
end:
  do
  :: d_step { pay(side) }
  :: d_step { apply(other(side), side) }
  :: d_step { wal_writer(side) }
  :: d_step { crash(side) }
  od
}

/*
 * What can be done from here, using only databases that answer? The supervisor takes the very transactions that handlers take, in one
 * step, out of any state whatever. `dead` does not answer.
 */
inline judge(dead) {
  d_step {
    true ->
    must_open = (dead == NOBODY || (state[other(dead)] == OPEN || state[other(dead)] == DRAINING) && state[dead] != OPEN);
    a = SOURCE;
    do
    :: a < NOBODY && a != dead ->
       b = other(a);
       if
       :: state[a] == DRAINING ->
          learn(drained[a], attempt[a]);
          m = attempt[a];
          if
#ifdef VARIANT_TAKER_DECIDES
          :: b != dead -> learn(cancelled[a], m)
#endif
          :: else
          fi;
          if
          :: abort(a, b, m)
          :: else
          fi
       :: state[a] == MOVED && b != dead && state[b] == STANDBY ->
          m = attempt[a];
          learn(moved[a], m);
          do
          :: apply(a, b)
          :: else -> break
          od;
          if
          :: open_row(a, b, m)
          :: else
          fi
       :: else
       fi;
       a++
    :: a < NOBODY && a == dead -> a++
    :: else -> break
    od;
    a = SOURCE;
    do
    :: a < NOBODY && a != dead ->
       m = attempt[a];
       if
       :: state[a] == OPEN -> learn(opened[a], m)
       :: else
       fi;
       if
       :: open_gate(a, m)
       :: else
       fi;
       a++
    :: a < NOBODY && a == dead -> a++
    :: else -> break
    od;
    ONE_GATE(!two_gates_open);
    NOTHING_LOST(!lost(SOURCE) && !lost(TARGET));
    WAY_OUT(!must_open || gate[SOURCE] && dead != SOURCE || gate[TARGET] && dead != TARGET);
    forget_everything()
  }
}
