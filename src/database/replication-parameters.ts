import { Token } from 'aws-cdk-lib';
import { invalidInput } from '../core';

/**
 * Logical replication is on on both sides from the start: switching it on takes a restart, and at the cutover there is no time for one.
 *
 * https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Source.PostgreSQL.html
 */
const EXACTLY = {
  'rds.logical_replication': '1',
  'rds.force_ssl': '1',
};

/**
 * A slot and a sender for each of the three tasks and for the way back, doubled while one replaces another; the rest is for what else reads.
 * A sender more than slots is for what copies the base of a new replica. A sender that nobody hears from for a minute is given up.
 */
const AT_LEAST = {
  max_replication_slots: '20',
  max_wal_senders: '25',
  max_logical_replication_workers: '8',
  max_worker_processes: '16',
  wal_sender_timeout: '60000',
};

/** The server parameters of a database in a migration, with the user's own. */
export function replicationParameters(given: Record<string, string> = {}): Record<string, string> {
  for (const [name, needed] of Object.entries(EXACTLY)) {
    const value = given[name];
    if (value !== undefined && !Token.isUnresolved(value) && value !== needed) throw invalidInput(`parameters.${name}`, value, `'${needed}'`);
  }
  for (const [name, needed] of Object.entries(AT_LEAST)) {
    const value = given[name];
    if (value === undefined || Token.isUnresolved(value)) continue;
    // The documented alternative to a long time-out is none at all.
    if (name === 'wal_sender_timeout' && value === '0') continue;
    if (!(Number(value) >= Number(needed))) throw invalidInput(`parameters.${name}`, value, `a number from ${needed} up`);
  }
  return { ...EXACTLY, ...AT_LEAST, ...given };
}
