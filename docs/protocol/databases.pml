/*
 * Two databases, what a crash takes from them, and the two streams between them.
 *
 * Durable: the row of authority, markers and records (all written by synchronous commits). Volatile until the next flush: the gate
 * (a sequence: setval is not transactional, and a crash may forget it) and whatever an applier wrote (it commits asynchronously).
 */
#define SOURCE 0
#define TARGET 1
#define NOBODY 2
#define other(s) (1 - (s))

#define STANDBY 0
#define OPEN 1
#define DRAINING 2
#define MOVED 3

#ifndef ATTEMPTS
#define ATTEMPTS 4          /* the highest attempt that may be claimed; at most 6 */
#endif
#ifndef PAYMENTS
#define PAYMENTS 3          /* payments that clients get acknowledged in all; at most 7 */
#endif
#define NO_SLOT 15

byte state[2] = { OPEN, STANDBY };              /* the row of authority: state ... */
byte attempt[2];            /* ... and attempt */
bit gate[2] = { 1, 0 };                /* what a writer sees: 1 is open */
bit gate_on_disk[2] = { 1, 0 };        /* what a crash leaves of it */

byte marker[2];             /* the newest marker that can be read here */
byte marker_on_disk[2];
byte record[2] = { 0, NO_SLOT };             /* where the way out of this side starts: the attempt it was recorded with ... */
byte recorded_slot[2] = { 0, NO_SLOT };      /* ... and the slot it names */
byte slot[2] = { 0, NO_SLOT };               /* the slot from which the stream out of this side reads: the attempt it was made for, or NO_SLOT */
bit running[2] = { 1, 0 };             /* does the stream out of this side run? */

byte payments;              /* acknowledged so far: payments 1 .. payments */
byte written_on_target;     /* one bit per payment: was it written on the target? (else on the source) */
byte has[2];                /* one bit per payment: is it in this database? */

/*
 * The stream out of side s is what its log holds after the recorded position and the other side does not hold on disk. It is a number,
 * one hexadecimal digit per entry, the oldest lowest: a payment is its number, marker n is 8 + n. An entry that was applied and not
 * flushed stays in: after a crash of the receiver the slot sends it again.
 */
int stream[2];
byte length[2];
byte applied[2];            /* entries of the stream into this side that are applied here and not on disk */
byte echoed[2];             /* entries at the end of the stream out of this side that are not on disk here: nobody is sent those */
bit followed[2] = { 1, 0 };            /* does a position for the stream out of this side stand? (else its log is of no interest) */

/*
 * -DREPLAYS: an applier that starts again at the slot's confirmed position, which lags behind what is on disk, and so writes old values
 * over newer ones until it has caught up. Without it an applier keeps its position in the transactions it applies.
 */
#ifdef REPLAYS
byte unconfirmed[2];        /* entries of the stream into this side that are on disk here, and that the slot would send again */
#define taken(s) (unconfirmed[s] + applied[s])
#else
#define taken(s) applied[s]
#endif

/* -DFENCED: what makes such an applier safe (findings.md). */
#ifdef FENCED
bit shut_out[2];            /* the applier into this side may not write here */
bit restarted[2];           /* the stream out of this side has started again since its marker was written */
#define admitted(s) (!shut_out[s])
#else
#define admitted(s) true
#endif

#define bit_of(payment) (1 << (payment))
#define acknowledged (((1 << payments) - 1) << 1)
#define entry(s, i) ((stream[s] >> (4 * (i))) & 15)

byte e;                     /* used inside one step only */

#define has_room(s) (length[s] < 7)       /* the model's own limit; `monitor` sees to it that the protocol never gets there */

inline append(s, what) {
  stream[s] = stream[s] | ((what) << (4 * length[s]));
  length[s]++
}

inline clear_stream(s) {
  stream[s] = 0;
#ifdef REPLAYS
  unconfirmed[other(s)] = 0;
#endif
  length[s] = 0
}

/* Any synchronous commit on s takes everything before it to disk. So does the WAL writer now and then. */
inline flush(s) {
  gate_on_disk[s] = gate[s];
  marker_on_disk[s] = marker[s];
#ifdef REPLAYS
  unconfirmed[s] = unconfirmed[s] + applied[s];
#else
  stream[other(s)] = stream[other(s)] >> (4 * applied[s]);
  length[other(s)] = length[other(s)] - applied[s];
#endif
  applied[s] = 0;
  echoed[s] = 0
}

