import { escapeIdentifier, escapeLiteral, type Client } from 'pg';
import { inTransaction, type LocalDatabase } from './sides';

/** What a subscription is like, as its own database says. */
export interface SubscriptionState {
  readonly oid: string;
  readonly enabled: boolean;
  /** Null once the subscription is being ended. */
  readonly slot: string | null;
  /** Whether a process applies its changes now. */
  readonly working: boolean;
  /** Tables by what is being done with them: i and d and f and s while they are copied, r when they are ready. */
  readonly tables: string;
  readonly ready: boolean;
  /** Of copies under way. */
  readonly bytesCopied: string;
}

/** Undefined where there is none of this name. */
export async function readSubscription(client: Client, name: string): Promise<SubscriptionState | undefined> {
  const { rows } = await client.query<SubscriptionState>(`
    SELECT s.oid::text, s.subenabled AS enabled, s.subslotname::text AS slot,
      EXISTS (SELECT FROM pg_stat_subscription w WHERE w.subid = s.oid AND w.relid IS NULL AND w.pid IS NOT NULL) AS working,
      coalesce((SELECT string_agg(r.srsubstate::text, '' ORDER BY r.srrelid) FROM pg_subscription_rel r WHERE r.srsubid = s.oid), '') AS tables,
      NOT EXISTS (SELECT FROM pg_subscription_rel r WHERE r.srsubid = s.oid AND r.srsubstate <> 'r') AS ready,
      coalesce((SELECT sum(p.bytes_processed) FROM pg_stat_progress_copy p WHERE p.datid = s.subdbid), 0)::text AS "bytesCopied"
    FROM pg_subscription s JOIN pg_database d ON d.oid = s.subdbid
    WHERE s.subname = $1 AND d.datname = current_database()`, [name]);
  return rows[0];
}

/** Slots of tables whose copy is done and whose changes since then are still to be read from there. */
export async function copySlots(client: Client, name: string): Promise<string[]> {
  const { rows } = await client.query<{ slot: string }>(`
    SELECT format('pg_%s_sync_%s_%s', s.oid, r.srrelid, (SELECT system_identifier FROM pg_control_system())) AS slot
    FROM pg_subscription s JOIN pg_subscription_rel r ON r.srsubid = s.oid WHERE s.subname = $1 AND r.srsubstate = 'f'`, [name]);
  return rows.map(({ slot }) => slot);
}

export interface NewSubscription {
  readonly name: string;
  readonly publication: string;
  readonly giver: LocalDatabase;
  readonly slot: string;
}

/** With the certificate checked. The password stands in the catalog: the servers are thrown away. */
function from({ name, publication, giver }: NewSubscription): string {
  const connection = escapeLiteral(giver.server.conninfo(giver.database));
  return `CREATE SUBSCRIPTION ${escapeIdentifier(name)} CONNECTION ${connection} PUBLICATION ${escapeIdentifier(publication)}`;
}

/** Makes the slot too, copies all rows, and follows. */
export async function createWithCopy(client: Client, subscription: NewSubscription): Promise<void> {
  await client.query(`${from(subscription)} WITH (create_slot = true, copy_data = true, slot_name = ${escapeLiteral(subscription.slot)})`);
}

/** Copies nothing, and does nothing yet. */
export async function createDisabled(client: Client, subscription: NewSubscription): Promise<void> {
  await client.query(
    `${from(subscription)} WITH (create_slot = false, copy_data = false, enabled = false, slot_name = ${escapeLiteral(subscription.slot)})`,
  );
}

/**
 * Lets a disabled subscription begin: with transactions that commit at this position or behind it.
 *
 * That the origin was advanced is in the log but not yet on disk; the commit brings it there. Cut off before it, the subscription is
 * still disabled, and the same is done again.
 */
export async function beginAt(client: Client, name: string, oid: string, lsn: string): Promise<void> {
  await inTransaction(client, [
    `SELECT pg_replication_origin_advance('pg_${oid}', ${escapeLiteral(lsn)})`,
    `ALTER SUBSCRIPTION ${escapeIdentifier(name)} ENABLE`,
  ]);
}

/** No more changes after the one that is being applied. It forgets its slot, so that dropping it leaves the slot alone. */
export async function end(client: Client, name: string): Promise<void> {
  await inTransaction(client, [`ALTER SUBSCRIPTION ${escapeIdentifier(name)} DISABLE`, `ALTER SUBSCRIPTION ${escapeIdentifier(name)} SET (slot_name = NONE)`]);
}

export async function drop(client: Client, name: string): Promise<void> {
  await client.query(`DROP SUBSCRIPTION IF EXISTS ${escapeIdentifier(name)}`);
}
