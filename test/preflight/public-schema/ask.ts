/**
 * Asks about the schema of django-oscar, which is fetched from PyPI: may it move, and are both sides equal, before and after some rows were
 * damaged? `npx tsx --tsconfig tsconfig.dev.json test/preflight/public-schema/ask.ts`. Needs Python 3.10 or newer.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Side, ValidationResult } from '../../../src/validation/contract';
import { LOGIN, OWNER, Preflighted } from '../support/preflighted';

const SIDES: readonly Side[] = ['source', 'target'];
const LEAST_TABLES = 50;
const ROWS = readFileSync(join(__dirname, 'rows.sql'), 'utf8');
const EMPTY = `DO $$ BEGIN
  EXECUTE (SELECT 'TRUNCATE ' || string_agg(format('public.%I', tablename), ', ') || ' CASCADE' FROM pg_tables WHERE schemaname = 'public');
END $$`;

/** What happens to the target, and how it must be told. */
const DAMAGE = `
  UPDATE order_order SET total_incl_tax = total_incl_tax + 0.01 WHERE id = 250;
  UPDATE catalogue_product SET title = title || ' ' WHERE id = 1;
  SET session_replication_role = replica;
  DELETE FROM payment_source WHERE id = 77;
  INSERT INTO django_session SELECT 'extra', session_data, expire_date FROM django_session LIMIT 1;
  RESET session_replication_role`;
const WANTED = [
  'public.catalogue_product {"id":"1"}: different in title',
  'public.django_session {"session_key":"extra"}: extra',
  'public.order_order {"id":"250"}: different in total_incl_tax',
  'public.payment_source {"id":"77"}: missing',
];

const run = (command: string, args: string[], env: Record<string, string> = {}) => {
  execFileSync(command, args, { cwd: __dirname, stdio: 'inherit', env: { ...process.env, ...env, PYTHONDONTWRITEBYTECODE: '1' } });
};

async function ask(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'public-schema-'));
  const pair = await Preflighted.create();
  try {
    const database = await pair.database();
    const urls = await makeTables(pair, database, folder);
    const [source, target] = await Promise.all(SIDES.map(async (side) => pair.admin(side, database)));
    await source.query(ROWS);
    await target.query(EMPTY);
    cli('preflight', urls);
    await target.query(ROWS);
    expectTold(cli('validate', urls), []);
    await target.query(DAMAGE);
    expectTold(cli('validate', urls), WANTED);
  } finally {
    await pair.remove();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** By the application's own migrations, run by the tables' owner. */
async function makeTables(pair: Preflighted, database: string, folder: string): Promise<Record<Side, string>> {
  const python = join(folder, 'bin/python');
  run('python3', ['-m', 'venv', folder]);
  run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--requirement', 'requirements.txt']);
  const urls: Partial<Record<Side, string>> = {};
  for (const side of SIDES) {
    const { port, certificateAuthorityFile } = pair.servers[side];
    const admin = await pair.admin(side, database);
    await admin.query(`ALTER ROLE ${OWNER} LOGIN PASSWORD '${OWNER}'; CREATE SCHEMA IF NOT EXISTS public; GRANT ALL ON SCHEMA public TO ${OWNER};
      GRANT CREATE ON DATABASE ${database} TO ${LOGIN}`);
    run(python, ['-m', 'django', 'migrate', '--verbosity', '0'], {
      DJANGO_SETTINGS_MODULE: 'settings', SHOP_DATABASE: database, SHOP_LOGIN: OWNER, SHOP_PASSWORD: OWNER, SHOP_PORT: String(port), SHOP_AUTHORITY: certificateAuthorityFile,
    });
    urls[side] = `postgresql://${LOGIN}:${LOGIN}@localhost:${port}/${database}?sslrootcert=${certificateAuthorityFile}`;
    const { rows: [{ tables }] } = await admin.query<{ tables: number }>("SELECT count(*)::int AS tables FROM pg_tables WHERE schemaname = 'public'");
    process.stdout.write(`${side}: ${tables} tables\n`);
    if (tables < LEAST_TABLES) throw new Error(`${tables} tables were made, not ${LEAST_TABLES} or more`);
  }
  return urls as Record<Side, string>;
}

/** Shows what a person sees, and gives the JSON. */
function cli(command: 'preflight' | 'validate', { source, target }: Record<Side, string>): ValidationResult {
  const json = join(mkdtempSync(join(tmpdir(), 'public-schema-')), 'result.json');
  try {
    const { status } = spawnSync('npm', ['run', '-s', 'cli', '--', command, '--source', source, '--target', target, '--json', json], { stdio: ['ignore', 'inherit', 'ignore'] });
    process.stdout.write(`${command}: exit status ${status}\n\n`);
    return JSON.parse(readFileSync(json, 'utf8')) as ValidationResult;
  } finally {
    rmSync(join(json, '..'), { recursive: true, force: true });
  }
}

function expectTold({ equal, tables }: ValidationResult, wanted: readonly string[]): void {
  const told = tables.flatMap(({ table, confirmed }) => (
    confirmed.map(({ key, kind, columns }) => `${table} ${JSON.stringify(key)}: ${kind}${columns.length > 0 ? ` in ${columns.join(', ')}` : ''}`)));
  const others = tables.filter(({ refused, unresolved, rows }) => refused.length + unresolved.length > 0 || rows === 0).map(({ table }) => table);
  if (JSON.stringify(told.sort()) !== JSON.stringify(wanted)) throw new Error(`validate: got ${told.join('; ')}, expected: ${wanted.join('; ')}`);
  if (others.length > 0) throw new Error(`validate: not all of these were compared: ${others.join(', ')}`);
  if (equal !== (wanted.length === 0)) throw new Error(`validate: it said ${equal ? 'equal' : 'not equal'}`);
}

ask().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
