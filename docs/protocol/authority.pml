/*
 * Who may write: the protocol of the migration as a model. README.md says what is in it, what is not, and how to run it.
 *
 * Handlers are not modelled one by one. What a handler may do next depends only on what it has learnt. So the model keeps what anybody
 * has ever learnt, and any step may be taken at any later moment, any number of times, by somebody who knows that much. That is every
 * number of handlers at once: they die, repeat themselves, lose an answer, or sleep for a day and go on where they were.
 */

/* One property can be checked alone, as in -DONLY=3. */
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

#define two_gates_open (passes(SOURCE) && passes(TARGET))
#define lost(s) (passes(s) && (acknowledged & ~has[s]) != 0)

/* One process for each giver and attempt: all who ever work on it. Attempt 0 is how things were before the first. */
#define CROWDS (2 * (ATTEMPTS + 2))
#define giver (_pid & 1)
#define taker (1 - giver)
#define this_attempt (_pid >> 1)
#define say(step) printf(#step); printf(" (giver %d, attempt %d)\n", giver, this_attempt)
#define take(step) d_step { may_##step(giver, taker, this_attempt) -> say(step); step(giver, taker, this_attempt) }

active [CROWDS] proctype everybody() {
end:
  do
  :: take(make_slot)
  :: take(look_at_stream)
  :: take(look_at_opposite)
  :: take(look_at_slot)
  :: take(look_at_taker)
  :: take(close)
  :: take(close_cut_off)
  :: take(raise)
  :: take(mark)
  :: take(await_marker)
  :: take(record_way_back)
  :: take(flip)
  :: take(open_row)
  :: d_step { may_open_gate(giver, this_attempt) -> say(open_gate); open_gate(giver) }
  :: d_step { may_open_gate(giver, this_attempt) -> say(open_gate_cut_off); open_gate_cut_off(giver) }
  :: take(abort)
  :: take(forestall)
  :: take(stop_stream)
  :: take(drop_slot)
  :: take(start_way_back)
#ifdef FENCED
  :: take(readmit)
#endif
#ifdef VARIANT_TAKER_DECIDES
  :: take(cancel)
#endif
#ifdef VARIANT_OPEN_BEFORE_COMPARE
  :: take(open_early)
#endif
#ifdef VARIANT_SEQUENCE_BEFORE_ROW
  :: take(open_row_cut_off)
  :: take(abort_cut_off)
#endif
  od
}

/* Clients, appliers, the WAL writer and crashes, on either side and at any moment. */
#define side (_pid - CROWDS)

active [2] proctype database() {
end:
  do
  :: d_step { may_pay(side) -> printf("a payment on %d\n", side); pay(side) }
  :: d_step { may_apply(other(side), side) -> printf("an entry is applied on %d\n", side); apply(other(side), side) }
  :: d_step { may_lose(side) -> printf("WAL is flushed on %d\n", side); wal_writer(side) }
  :: d_step { may_lose(side) -> printf("%d crashes\n", side); crash(side) }
#ifdef FAILOVER
  :: d_step { may_promote(side) -> printf("an older copy of %d is promoted\n", side); promote(side) }
#endif
#ifdef REPLAYS
  :: d_step { unconfirmed[side] > 0 -> printf("the slot of %d is told what is on disk\n", other(side)); confirm(side) }
  :: d_step { may_restart(other(side), side) -> printf("the applier on %d starts again\n", side); restart(other(side), side) }
#endif
  od
}

#include "supervisor.pml"
