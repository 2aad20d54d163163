/** What the functions of this room, their constructs, the workflows and the rehearsal say to each other. */

export { MARKER_TABLE, PRIVATE_TABLES, SCHEMA } from '../postgres/migration-schema';

/** Sorts before other triggers: PostgreSQL fires triggers of one kind in the order of their names. */
export const GATE_TRIGGER = '!payment_migration_gate';
/** Refuses TRUNCATE while changes are replicated, through an open gate too. */
export const TRUNCATE_TRIGGER = '!payment_migration_truncate';
/** The SQLSTATE of a write that the closed gate refused, and what its DETAIL begins with. */
export const WRITES_MOVED = { sqlState: '25006', detail: 'PM001: writes moved' } as const;

export type Side = 'source' | 'target';
/** A cutover goes from source to target, a rollback from target to source. */
export type Direction = 'cutover' | 'rollback';
/** What a side's row of authority says: it may write; closed, still the authority; gave it away; closed, may receive it. */
export type AuthorityState = 'open' | 'draining' | 'moved' | 'standby';

/** Who hands write authority over, and who receives it. */
export const PARTIES: Record<Direction, { readonly giver: Side; readonly taker: Side }> = {
  cutover: { giver: 'source', taker: 'target' },
  rollback: { giver: 'target', taker: 'source' },
};

/** A stream of changes from the giver to the taker: a DMS task, or a subscription. */
export interface Stream {
  readonly name: string;
  /** The replication slot on the giver that it reads from. */
  readonly slot: string;
}

/** How writes are stopped. */
export type FenceKind = 'triggers' | 'roles';

export interface FenceSettings {
  readonly kind: FenceKind;
  /** For 'roles': the logins that write, which lose their rights and their sessions. */
  readonly writers?: readonly string[];
}

/** Gives a side its schema, its row of authority and its gate. A side that is armed for the first time starts open (source) or closed (target). */
export interface ArmRequest {
  readonly action: 'arm';
  readonly side: Side;
  /** @default - what the function was made with; triggers where it does not say */
  readonly fence?: FenceSettings;
  /** Logins beside the migration's own that replication applies changes with: they pass the closed gate. */
  readonly appliers?: readonly string[];
  /**
   * False: only what replication needs before it begins, and TRUNCATE is refused from here on. The gates come with a second arming, right
   * before the approval, since they cost writers something.
   *
   * @default true
   */
  readonly gates?: boolean;
  /** Schemas whose tables get no gate, because replication itself creates and writes them: DMS's control tables. */
  readonly ignoredSchemas?: readonly string[];
  /** The server is another one than at the last arming (a failover, a restore), and this person has made sure that it has everything. */
  readonly acceptNewIdentity?: string;
}

/** Takes the gate from the side with authority, and leaves the rest: for a migration that waits. */
export interface DisarmRequest {
  readonly action: 'disarm';
  readonly side: Side;
}

/** The migration is over: takes everything from the side with authority, and the slots from both. The other side stays sealed. */
export interface FinishRequest {
  readonly action: 'finish';
}

/** Takes the seal from the side without authority. From then on nothing keeps anybody from writing there. */
export interface ReleaseRequest {
  readonly action: 'release';
  readonly side: Side;
  /** Nobody uses that side as the payments' database any more. */
  readonly iHaveDecommissioned: boolean;
}

/** What is now. Changes nothing. */
export interface StateRequest {
  readonly action: 'state';
}

/** Makes the slot that the way back will start from, on the side that is to receive authority; before the pause. */
export interface PrepareRequest {
  readonly action: 'prepare';
  readonly direction: Direction;
  /** One more than the giver's. */
  readonly attempt: number;
  /** The slot's output plugin: 'pgoutput' for subscriptions, 'test_decoding' or 'pglogical_output' for DMS. */
  readonly plugin: string;
}

/** Moves write authority. */
export interface TransferRequest {
  readonly action: 'transfer';
  readonly direction: Direction;
  /** One more than the giver's: a retry with the same attempt goes on where the first one was, or returns its result. */
  readonly attempt: number;
  /** What brings the giver's changes to the taker: one stream for all tables, so that its marker comes after all of them. */
  readonly streams: readonly Stream[];
  /** From the request on; after it authority goes back to the giver. @default - what the function was made with; 30000 where it does not say */
  readonly deadlineMs?: number;
  /** How far sequences are moved on at least, beyond what was handed out: the largest block of numbers that an application keeps. @default 1000 */
  readonly sequenceGap?: number;
  /** A giver with asynchronous standbys could be replaced by one that knows nothing of the closing. @default false */
  readonly acceptAsynchronousStandbys?: boolean;
  /** How far behind the giver its streams may be before the pause begins. @default 16 MiB */
  readonly maxLagBytes?: number;
  /** How old an open transaction on the giver may be before the pause begins. @default 60000 */
  readonly maxTransactionAgeMs?: number;
}

/** Gives authority back to a giver that is closed and has not given it away. */
export interface AbortRequest {
  readonly action: 'abort';
  readonly direction: Direction;
  readonly attempt: number;
}

/** After the pause: drops the slots that fed the side that is open now. Their streams must have been stopped. */
export interface DropOldSlotsRequest {
  readonly action: 'drop-old-slots';
  readonly direction: Direction;
  readonly attempt: number;
}

export type FenceRequest = ArmRequest | DisarmRequest | FinishRequest | ReleaseRequest;
export type AuthorityRequest = StateRequest | PrepareRequest | TransferRequest | AbortRequest | DropOldSlotsRequest;

