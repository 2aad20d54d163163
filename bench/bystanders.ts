import type { Client } from 'pg';
import { percentile, table } from './report';
import { patiently } from '../src/cutover/patience';
import { TOOLS } from '../src/cutover/tools';
import { APPLICATION, Pair } from '../test/support/pair';

const TRANSACTION_MS = 4_000;
const BYSTANDERS = 8;
const DDL = `
  CREATE SCHEMA app;
  CREATE TABLE app.payment (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, amount bigint NOT NULL);
  GRANT USAGE ON SCHEMA app TO ${APPLICATION};
  GRANT ALL ON ALL TABLES IN SCHEMA app TO ${APPLICATION};`;

/** What others wait while the closing waits for a transaction of four seconds. */
export async function bystanders(): Promise<string> {
  const pair = await Pair.create({ ddl: DDL });
  try {
    await pair.arm('source');
    const long = await pair.app('source');
    const others = await Promise.all(Array.from({ length: BYSTANDERS }, async () => pair.app('source')));
    const closing = new AbortController();
    const waits = Promise.all(others.map(async (client) => writeUntilRefused(client, closing.signal)));
    await long.query('BEGIN; INSERT INTO app.payment (amount) VALUES (1)');
    const end = TOOLS.sleep(TRANSACTION_MS).then(async () => long.query('COMMIT'));
    const session = await pair.databases().on('source');
    const begin = performance.now();
    let tries = 0;
    await patiently(async () => {
      tries++;
      await session.query('SELECT payment_migration.close(1, 100)');
    }, { what: 'closing', deadline: begin + 30_000, pauseMs: 400, tools: TOOLS });
    const closedAfter = performance.now() - begin;
    await end;
    closing.abort();
    const all = (await waits).flat();
    return table(['transaction in the way, ms', 'closed after, ms', 'tries', 'writes of bystanders', 'p50, ms', 'p99, ms', 'worst, ms'], [[
      `${TRANSACTION_MS}`, closedAfter.toFixed(0), `${tries}`, `${all.length}`, percentile(all, 0.5).toFixed(1), percentile(all, 0.99).toFixed(1), Math.max(...all).toFixed(1),
    ]]);
  } finally {
    await pair.remove();
  }
}

/** How long each write took, up to the one that the closed gate refused. */
async function writeUntilRefused(client: Client, signal: AbortSignal): Promise<number[]> {
  const waits: number[] = [];
  while (!signal.aborted) {
    const begin = performance.now();
    const accepted = await client.query('INSERT INTO app.payment (amount) VALUES (1)').then(() => true, () => false);
    if (!accepted) break;
    waits.push(performance.now() - begin);
    await TOOLS.sleep(5);
  }
  return waits;
}
