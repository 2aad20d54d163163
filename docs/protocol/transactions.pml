/*
 * One inline per transaction, named as the handlers' steps are. Each begins with what must be so for it to do anything: first what the
 * one who acts must have learnt before, at any time in the past (`known`), then what the transaction itself finds under the lock of
 * its row. `g` is the giver, `t` the taker, `n` the attempt.
 */
#define learn(what, n) what = what | (1 << (n))
#define known(what, n) ((what >> (n)) & 1)

/* What somebody may have learnt, one bit per attempt, by giver (`opened`: by the side that was opened). Never unlearnt. */
byte ready[2], drained[2], seen[2], recorded[2], moved[2], opened[2], dropped[2];

#define row(s, what, n) (state[s] == what && attempt[s] == (n))
#define below(s, n) ((state[s] == STANDBY || state[s] == MOVED) && attempt[s] < (n))

inline write_row(s, what, n) {
  state[s] = what;
  attempt[s] = n;
  flush(s)
}

/* Before the window: a slot for the way back, only where the taker was not yet raised. One that an aborted attempt left is used again. */
inline make_slot(g, t, n) {
  (row(g, OPEN, n - 1) && below(t, n) && slot[t] == NO_SLOT) -> slot[t] = n
}

/* The last look before the pause. It is only read: what it found may be old when the giver is closed. */
inline look(g, t, n) {
  (!known(ready[g], n) && row(g, OPEN, n - 1) && below(t, n) && running[g] && !running[t] && slot[t] != NO_SLOT) ->
  learn(ready[g], n)
}

#ifndef VARIANT_RAISE_FIRST
/* Gate and row in one transaction. Attempts are claimed here and nowhere else. */
#define may_close(g, t, n) (known(ready[g], n) && row(g, OPEN, n - 1))
#else
/* Wrong: the number comes from the taker's row, which is raised before anything is claimed on the giver. */
byte raised[2];
#define may_close(g, t, n) (known(raised[g], n) && state[g] == OPEN && attempt[g] < (n))
#endif

inline close(g, t, n) {
  may_close(g, t, n) ->
  gate[g] = 0;
  write_row(g, DRAINING, n);
  learn(drained[g], n)
}

/* The same, cut off before its commit: the sequence stays set, the row does not change. */
inline close_cut_off(g, t, n) {
  (may_close(g, t, n) && gate[g]) -> gate[g] = 0
}

inline raise(g, t, n) {
#ifndef VARIANT_RAISE_FIRST
  (known(drained[g], n) && below(t, n)) ->
#else
  (opened[g] != 0 && slot[t] != NO_SLOT && below(t, n) && attempt[t] == n - 1) ->
  learn(raised[g], n);
#endif
  followed[t] = 0;          /* an older record can no longer be used: open_row and start ask for that of this attempt */
  stream[t] = 0;
  length[t] = 0;
  write_row(t, STANDBY, n)
}

inline mark(g, t, n) {
  (known(drained[g], n) && row(g, DRAINING, n) && marker[g] != n) ->
  marker[g] = n;
  append(g, 8 + n);
  flush(g)
}

/* Only read, and what is read may be lost in a crash of the taker. */
inline await_marker(g, t, n) {
  (known(drained[g], n) && !known(seen[g], n) && marker[t] == n) -> learn(seen[g], n)
}

#if defined(VARIANT_RECORD_APART) || defined(VARIANT_MARKER_REMEMBERED)
/* Wrong: the marker was read in an earlier transaction. */
#define may_record(t, n) row(t, STANDBY, n)
#elif defined(VARIANT_STATE_UNCHECKED)
/* Wrong: the attempt is compared, the state is not. */
#define may_record(t, n) (attempt[t] == (n) && marker[t] == n)
#else
#define may_record(t, n) (row(t, STANDBY, n) && marker[t] == n)
#endif

/* The taker's transaction: from here on its log is what the way back will carry. */
inline record_way_back(g, t, n) {
  (known(seen[g], n) && may_record(t, n)) ->
  record[t] = n;
  recorded_slot[t] = slot[t];
  followed[t] = 1;
  flush(t);
  stream[t] = 0;
  length[t] = 0;
  learn(recorded[g], n)
}

#ifdef VARIANT_FLIP_AT_LEAST
/* Wrong: a higher attempt passes too. */
#define may_flip(g, n) (state[g] == DRAINING && attempt[g] >= n)
#else
#define may_flip(g, n) row(g, DRAINING, n)
#endif