/** Where a stream out of a side starts: exactly there, or rows are lost or sent back. */
export interface WayBack {
  readonly attempt: number;
  readonly slot: string;
  /** In the log of the side whose changes the stream carries. */
  readonly lsn: string;
}

/** One of our slots, on the side whose changes are read from it. */
export interface SlotState {
  readonly name: string;
  /** The attempt that it was made for. */
  readonly attempt: number;
  readonly spent: boolean;
  readonly active: boolean;
  /** PostgreSQL's `wal_status`, or 'missing'. */
  readonly status: string;
}

/** One side, as it says itself. */
export interface SideState {
  readonly side: Side;
  /** False: nothing of the migration is there. */
  readonly armed: boolean;
  readonly state?: AuthorityState;
  readonly attempt?: number;
  /** Whether writes pass: what a client sees. */
  readonly gate?: 'open' | 'closed';
  readonly fence?: FenceKind;
  /** Tables that have no gate, or changed since the arming. */
  readonly problems?: readonly string[];
  /** Our slots on this side: 'spent' ones fed a side that has authority now. */
  readonly slots?: readonly SlotState[];
  readonly wayBack?: WayBack;
  /** The migration was finished, and this side stays closed until it is released. */
  readonly sealed?: boolean;
  /** Who accepted that the server is another one than was armed before, the last time that it was so. */
  readonly identityAcceptedBy?: string;
  /** The server's identity and timeline are those of the arming. */
  readonly sameServer?: boolean;
}

export interface StateResult {
  readonly sides: Record<Side, SideState | { readonly side: Side; readonly unreachable: string }>;
  /** The side that may write; undefined while none may, or while it cannot be known. */
  readonly authority?: Side;
  /** After a transfer: whether a change of the side with authority has come to the other one. */
  readonly wayBack: 'none' | 'pending' | 'running';
}

/** The steps of a transfer, under the names that they have in docs/protocol. */
export type Step =
  | 'look' | 'close' | 'raise' | 'standbys' | 'mark' | 'await-marker' | 'sequences' | 'record-way-back' | 'flip' | 'open-row' | 'open-gate' | 'terminate'
  | 'abort' | 'readmit';

export interface TransferResult {
  /** 'completed': the taker may write. 'aborted': the giver may write again, for the reason given. */
  readonly outcome: 'completed' | 'aborted';
  readonly direction: Direction;
  readonly attempt: number;
  /** Which side may write now. */
  readonly authority: Side;
  /** The attempt that the side with authority has now: the next one is one more. */
  readonly authorityAttempt: number;
  /** From the closing to the opening, as the handler saw it; undefined where the handler that closed did not live to tell. */
  readonly pauseMs?: number;
  readonly steps: readonly { readonly step: Step; readonly ms: number }[];
  readonly wayBack?: WayBack;
  /** Why it was aborted. */
  readonly reason?: string;
  readonly problem?: string;
  /** An earlier invocation had done it already. */
  readonly repeated?: boolean;
}

/**
 * Names of the errors that the functions end with, for Step Functions to tell apart. What any of them leaves behind is a state that
 * `state` shows, and no half-closed gate.
 */
export type CutoverErrorName =
  /** Refused before anything was closed or opened. */
  | 'Refused'
  /** Another attempt is the current one. */
  | 'StaleAttempt'
  /** The server is not the one that was armed. */
  | 'FailoverDetected'
  /** Closed, and authority could not be given back yet: call abort again. */
  | 'AbortPending'
  /** The giver gave authority away and the taker does not answer: call transfer again with the same attempt. */
  | 'OpenPending'
  /** A database could not be used. */
  | 'DatabaseUnavailable';

/** What the functions are told by their environment. */
export const ENVIRONMENT = {
  sourceSecretId: 'SOURCE_SECRET_ID',
  sourceDatabase: 'SOURCE_DATABASE',
  targetSecretId: 'TARGET_SECRET_ID',
  targetDatabase: 'TARGET_DATABASE',
  /** The deadline of a transfer that names none. */
  transferDeadlineMs: 'TRANSFER_DEADLINE_MS',
  /** The fence of an arming that names none, as JSON. */
  fence: 'WRITE_FENCE',
} as const;

/** Metrics, in the embedded metric format. */
export const METRICS = {
  namespace: 'PaymentMigration',
  writePause: 'WritePause',
  stepDuration: 'StepDuration',
  transferCompleted: 'TransferCompleted',
  transferAborted: 'TransferAborted',
  abortPending: 'AbortPending',
  openPending: 'OpenPending',
} as const;

/** A side after it was armed. */
export interface ArmResult {
  readonly side: Side;
  readonly state: AuthorityState;
  readonly attempt: number;
  readonly tables: number;
  /** Whether DDL is refused while the side is armed. */
  readonly eventTrigger: boolean;
  /** Whether clients that look for the writer are told which side it is. */
  readonly discovery: boolean;
  /** What could not be had, and what that means. */
  readonly warnings: readonly string[];
}

export interface DisarmResult {
  readonly side: Side;
  readonly tables: number;
}

export interface FinishResult {
  /** The side that keeps authority, without any of the migration's objects. */
  readonly authority: Side;
  /** The side that stays closed until it is released. */
  readonly sealed: Side;
  readonly droppedSlots: readonly string[];
}

export interface ReleaseResult {
  readonly side: Side;
  readonly released: true;
}

export interface PrepareResult {
  readonly attempt: number;
  /** The slot for the way back, on the side that is to receive authority. */
  readonly slot: string;
}

export interface DropOldSlotsResult {
  readonly dropped: readonly string[];
}
