/** Asks about the schema of django-oscar, which is fetched from PyPI: `npx tsx test/preflight/public-schema/ask.ts`. Needs Python 3.10 or newer. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LOGIN, OWNER, Preflighted } from '../support/preflighted';

const HERE = __dirname;
const run = (command: string, args: string[], env: Record<string, string> = {}) => {
  execFileSync(command, args, { cwd: HERE, stdio: 'inherit', env: { ...process.env, ...env, PYTHONDONTWRITEBYTECODE: '1' } });
};

async function ask(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'public-schema-'));
  const pair = await Preflighted.create();
  try {
    const python = join(folder, 'bin/python');
    run('python3', ['-m', 'venv', folder]);
    run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--requirement', 'requirements.txt']);
    const database = await pair.database();
    const url: Record<string, string> = {};
    for (const side of ['source', 'target'] as const) {
      const { port, certificateAuthorityFile } = pair.servers[side];
      const admin = await pair.admin(side, database);
      // The owner itself makes the tables.
      await admin.query(`ALTER ROLE ${OWNER} LOGIN PASSWORD '${OWNER}'; CREATE SCHEMA IF NOT EXISTS public; GRANT ALL ON SCHEMA public TO ${OWNER};
        GRANT CREATE ON DATABASE ${database} TO ${LOGIN}`);
      run(python, ['-m', 'django', 'migrate', '--verbosity', '0'], {
        DJANGO_SETTINGS_MODULE: 'settings', SHOP_DATABASE: database, SHOP_LOGIN: OWNER, SHOP_PASSWORD: OWNER, SHOP_PORT: String(port), SHOP_AUTHORITY: certificateAuthorityFile,
      });
      url[side] = `postgresql://${LOGIN}:${LOGIN}@localhost:${port}/${database}?sslrootcert=${certificateAuthorityFile}`;
      const { rows: [{ tables }] } = await admin.query<{ tables: number }>("SELECT count(*)::int AS tables FROM pg_tables WHERE schemaname = 'public'");
      process.stdout.write(`${side}: ${tables} tables\n`);
    }
    execFileSync('npm', ['run', '-s', 'cli', '--', 'preflight', '--source', url.source, '--target', url.target, ...process.argv.slice(2)], { stdio: 'inherit' });
  } finally {
    await pair.remove();
    rmSync(folder, { recursive: true, force: true });
  }
}

ask().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
