import type { Client } from 'pg';
import { PASSES, STOPPED_BY_EVENT_TRIGGERS, type Pass } from './gate-passes';
import { DDL } from './gate-schema';
import { as, close, contentsOf, errorOf, MAJORS, pairOf, run } from './gate-support';
import type { Pair } from '../support/pair';

describe.each(MAJORS)('what passes a closed gate on PostgreSQL %i', (major) => {
  let pair: Pair;
  let admin: Client;

  beforeAll(async () => {
    pair = await pairOf(major, { ddl: DDL, majors: { source: major, target: major } });
    admin = await pair.admin('source');
    const { target } = pair.servers;
    await target.createDatabase('elsewhere');
    const other = await target.connect('elsewhere');
    await other.query('CREATE TABLE public.elsewhere (id int)');
    await other.end();
    await admin.query(`
      CREATE EXTENSION postgres_fdw;
      CREATE SERVER elsewhere FOREIGN DATA WRAPPER postgres_fdw
        OPTIONS (host '${target.host}', port '${target.port}', dbname 'elsewhere', sslmode 'verify-full', sslrootcert '${target.certificateAuthorityFile}');
      CREATE USER MAPPING FOR postgres SERVER elsewhere OPTIONS (user '${target.username}', password '${target.password}');
      CREATE FOREIGN TABLE public.elsewhere (id int) SERVER elsewhere`);
    await admin.query('GRANT CREATE ON SCHEMA public TO payments_owner; GRANT USAGE ON SEQUENCE public.audit_id_seq TO payments_app');
    await pair.arm('source', { ignoredSchemas: ['outside'] });
    await as(pair, 'source', 'migration', (client) => close(client, 1));
  });

  afterAll(() => pair?.remove());

  /** Rows of tables that have a gate. */
  async function gated(): Promise<string> {
    return (await contentsOf(admin)).split('\n').filter((line) => !/^(outside|awsdms_|public\.awsdms_)/.test(line)).join('\n');
  }

  test.each([...PASSES.harmless, ...PASSES.deliberate])('$title', async ({ login, statements, shown, as: said, changesRows }: Pass) => {
    const before = await gated();
    await as(pair, 'source', login ?? 'application', (client) => run(client, statements));
    if (shown !== undefined) expect((await admin.query(shown)).rows).toEqual([{ shown: said }]);
    if (changesRows ?? false) expect(await gated()).not.toBe(before);
    else expect(await gated()).toBe(before);
  });
});

test('event triggers refuse what an owner or a superuser could do after the closing', async () => {
  const pair = await pairOf(18, { ddl: DDL, superuser: true });
  try {
    await (await pair.admin('source')).query('GRANT CREATE ON SCHEMA public TO payments_owner');
    await pair.arm('source', { ignoredSchemas: ['outside'] });
    await as(pair, 'source', 'migration', (client) => close(client, 1));
    const admin = await pair.admin('source');
    const before = await contentsOf(admin);
    for (const { login, statements } of STOPPED_BY_EVENT_TRIGGERS) {
      const error = await errorOf(as(pair, 'source', login ?? 'application', (client) => run(client, statements)));
      expect(error).toMatchObject({ code: '25006', detail: 'PM002: schema is frozen' });
    }
    expect(await contentsOf(admin)).toBe(before);
  } finally {
    await pair.remove();
  }
});
