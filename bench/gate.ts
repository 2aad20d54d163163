import { pgbench, type Measured } from './pgbench';
import { median, table } from './report';
import { APPLICATION, DATABASE, Pair } from '../test/support/pair';

const CLIENTS = [2, 16, 64];
const ROUNDS = 5;
const SECONDS = 4;

/** The same tables twice: those in `gated` have gates, those in `plain` have none. */
const DDL = ['gated', 'plain'].map((schema) => `
  CREATE SCHEMA ${schema};
  CREATE TABLE ${schema}.account (id integer PRIMARY KEY, balance bigint NOT NULL);
  INSERT INTO ${schema}.account SELECT i, 0 FROM generate_series(1, 1000) i;
  CREATE TABLE ${schema}.payment (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, key uuid NOT NULL UNIQUE, account integer NOT NULL, amount bigint NOT NULL);
  CREATE TABLE ${schema}.ledger (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, payment bigint NOT NULL, amount bigint NOT NULL);
  GRANT USAGE ON SCHEMA ${schema} TO ${APPLICATION};
  GRANT ALL ON ALL TABLES IN SCHEMA ${schema} TO ${APPLICATION};`).join('\n');

/** Both orders in which payment services take their locks. */
const mix = (schema: string) => [`
\\set account random(1, 1000)
BEGIN;
INSERT INTO ${schema}.payment (key, account, amount) VALUES (gen_random_uuid(), :account, 100) RETURNING id AS payment \\gset
INSERT INTO ${schema}.ledger (payment, amount) VALUES (:payment, 100), (:payment, -100);
UPDATE ${schema}.account SET balance = balance + 100 WHERE id = :account;
COMMIT;
`, `
\\set account random(1, 1000)
BEGIN;
SELECT balance FROM ${schema}.account WHERE id = :account FOR UPDATE;
INSERT INTO ${schema}.payment (key, account, amount) VALUES (gen_random_uuid(), :account, 100) RETURNING id AS payment \\gset
INSERT INTO ${schema}.ledger (payment, amount) VALUES (:payment, 100), (:payment, -100);
COMMIT;
`];

/** The dearest case for a gate: nothing else is done. */
const single = (schema: string) => [`INSERT INTO ${schema}.ledger (payment, amount) VALUES (1, 100);\n`];

export async function gate(): Promise<string> {
  // Without waiting for disks: what is measured is the processor's time, of which a gate takes its part.
  const pair = await Pair.create({ ddl: DDL, settings: { synchronous_commit: 'off', shared_buffers: '512MB', max_wal_size: '8GB', checkpoint_timeout: '1h' } });
  try {
    await pair.arm('source', { ignoredSchemas: ['plain'] });
    const server = pair.servers.source;
    const connection = `host=localhost port=${server.port} dbname=${DATABASE} user=${APPLICATION} password=${APPLICATION} sslmode=verify-full sslrootcert=${server.certificateAuthorityFile}`;
    const measure = async (scripts: readonly string[], clients: number, rate?: number) => (
      pgbench({ connection, scripts, clients, seconds: SECONDS, rate })
    );
    const rows: string[][] = [];
    for (const [workload, scripts] of Object.entries({ 'payments, both lock orders': mix, 'single INSERTs': single })) {
      for (const clients of CLIENTS) {
        const { plain, gated } = await inTurns((schema) => measure(scripts(schema), clients));
        rows.push([workload, `${clients}`, 'peak, tx/s', peak(plain).toFixed(0), peak(gated).toFixed(0), ratio(plain, gated, ({ tps }) => tps)]);
        // Of the lower peak: the same rate is half of what both can do, or less.
        const half = Math.min(peak(plain), peak(gated)) / 2;
        const calm = await inTurns((schema) => measure(scripts(schema), clients, half));
        rows.push([workload, `${clients}`, 'median latency at half of the peak, ms', latency(calm.plain).toFixed(2), latency(calm.gated).toFixed(2), ratio(calm.plain, calm.gated, ({ latencyMs }) => latencyMs)]);
      }
    }
    return table(['workload', 'clients', 'measured', 'without gate', 'with gate', 'ratio'], rows);
  } finally {
    await pair.remove();
  }
}

/** One after the other and again, so that what disturbs the machine disturbs both. */
async function inTurns(measure: (schema: string) => Promise<Measured>): Promise<{ readonly plain: Measured[]; readonly gated: Measured[] }> {
  const plain: Measured[] = [];
  const gated: Measured[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    plain.push(await measure('plain'));
    gated.push(await measure('gated'));
  }
  return { plain, gated };
}

function peak(results: readonly Measured[]): number {
  return median(results.map(({ tps }) => tps));
}

function latency(results: readonly Measured[]): number {
  return median(results.map(({ latencyMs }) => latencyMs));
}

function ratio(plain: readonly Measured[], gated: readonly Measured[], figure: (measured: Measured) => number): string {
  return median(gated.map((measured, index) => figure(measured) / figure(plain[index]))).toFixed(2);
}
