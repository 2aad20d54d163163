import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { runInThisContext } from 'node:vm';
import type { ClientConfig } from 'pg';
import * as ts from 'typescript';
import { eventually } from '../cutover/support/eventually';
import { Migration } from '../cutover/support/migration';
import { APPLICATION, DATABASE } from '../support/pair';

jest.setTimeout(60_000);

type Provider = (key: string, amount: number) => Promise<string>;
/** What the page's code exports. */
interface Code {
  readonly hostsOf: (env: NodeJS.ProcessEnv, ssl: ClientConfig['ssl']) => ClientConfig[];
  readonly pay: (hosts: ClientConfig[], charge: Provider, key: string, amount: number) => Promise<string>;
}

const page = readFileSync(join(__dirname, '../../docs/service-contract.md'), 'utf8');
const block = (language: string) => new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'ms').exec(page)![1];

function codeOfThePage(): Code {
  const { outputText } = ts.transpileModule(block('ts'), { compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 } });
  const exported = {};
  const run = runInThisContext(`(function (require, exports) {${outputText}\n})`) as (require: NodeJS.Require, exports: object) => void;
  run(require, exported);
  return exported as Code;
}

const { hostsOf, pay } = codeOfThePage();
let migration: Migration;
let hosts: ClientConfig[];
/** What the provider charged, by key: it answers a key that it knows with the same id. */
const charged = new Map<string, string>();
const charge: Provider = async (key) => {
  charged.set(key, charged.get(key) ?? `provider-${charged.size}`);
  return charged.get(key)!;
};

beforeAll(async () => {
  migration = await Migration.loaded({ ddl: `${block('sql')} GRANT ALL ON payment, entry TO ${APPLICATION};` });
  const { source, target } = migration.pair.servers;
  const authorities = [source, target].map(({ certificateAuthority }) => certificateAuthority).filter((authority) => authority !== undefined);
  hosts = hostsOf({
    PGHOST: `${source.host},${target.host}`,
    PGPORT: `${source.port},${target.port}`,
    PGDATABASE: DATABASE,
    PGUSER: APPLICATION,
    PGPASSWORD: APPLICATION,
  }, authorities.length > 0 ? { ca: authorities } : undefined);
});
afterAll(async () => migration.remove());

test('the code of the page pays once for each key, while authority moves and moves back', async () => {
  const paid = new Map<string, string>();
  let stopped = false;
  const client = async (name: string) => {
    for (let n = 0; !stopped; n += 1) {
      const key = `${name}-${n}`;
      paid.set(key, await pay(hosts, charge, key, n + 1));
      // The client of the API asks again under its key, as after an answer that was lost.
      if (n % 3 === 0) expect(await pay(hosts, charge, key, n + 1)).toBe(paid.get(key));
    }
  };
  const clients = Promise.all(['a', 'b', 'c'].map(client));
  for (const authority of ['target', 'source'] as const) {
    await sleep(200);
    const result = await migration.transfer(await migration.prepared());
    expect(result).toMatchObject({ outcome: 'completed', authority });
    await migration.turnAround(result);
    const before = paid.size;
    await eventually('payments go on', () => paid.size > before + 10);
  }
  stopped = true;
  await clients;

  const admin = await migration.admin('source');
  const { rows: payments } = await admin.query<{ key: string; state: string; provider_id: string }>('SELECT key, state, provider_id FROM payment');
  expect(new Map(payments.map(({ key, provider_id: id }) => [key, id]))).toEqual(paid);
  expect(payments.filter(({ state }) => state !== 'settled')).toEqual([]);
  const { rows: entries } = await admin.query<{ key: string }>('SELECT key FROM entry');
  expect(entries.map(({ key }) => key).sort()).toEqual([...paid.keys()].sort());
  expect(charged).toEqual(paid);
});

test('a key is not taken for another payment', async () => {
  await pay(hosts, charge, 'key', 1);
  await expect(pay(hosts, charge, 'key', 2)).rejects.toThrow('key is the key of another payment');
});
