import { escapeIdentifier, escapeLiteral, type Client } from 'pg';
import { DataProblem } from './data-problem';
import { cut, connectReader, connectWriter } from './endpoint-client';
import { copyBetween } from './table-copy';
import { targetTables, type TargetTable } from './target-table';
import type { Task } from './task';
import { replicatedTables } from '../tables';

const CONNECTIONS = 4;

export interface FullLoadOptions {
  readonly task: Task;
  /** An earlier load was cut off: what it copied is deleted first. */
  readonly again: boolean;
  readonly onBytes: (count: number) => void;
}

/**
 * Makes the slot and copies every row as it was at that moment, table by table over several connections.
 *
 * DMS takes each table at a moment of its own and settles the overlap with the log; one moment for all gives the same in the end.
 */
export async function fullLoad(options: FullLoadOptions): Promise<void> {
  const { task, again } = options;
  const clients: Client[] = [];
  let over = false;
  const keep = async (connecting: Promise<Client>) => {
    const client = await connecting;
    clients.push(client);
    // Another copy has failed meanwhile.
    if (over) cut(client);
    return client;
  };
  try {
    const [plain, writer] = [await keep(connectReader(task.giver)), await keep(connectWriter(task.taker))];
    const there = await targetTables(writer);
    const tables = (await replicatedTables(plain)).map(({ name }) => {
      const table = there.get(name);
      if (table === undefined) throw new DataProblem(`${name}: not there on the taker; make the schemas of both sides alike`);
      return table;
    });
    if (again) await writer.query(`TRUNCATE ${tables.map(({ name }) => `ONLY ${name}`).join(', ')}`);
    await plain.query('SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = $1', [task.slot]);

    // The snapshot is there as long as this connection does nothing else.
    const replication = await keep(connectReader(task.giver, { replication: 'database' }));
    const { rows: [{ snapshot_name: snapshot }] } = await replication.query<{ snapshot_name: string }>(
      `CREATE_REPLICATION_SLOT ${escapeIdentifier(task.slot)} LOGICAL test_decoding (SNAPSHOT 'export')`,
    );
    const queue = [...tables];
    const copies = Array.from({ length: CONNECTIONS }, async () => {
      const [from, to] = [await keep(connectReader(task.giver)), await keep(connectWriter(task.taker))];
      await from.query(`BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET TRANSACTION SNAPSHOT ${escapeLiteral(snapshot)}`);
      for (let table = queue.shift(); table !== undefined; table = queue.shift()) await copy(from, to, table, options.onBytes);
    });
    await Promise.all(copies);
  } finally {
    over = true;
    clients.forEach(cut);
  }
}

async function copy(from: Client, to: Client, { name, columns }: TargetTable, onBytes: (count: number) => void): Promise<void> {
  const list = [...columns.values()].join(', ');
  await copyBetween(from, `COPY ${name} (${list}) TO STDOUT`, to, `COPY ${name} (${list}) FROM STDIN`, onBytes);
}
