import { pgbench, type Measured } from './pgbench';
import { median, table } from './report';
import { APPLICATION, DATABASE, Pair } from '../test/support/pair';

const CLIENTS = [2, 16, 64];
const ROUNDS = 5;
const SECONDS = 3;

/** The same tables three times: those in `gated` have gates, the others have none. What differs between these two is the measuring's own. */
const SCHEMAS = ['plain', 'gated', 'control'] as const;
type Schema = typeof SCHEMAS[number];
type Turns = Readonly<Record<Schema, readonly Measured[]>>;

const DDL = SCHEMAS.map((schema) => `
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
  const pair = await Pair.create({ ddl: DDL, settings: { shared_buffers: '512MB', max_wal_size: '8GB', checkpoint_timeout: '1h' } });
  try {
    await pair.arm('source', { ignoredSchemas: ['plain', 'control'] });
    const server = pair.servers.source;
    const connection = (commit: 'on' | 'off') => `host=localhost port=${server.port} dbname=${DATABASE} user=${APPLICATION} password=${APPLICATION}
      sslmode=verify-full sslrootcert=${server.certificateAuthorityFile} options='-c synchronous_commit=${commit}'`.replace(/\s+/g, ' ');
    // Without waiting for disks: what is measured is the processor's time, of which a gate takes its part.
    const atPeak = async (scripts: (schema: string) => string[], clients: number) => (
      inTurns((schema) => pgbench({ connection: connection('off'), scripts: scripts(schema), clients, seconds: SECONDS })));
    // As payments are made: a commit is on the disk.
    const calmly = async (scripts: (schema: string) => string[], clients: number) => {
      const durable = (schema: Schema, rate?: number) => pgbench({ connection: connection('on'), scripts: scripts(schema), clients, seconds: SECONDS, rate });
      const peaks = [await durable('plain'), await durable('gated')];
      const half = Math.min(...peaks.map(({ tps }) => tps)) / 2;
      return inTurns((schema) => durable(schema, half));
    };
    const rows: string[][] = [];
    for (const [workload, scripts] of Object.entries({ 'payments, both lock orders': mix, 'single INSERTs': single })) {
      for (const clients of CLIENTS) rows.push([workload, `${clients}`, 'peak, tx/s', ...figures(await atPeak(scripts, clients), ({ tps }) => tps, 0)]);
    }
    for (const clients of CLIENTS) {
      rows.push(['payments, both lock orders', `${clients}`, 'median latency at half of the peak, commits on disk, ms',
        ...figures(await calmly(mix, clients), ({ latencyMs }) => latencyMs, 2)]);
    }
    return table(['workload', 'clients', 'measured', 'without gate', 'with gate', 'ratio', 'of two without'], rows);
  } finally {
    await pair.remove();
  }
}

/** One after the other and again, so that what disturbs the machine disturbs all. */
async function inTurns(measure: (schema: Schema) => Promise<Measured>): Promise<Turns> {
  const turns: Record<Schema, Measured[]> = { plain: [], gated: [], control: [] };
  for (let round = 0; round < ROUNDS; round++) {
    for (const schema of SCHEMAS) turns[schema].push(await measure(schema));
  }
  return turns;
}

/** Medians, and the median of the rounds' ratios. */
function figures({ plain, gated, control }: Turns, figure: (measured: Measured) => number, digits: number): string[] {
  const ratio = (others: readonly Measured[]) => median(others.map((measured, index) => figure(measured) / figure(plain[index]))).toFixed(2);
  return [median(plain.map(figure)).toFixed(digits), median(gated.map(figure)).toFixed(digits), ratio(gated), ratio(control)];
}
