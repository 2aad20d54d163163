import type { Side, WayBack } from './protocol';
import type { Replicator } from './replicator';
import { using, type LocalDatabase } from './sides';

interface Slot {
  readonly plugin: string;
  readonly database: string;
  readonly lost: boolean;
  readonly beyond: boolean;
  readonly confirmed: string;
  readonly written: string;
  readonly ahead: boolean;
}

/** Refuses a slot that a stream cannot start from without losing changes. */
export async function checkSlot(giver: Side, where: LocalDatabase, { slot, lsn }: WayBack, plugin: Replicator['plugin']): Promise<void> {
  const [found] = await using(where, async (client) => (await client.query<Slot>(`
    SELECT plugin::text, database::text, restart_lsn IS NULL OR coalesce(wal_status, '') = 'lost' AS lost, confirmed_flush_lsn > $2 AS beyond,
      confirmed_flush_lsn::text AS confirmed,
      pg_current_wal_insert_lsn()::text AS written, pg_current_wal_insert_lsn() < $2 AS ahead
    FROM pg_replication_slots WHERE slot_name = $1 AND slot_type = 'logical'`, [slot, lsn])).rows);
  const refuse = (got: string) => new Error(`slot ${slot} of the ${giver}: got ${got}; changes would be lost, so nothing was started`);
  if (!found) throw refuse('no such slot');
  if (found.database !== where.database) throw refuse(`one of the database ${found.database}, allowed: of ${where.database}`);
  if (found.plugin !== plugin) throw refuse(`one of the plugin ${found.plugin}, allowed: ${plugin}`);
  if (found.lost) throw refuse('one whose log is gone');
  if (found.ahead) throw refuse(`position ${lsn}, which has not been written: the log ends at ${found.written}`);
  if (found.beyond) throw refuse(`one that was read up to ${found.confirmed}, allowed: up to ${lsn}`);
}

/** Waits until nobody reads the slot, so that it can be dropped. */
export async function slotIsFree(where: LocalDatabase, slot: string): Promise<boolean> {
  return using(where, async (client) => {
    const { rows } = await client.query('SELECT FROM pg_replication_slots WHERE slot_name = $1 AND active', [slot]);
    return rows.length === 0;
  });
}
