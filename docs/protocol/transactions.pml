/*
 * The handlers' steps, one transaction each, under the names that the handlers give them. `g` is the giver, `t` the taker, `n` the
 * attempt. `may_<step>` says when a step does anything: what the one who acts has learnt, at any time in the past (`known`), and what
 * the transaction itself finds under the lock of its row (`row`, `below`). The inline of the same name is what the transaction does.
 * Wrong variants of a step stand beside it and are switched on by -DVARIANT_...
 */
#define learn(what, n) what = what | (1 << (n))
#define known(what, n) ((what >> (n)) & 1)

#define row(s, what, n) (trusted(s) && state[s] == what && attempt[s] == (n))
#define below(s, n) (trusted(s) && (state[s] == STANDBY || state[s] == MOVED) && attempt[s] < (n))

/* What somebody has learnt: one bit per attempt, by giver (`opened`: by the side that was opened). It is never unlearnt. */
byte streaming[2];          /* the last look before the pause: the stream out of the giver runs, */
byte unopposed[2];          /* the opposite one does not, */
byte prepared[2];           /* the slot of the way back is there, */
byte raisable[2];           /* and the taker is standby or moved with a lower attempt */
byte drained[2];            /* the giver is closed: draining(n) was written, or read */
byte seen[2];               /* the marker was read on the taker */
byte recorded[2];           /* the taker's transaction was committed */
byte moved[2];              /* moved(n) was written, or read, on the giver */
byte opened[2] = { 1, 0 };  /* open(n) was written, or read */
byte dropped[2] = { 0, 1 }; /* the giver's old slot is gone */
#ifdef VARIANT_RAISE_FIRST
byte raised[2];
#endif
#ifdef VARIANT_TAKER_DECIDES
byte cancelled[2];
#endif

inline write_row(s, what, n) {
  state[s] = what;
  attempt[s] = n;
  flush(s)
}

/* ---- Before the pause ---- */

/*
 * The slot of the way back is made only where the taker was not raised yet, and nothing raises it meanwhile. One that an aborted attempt
 * left is used again. That the giver was open(n - 1) may have been read long ago.
 */
#ifdef VARIANT_MAKE_WITHOUT_ROW
/* Wrong: the taker's row was read in an earlier transaction. */
#define may_make_slot(g, t, n) (known(raisable[g], n) && slot[t] == NO_SLOT)
#else
#define may_make_slot(g, t, n) (n > 0 && n <= ATTEMPTS && known(opened[g], n - 1) && below(t, n) && slot[t] == NO_SLOT)
#endif

inline make_slot(g, t, n) {
  slot[t] = n
}

/*
 * The last look is several reads, each at its own moment and in any order, but all of them after the giver's row was read as open(n - 1).
 * That it was read is `opened`: learnt as early as anybody could read it. A row never comes back to open(n - 1) and `close` compares it,
 * so all reads that lead to a close were made while the giver was open(n - 1). What they found may have changed since.
 */
#define claimable(g, n) (n > 0 && n <= ATTEMPTS && known(opened[g], n - 1) && row(g, OPEN, n - 1))

/* The giver streams to the taker. */
#ifdef VARIANT_LOOK_BEFORE_OPEN
/* Wrong: what was read before the giver's row counts too. */
#define may_look_at_stream(g, t, n) (n > 0 && n <= ATTEMPTS && attempt[g] < n && running[g] && !known(streaming[g], n))
#else
#define may_look_at_stream(g, t, n) (claimable(g, n) && running[g] && !known(streaming[g], n))
#endif

inline look_at_stream(g, t, n) {
  learn(streaming[g], n)
}

/* -DSTREAM_ALONE: that read alone makes it safe. The other three keep a pause from leading nowhere. */
#ifdef STREAM_ALONE
#define is_asked false
#define ready(g, n) known(streaming[g], n)
#else
#define is_asked true
#define ready(g, n) (known(streaming[g], n) && known(unopposed[g], n) && known(prepared[g], n) && known(raisable[g], n))
#endif