#define may_lose(s) (applied[s] > 0 || gate[s] != gate_on_disk[s])

inline wal_writer(s) {
  flush(s)
}

/* A crash and the restart after it. How long the side was away does not show: nobody could act on it meanwhile. */
inline crash(s) {
  gate[s] = gate_on_disk[s];
  marker[s] = marker_on_disk[s];
  do
  :: applied[s] > 0 ->
     applied[s]--;
     e = entry(other(s), taken(s));
     if
     :: e < 8 -> has[s] = has[s] & ~bit_of(e)
     :: else
     fi
  :: else -> break
  od;
  length[s] = length[s] - echoed[s];
  stream[s] = stream[s] & ((1 << (4 * length[s])) - 1);
  echoed[s] = 0;
  e = 0
}

/*
 * -DFAILOVER: an older copy of a side is promoted (a standby that lagged behind, a restore). It is the first state there was, with an open
 * gate on the source: nobody who asks for the timeline reads any of it, so no other age of the copy allows more. It comes without slots.
 */
#ifdef FAILOVER
bit promoted[2];
#define may_promote(s) (!promoted[s])

inline promote(s) {
  promoted[s] = 1;
  state[s] = (s == SOURCE -> OPEN : STANDBY);
  attempt[s] = 0;
  gate[s] = (s == SOURCE);
  gate_on_disk[s] = gate[s];
  marker[s] = 0;
  marker_on_disk[s] = 0;
  record[s] = NO_SLOT;
  recorded_slot[s] = NO_SLOT;
  slot[s] = NO_SLOT;
  running[SOURCE] = 0;
  running[TARGET] = 0;
  has[s] = 0;
  followed[s] = 0;
  clear_stream(s);
  applied[s] = 0;
  applied[other(s)] = 0;
  echoed[s] = 0
}
#endif

/*
 * The gate and every handler ask for the server's timeline: a promoted copy is closed, and refused until a person accepts it (which is not
 * modelled). Wrong: only one of the two asks.
 */
#if defined(FAILOVER) && !defined(VARIANT_HANDLERS_IGNORE_TIMELINE)
#define trusted(s) (!promoted[s])
#else
#define trusted(s) true
#endif
#if defined(FAILOVER) && !defined(VARIANT_GATE_IGNORES_TIMELINE)
#define passes(s) (gate[s] && !promoted[s])
#else
#define passes(s) gate[s]
#endif

/* A client's payment, acknowledged: the gate was open and the commit was synchronous, on this side. */
#define may_pay(s) (passes(s) && payments < PAYMENTS && has_room(s))

inline pay(s) {
  payments++;
  has[s] = has[s] | bit_of(payments);
  written_on_target = written_on_target | (s << payments);
  if
  :: followed[s] -> append(s, payments)
  :: else
  fi;
  flush(s)
}

/* The stream out of `from` brings one entry to `to`. Appliers pass the gate. What is not on disk is not sent. */
#define may_apply(from, to) (running[from] && admitted(to) && taken(to) + echoed[from] < length[from] && has_room(to))

inline apply(from, to) {
  e = entry(from, taken(to));
  applied[to]++;
  if
  :: e < 8 ->
     NOTHING_SENT_BACK(((written_on_target >> e) & 1) != to);
     has[to] = has[to] | bit_of(e)
  :: else -> marker[to] = e - 8
  fi;
  if
  :: followed[to] -> append(to, e); echoed[to]++
  :: else
  fi;
  e = 0
}

#ifdef REPLAYS
inline confirm(s) {
  stream[other(s)] = stream[other(s)] >> (4 * unconfirmed[s]);
  length[other(s)] = length[other(s)] - unconfirmed[s];
  unconfirmed[s] = 0
}

/* Until all has come again, rows have older values (here: are missing). A marker stands, it is never older. */
#define may_restart(from, to) (running[from] && admitted(to) && taken(to) > 0)

inline restart(from, to) {
#ifdef FENCED
  restarted[from] = 1;
#endif
  do
  :: taken(to) > 0 ->
     if
     :: applied[to] > 0 -> applied[to]--
     :: else -> unconfirmed[to]--
     fi;
     e = entry(from, taken(to));
     if
     :: e < 8 -> has[to] = has[to] & ~bit_of(e)
     :: else
     fi
  :: else -> break
  od;
  e = 0
}
#endif