inline flip(g, t, n) {
#ifndef VARIANT_TAKER_DECIDES
  (known(recorded[g], n) && may_flip(g, n)) ->
#else
  (known(opened[t], n) && row(g, DRAINING, n)) ->
#endif
  write_row(g, MOVED, attempt[g]);
  learn(moved[g], attempt[g])
}

#ifdef VARIANT_MARKER_REMEMBERED
#define arrived(t, n) (record[t] == n)
#else
#define arrived(t, n) (record[t] == n && marker[t] == n)
#endif

#ifdef VARIANT_TAKER_DECIDES
/* Wrong: the taker opens once it is complete, and the giver follows. */
#define may_open_row(g, n) known(recorded[g], n)
#else
#define may_open_row(g, n) known(moved[g], n)
#endif

inline open_row(g, t, n) {
  (may_open_row(g, n) && row(t, STANDBY, n) && arrived(t, n)) ->
#ifdef VARIANT_SEQUENCE_BEFORE_ROW
  gate[t] = 1;
#endif
  write_row(t, OPEN, n);
  learn(opened[t], n)
}

#if defined(VARIANT_NO_RELOCK)
/* Wrong: whoever once opened the row repeats the opening without looking again. */
#define may_open_gate(s, n) known(opened[s], n)
#else
#define may_open_gate(s, n) (known(opened[s], n) && row(s, OPEN, n))
#endif

/* The second transaction of an opening, and the repair after a restart. */
inline open_gate(s, n) {
  (may_open_gate(s, n) && !gate[s]) -> gate[s] = 1; flush(s)
}

/* The same, cut off before its commit. */
inline open_gate_cut_off(s, n) {
  (may_open_gate(s, n) && !gate[s]) -> gate[s] = 1
}

inline abort(g, t, n) {
#ifdef VARIANT_TAKER_DECIDES
  (known(cancelled[g], n) && row(g, DRAINING, n)) ->
#else
  (known(drained[g], n) && row(g, DRAINING, n)) ->
#endif
#ifdef VARIANT_SEQUENCE_BEFORE_ROW
  gate[g] = 1;
#endif
#ifdef VARIANT_ABORT_RETURNS_ATTEMPT
  /* Wrong: the number is used again by the next attempt. */
  write_row(g, OPEN, n - 1);
  learn(opened[g], n - 1)
#else
  write_row(g, OPEN, n + 1);
  learn(opened[g], n + 1)
#endif
}

#ifdef VARIANT_TAKER_DECIDES
/* Wrong: an abort has to stop the taker first, and a dead taker cannot be stopped. */
byte cancelled[2];
inline cancel(g, t, n) {
  (known(drained[g], n) && (row(t, STANDBY, n) || below(t, n))) -> write_row(t, STANDBY, n + 1); learn(cancelled[g], n)
}
#endif

/* Wrong steps of their own. */
#ifdef VARIANT_OPEN_BEFORE_COMPARE
inline open_gate_early(g, t, n) {
  (known(moved[g], n) && !gate[t]) -> gate[t] = 1; flush(t)
}
#endif
#ifdef VARIANT_SEQUENCE_BEFORE_ROW
inline open_row_cut_off(g, t, n) {
  (may_open_row(g, n) && row(t, STANDBY, n) && arrived(t, n) && !gate[t]) -> gate[t] = 1
}
inline abort_cut_off(g, t, n) {
  (known(drained[g], n) && row(g, DRAINING, n) && !gate[g]) -> gate[g] = 1
}
#endif

/* After the pause: the old stream ends, its slot goes, and only then the way back starts. The first is a call that no row protects. */
inline stop_stream(g, t, n) {
  (known(opened[t], n) && running[g]) -> running[g] = 0
}

inline drop_slot(g, t, n) {
  (known(opened[t], n) && !known(dropped[g], n) && row(g, MOVED, n) && !running[g]) ->
  if
  :: slot[g] <= n -> slot[g] = NO_SLOT; followed[g] = 0; stream[g] = 0; length[g] = 0; echoed[g] = 0; applied[t] = 0
  :: else
  fi;
  learn(dropped[g], n)
}

inline start_way_back(g, t, n) {
  (known(dropped[g], n) && !running[t] && record[t] == n && slot[t] != NO_SLOT && slot[t] == recorded_slot[t]) -> running[t] = 1
}