/* The opposite stream is gone. */
#define may_look_at_opposite(g, t, n) (is_asked && claimable(g, n) && !running[t] && !known(unopposed[g], n))

inline look_at_opposite(g, t, n) {
  learn(unopposed[g], n)
}

/* The slot of the way back is there. */
#define may_look_at_slot(g, t, n) (is_asked && claimable(g, n) && slot[t] != NO_SLOT && !known(prepared[g], n))

inline look_at_slot(g, t, n) {
  learn(prepared[g], n)
}

/* The taker can be raised. */
#define may_look_at_taker(g, t, n) (is_asked && claimable(g, n) && below(t, n) && !known(raisable[g], n))

inline look_at_taker(g, t, n) {
  learn(raisable[g], n)
}

/* ---- The pause ---- */

/* Attempts are claimed here and nowhere else. */
#ifndef VARIANT_RAISE_FIRST
#define may_close(g, t, n) (ready(g, n) && row(g, OPEN, n - 1))
#else
/* Wrong: the number comes from the taker, which was raised before anything was claimed. */
#define may_close(g, t, n) (known(raised[g], n) && state[g] == OPEN && attempt[g] < (n))
#endif

inline close(g, t, n) {
  gate[g] = 0;
  write_row(g, DRAINING, n);
  learn(drained[g], n)
}

/* Cut off before its commit: a sequence is not rolled back, the row is. */
#define may_close_cut_off(g, t, n) (may_close(g, t, n) && gate[g])

inline close_cut_off(g, t, n) {
  gate[g] = 0
}

#if defined(VARIANT_RAISE_LOWERS)
/* Wrong: whoever knows of a claim brings the taker to it, even down. */
#define may_raise(g, t, n) (known(drained[g], n) && (state[t] == STANDBY || state[t] == MOVED) && attempt[t] != n)
#elif !defined(VARIANT_RAISE_FIRST)
#define may_raise(g, t, n) (known(drained[g], n) && below(t, n))
#else
/* Wrong: see `may_close`. */
#define may_raise(g, t, n) (ready(g, 1) && n <= ATTEMPTS && below(t, n) && attempt[t] == n - 1)
#endif

inline raise(g, t, n) {
#ifdef VARIANT_RAISE_FIRST
  learn(raised[g], n);
#endif
  followed[t] = 0;          /* nobody can use an older record any more: opening and the way back ask for that of this attempt */
  clear_stream(t);
#ifdef FENCED
  shut_out[t] = 0;
#endif
  write_row(t, STANDBY, n)
}

#define may_mark(g, t, n) (known(drained[g], n) && row(g, DRAINING, n) && marker[g] != n && has_room(g))

inline mark(g, t, n) {
  marker[g] = n;
#ifdef FENCED
  restarted[g] = 0;         /* the marker's transaction notes which session reads the slot */
#endif
  append(g, 8 + n);
  flush(g)
}

/* Only reads: a crash of the taker may take back what was read. */
#define may_await_marker(g, t, n) (known(drained[g], n) && !known(seen[g], n) && marker[t] == n)

inline await_marker(g, t, n) {
  learn(seen[g], n)
}

/* The taker's transaction: the way back starts where its log stands now. */
#if defined(VARIANT_RECORD_APART) || defined(VARIANT_MARKER_REMEMBERED)
/* Wrong: the marker was read in an earlier transaction. */
#define ready_to_record(t, n) row(t, STANDBY, n)
#elif defined(VARIANT_STATE_UNCHECKED)
/* Wrong: the attempt is compared, the state is not. */
#define ready_to_record(t, n) (attempt[t] == (n) && marker[t] == n)
#else
#define ready_to_record(t, n) (row(t, STANDBY, n) && marker[t] == n)
#endif
#define may_record_way_back(g, t, n) (known(seen[g], n) && ready_to_record(t, n) && slot[t] != NO_SLOT)

