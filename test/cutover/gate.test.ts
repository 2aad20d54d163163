import type { Client } from 'pg';
import { DDL } from './gate-schema';
import { as, close, contentsOf, errorOf, MAJORS, pairOf, reopen, run } from './gate-support';
import { WAYS, type Way } from './gate-ways';
import { OWNER, type Pair } from '../support/pair';

const REFUSED = {
  code: '25006',
  detail: expect.stringMatching(/^PM001: writes moved/) as string,
  hint: expect.stringContaining('Connect again') as string,
};
/** A database without a gate, to compare with. */
const PLAIN = 'plain';

describe.each(MAJORS)('the gate on PostgreSQL %i', (major) => {
  let pair: Pair;
  let migration: Client;
  let admin: Client;
  let plain: Client;
  let target: Client;
  let attempt = 0;

  beforeAll(async () => {
    // The closed side has this major in the other pair.
    pair = await pairOf(major, { majors: { source: major, target: major } });
    admin = await pair.admin('source');
    target = await pair.admin('target');
    await admin.query(`CREATE DATABASE ${PLAIN} OWNER ${OWNER}`);
    plain = await pair.servers.source.connect(PLAIN);
    await plain.query(`SET ROLE ${OWNER}; ${DDL}`);
    await plain.query('RESET ROLE');
    await pair.arm('source', { ignoredSchemas: ['outside'] });
    await pair.arm('target', { ignoredSchemas: ['outside'] });
    migration = await pair.servers.source.connect('payments', { user: 'payment_migration', password: 'payment_migration' });
  });

  afterAll(async () => {
    await migration?.end();
    await plain?.end();
    await pair?.remove();
  });

  /** All of it on a side whose gate is open, or that has none. */
  async function through(way: Way, database: string): Promise<unknown> {
    return as(pair, 'source', way.login ?? 'application', (client) => run(client, [...way.before ?? [], ...way.write], way.rows), database);
  }

  async function expectRefused(way: Way, client: Client): Promise<void> {
    const error = await errorOf(run(client, way.write, way.rows));
    expect(error).toMatchObject(REFUSED);
    expect(error.message).toContain(` on ${way.at ?? 'public.payment'}: this database does not accept writes now`);
  }

  describe.each([...WAYS])('$kind', ({ ways }) => {
    test.each([...ways])('$title', async (way) => {
      await plain.query('CALL public.fill()');
      await admin.query('CALL public.fill()');
      const before = await contentsOf(admin);
      expect(before).toBe(await contentsOf(plain));

      const results = await through(way, PLAIN);
      if (way.neverPasses) {
        expect(await errorOf(through(way, 'payments'))).toMatchObject({ code: '25006', detail: expect.stringMatching(/^PM003: TRUNCATE is refused/) as string });
      } else {
        expect(await through(way, 'payments')).toEqual(results);
        expect(await contentsOf(admin)).toBe(await contentsOf(plain));
      }

      await admin.query('CALL public.fill()');
      await as(pair, 'source', way.login ?? 'application', async (client) => {
        await run(client, way.before ?? []);
        await close(migration, attempt + 1);
        try {
          await expectRefused(way, client);
        } finally {
          await reopen(migration, attempt + 1);
          attempt += 2;
        }
      });
      expect(await contentsOf(admin)).toBe(before);

      if (way.needsOpening) return;
      const closed = await contentsOf(target);
      await as(pair, 'target', way.login ?? 'application', async (client) => {
        await run(client, way.before ?? []);
        await expectRefused(way, client);
      });
      expect(await contentsOf(target)).toBe(closed);
    });
  });
});
