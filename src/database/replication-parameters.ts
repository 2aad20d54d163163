import { Token } from 'aws-cdk-lib';
import { invalidInput } from '../core';

/** How a value is judged, and what the error says is allowed. */
interface Rule {
  readonly allows: (value: string) => boolean;
  readonly allowed: string;
}

const exactly = (needed: string): Rule => ({ allows: (value) => value === needed, allowed: `'${needed}'` });
const atLeast = (lowest: number): Rule => ({ allows: (value) => isWhole(value) && Number(value) >= lowest, allowed: `a whole number from ${lowest} up` });
const zeroOr = (lowest: number, highest: number): Rule => ({
  allows: (value) => isWhole(value) && (Number(value) === 0 || (Number(value) >= lowest && Number(value) <= highest)),
  allowed: `0, or a whole number from ${lowest} to ${highest}`,
});

/** What the migration sets, and how far a user may move it. */
interface Needed extends Rule {
  readonly value: string;
}

const SLOTS = 20;
const SPARE_SENDERS = 5;

/**
 * Logical replication is on on both sides from the start: switching it on takes a restart, and at the cutover there is no time for one.
 *
 * Slots: one for each of the three tasks and for the way back, doubled while one replaces another; the rest is for what else reads.
 * Senders: some more than slots, since copying the base of a new replica takes some as well.
 * Worker processes: DMS wants as many as the workers of logical replication, autovacuum and parallel queries together.
 *
 * https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Source.PostgreSQL.html
 */
const NEEDED: Readonly<Record<string, Needed>> = {
  'rds.logical_replication': { value: '1', ...exactly('1') },
  'rds.force_ssl': { value: '1', ...exactly('1') },
  'max_replication_slots': { value: String(SLOTS), ...atLeast(SLOTS) },
  'max_wal_senders': { value: String(SLOTS + SPARE_SENDERS), ...atLeast(SLOTS + SPARE_SENDERS) },
  'max_logical_replication_workers': { value: '8', ...atLeast(8) },
  'max_worker_processes': { value: 'GREATEST({DBInstanceVCPU*2},32)', ...atLeast(32) },
  // Milliseconds. DMS bears from ten seconds to five minutes; below a minute a busy task would be cut off.
  'wal_sender_timeout': { value: '60000', ...zeroOr(60_000, 299_999) },
};

/** What the migration leaves as it is, and nobody may set so that a slot or a task is lost. */
const LEFT_ALONE: Readonly<Record<string, Rule>> = {
  max_slot_wal_keep_size: exactly('-1'),
  idle_in_transaction_session_timeout: zeroOr(86_400_000, 2_147_483_647),
};

/** The server parameters of a database in a migration, with the user's own. */
export function replicationParameters(given: Record<string, string> = {}): Record<string, string> {
  for (const [name, { allows, allowed }] of Object.entries<Rule>({ ...NEEDED, ...LEFT_ALONE })) {
    const value = given[name];
    if (value !== undefined && isKnown(value) && !allows(value)) throw invalidInput(`parameters.${name}`, value, allowed);
  }
  const needed: Record<string, string> = Object.fromEntries(Object.entries(NEEDED).map(([name, { value }]) => [name, value]));
  const parameters = { ...needed, ...sendersFor(given.max_replication_slots), ...given };
  const { max_replication_slots: slots, max_wal_senders: senders } = parameters;
  if (isKnown(slots) && isKnown(senders) && Number(senders) <= Number(slots)) {
    throw invalidInput('parameters.max_wal_senders', senders, `more than the ${slots} of max_replication_slots`);
  }
  return parameters;
}

/** More slots need more senders, which a user need not work out. */
function sendersFor(slots: string | undefined): Record<string, string> {
  return slots !== undefined && isKnown(slots) ? { max_wal_senders: String(Number(slots) + SPARE_SENDERS) } : {};
}

/** Neither a token nor a formula over the instance class, which RDS resolves. */
function isKnown(value: string): boolean {
  return !Token.isUnresolved(value) && !value.includes('{');
}

function isWhole(value: string): boolean {
  return /^\d+$/.test(value);
}
