import { using, type LocalDatabase } from './sides';
import { copySlots } from './subscription';

/** Longer than a slot and the state of its table differ while all goes well. */
const PATIENCE_MS = 3_000;

/**
 * Sees when a table can never become ready.
 *
 * PostgreSQL drops the slot of a table's copy on the giver before it has written down on the taker that the copy is over. A giver that
 * crashes in between leaves a table that waits for a slot that is gone, and tries again for ever.
 */
export class LostCopy {
  private missing = new Map<string, number>();

  constructor(private readonly giver: LocalDatabase, private readonly taker: LocalDatabase, private readonly subscription: string) {}

  async isThere(): Promise<boolean> {
    const slots = await using(this.taker, async (client) => copySlots(client, this.subscription));
    const { rows } = await using(this.giver, async (client) => client.query<{ slot: string }>(
      'SELECT slot FROM unnest($1::name[]) slot WHERE slot NOT IN (SELECT slot_name FROM pg_replication_slots)', [slots],
    ));
    const now = Date.now();
    this.missing = new Map(rows.map(({ slot }) => [slot, this.missing.get(slot) ?? now]));
    return [...this.missing.values()].some((since) => now - since > PATIENCE_MS);
  }

  forget(): void {
    this.missing.clear();
  }
}