inline record_way_back(g, t, n) {
  record[t] = n;
  recorded_slot[t] = slot[t];
  followed[t] = 1;
  clear_stream(t);
#ifdef VARIANT_RECORD_FLUSHED
  /* Wrong: the position up to which the log is on disk. What was applied and is not on disk yet lies behind it. */
  stream[t] = stream[g] & ((1 << (4 * applied[t])) - 1);
  length[t] = applied[t];
#endif
  flush(t);
#if defined(FENCED) && !defined(VARIANT_NOT_SHUT_OUT)
  shut_out[t] = 1;
#endif
  learn(recorded[g], n)
}

#if defined(VARIANT_TAKER_DECIDES)
/* Wrong: the giver only follows. */
#define may_flip(g, t, n) (known(opened[t], n) && row(g, DRAINING, n))
#elif defined(VARIANT_FLIP_AT_LEAST)
/* Wrong: a higher attempt passes too. */
#define may_flip(g, t, n) (known(recorded[g], n) && state[g] == DRAINING && attempt[g] >= n)
#elif defined(VARIANT_FLIP_WITHOUT_RECORD)
/* Wrong: the marker was seen, so all has arrived; the way back can be recorded later. */
#define may_flip(g, t, n) (known(seen[g], n) && row(g, DRAINING, n))
#elif defined(FENCED) && !defined(VARIANT_SESSION_UNCHECKED)
#define may_flip(g, t, n) (known(recorded[g], n) && row(g, DRAINING, n) && !restarted[g])
#else
#define may_flip(g, t, n) (known(recorded[g], n) && row(g, DRAINING, n))
#endif

inline flip(g, t, n) {
#ifdef FENCED
  shut_out[g] = 0;          /* from now on it receives */
#endif
  write_row(g, MOVED, attempt[g]);
  learn(moved[g], attempt[g])
}

#ifdef VARIANT_MARKER_REMEMBERED
/* Wrong here too: the record stands, so the marker must have been there. */
#define arrived(t, n) (record[t] == n)
#else
#define arrived(t, n) (record[t] == n && marker[t] == n)
#endif
#ifdef VARIANT_TAKER_DECIDES
/* Wrong: the taker opens as soon as it has everything. */
#define may_open_row(g, t, n) (known(recorded[g], n) && row(t, STANDBY, n) && arrived(t, n))
#elif defined(VARIANT_OPEN_WITHOUT_MOVED)
/* Wrong: the taker has everything, and the giver will surely move. */
#define may_open_row(g, t, n) (known(recorded[g], n) && row(t, STANDBY, n) && arrived(t, n))
#else
#define may_open_row(g, t, n) (known(moved[g], n) && row(t, STANDBY, n) && arrived(t, n))
#endif

inline open_row(g, t, n) {
#ifdef VARIANT_SEQUENCE_BEFORE_ROW
  gate[t] = 1;
#endif
  write_row(t, OPEN, n);
  learn(opened[t], n)
}

/* The second transaction of every opening, and the repair after a restart. `s` is the side that was opened. */
#ifdef VARIANT_NO_RELOCK
/* Wrong: whoever has opened the row repeats the opening without looking at the row again. */
#define may_open_gate(s, n) (known(opened[s], n) && !gate[s])
#else
#define may_open_gate(s, n) (known(opened[s], n) && row(s, OPEN, n) && !gate[s])
#endif

inline open_gate(s) {
  gate[s] = 1;
  flush(s)
}

/* Cut off before its commit: the gate is open, and a crash may forget it. */
inline open_gate_cut_off(s) {
  gate[s] = 1
}

/* ---- Instead of the flip ---- */

#ifdef VARIANT_TAKER_DECIDES
/* Wrong: as the taker decides, it has to be stopped first. */
#define may_cancel(g, t, n) (known(drained[g], n) && (row(t, STANDBY, n) || below(t, n)))

inline cancel(g, t, n) {
  write_row(t, STANDBY, n + 1);
  learn(cancelled[g], n)
}

#define may_abort(g, t, n) (known(cancelled[g], n) && row(g, DRAINING, n))
#else
#define may_abort(g, t, n) (known(drained[g], n) && row(g, DRAINING, n))
#endif

#ifdef VARIANT_ABORT_RETURNS_NUMBER
/* Wrong: the next attempt gets the same number. */
#define after_abort(n) (n - 1)
#else
#define after_abort(n) (n + 1)
#endif

inline abort(g, t, n) {
#ifdef VARIANT_SEQUENCE_BEFORE_ROW
  gate[g] = 1;
#endif
  write_row(g, OPEN, after_abort(n));
  learn(opened[g], after_abort(n))
}

/*
 * The same where nothing was closed, as far as the one who aborts knows. A closing that is still under way, or comes later, finds its
 * attempt used up.
 */
#define may_forestall(g, t, n) (n > 0 && n <= ATTEMPTS && known(opened[g], n - 1) && row(g, OPEN, n - 1))

inline forestall(g, t, n) {
  write_row(g, OPEN, after_abort(n));
  learn(opened[g], after_abort(n))
}

#ifdef FENCED
/* After an abort the taker takes the giver's changes again, and forgets its record. */
#define may_readmit(g, t, n) (known(opened[g], after_abort(n)) && row(t, STANDBY, n) && shut_out[t])

inline readmit(g, t, n) {
  shut_out[t] = 0;
  record[t] = NO_SLOT;
  followed[t] = 0;
  clear_stream(t);
  flush(t)
}
#endif

/* ---- After the pause: the old stream ends, its slot goes, and only then the way back starts ---- */

/* A call to the replication, not to the database: no row protects it. */
#define may_stop_stream(g, t, n) (n > 0 && known(opened[t], n) && running[g])

inline stop_stream(g, t, n) {
  running[g] = 0
}

#define is_old(s, n) (slot[s] <= n)
#ifdef VARIANT_DROP_WITHOUT_ROW
/* Wrong: the slot's name is looked at, the row is not. */
#define gave_it_away(g, n) true
#else
#define gave_it_away(g, n) row(g, MOVED, n)
#endif
#define may_drop_slot(g, t, n) (known(opened[t], n) && gave_it_away(g, n) && !running[g] && (is_old(g, n) || !known(dropped[g], n)))

inline drop_slot(g, t, n) {
  if
  :: is_old(g, n) ->
     slot[g] = NO_SLOT;
     followed[g] = 0;
     clear_stream(g);
     echoed[g] = 0;
     applied[t] = 0
  :: else
  fi;
  learn(dropped[g], n)
}

#ifdef VARIANT_START_BEFORE_DROP
/* Wrong: to have called for the old stream's end will do. */
#define gone(g, t, n) known(opened[t], n)
#else
#define gone(g, t, n) known(dropped[g], n)
#endif
#define may_start_way_back(g, t, n) (gone(g, t, n) && !running[t] && record[t] == n && slot[t] != NO_SLOT && slot[t] == recorded_slot[t])

inline start_way_back(g, t, n) {
  running[t] = 1
}

/* ---- Wrong steps of their own ---- */

#ifdef VARIANT_OPEN_BEFORE_COMPARE
/* The gate is opened first, and the row is compared and set after it. */
#define may_open_early(g, t, n) (known(moved[g], n) && !gate[t])

inline open_early(g, t, n) {
  gate[t] = 1;
  flush(t)
}
#endif

#ifdef VARIANT_SEQUENCE_BEFORE_ROW
/* One transaction sets the sequence and then the row, and is cut off in between. */
#define may_open_row_cut_off(g, t, n) (may_open_row(g, t, n) && !gate[t])

inline open_row_cut_off(g, t, n) {
  gate[t] = 1
}

#define may_abort_cut_off(g, t, n) (may_abort(g, t, n) && !gate[g])

inline abort_cut_off(g, t, n) {
  gate[g] = 1
}
#endif
