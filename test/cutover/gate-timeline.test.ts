import { DDL } from './gate-schema';
import { errorOf, MAJORS, pairOf } from './gate-support';
import { LocalServer } from '../../cli/src/servers';
import { arm } from '../../src/cutover/arm';
import type { ArmRequest } from '../../src/cutover/contract';
import { Databases } from '../../src/cutover/databases';
import { TOOLS } from '../../src/cutover/tools';
import { APPLICATION, DATABASE, MIGRATION, type Pair } from '../support/pair';

const PAY = "INSERT INTO public.payment (reference) VALUES ('new')";

describe.each(MAJORS)('a promoted standby of the open source on PostgreSQL %i', (major) => {
  let pair: Pair;
  let standby: LocalServer;

  beforeAll(async () => {
    pair = await pairOf(major, { ddl: DDL, majors: { source: major, target: major } });
    await pair.arm('source', { ignoredSchemas: ['outside'] });
    standby = await LocalServer.standbyOf(pair.servers.source, { synchronous: true });
    await (await pair.app('source')).query(PAY.replace('new', 'before'));
  });

  afterAll(async () => {
    await standby?.remove();
    await pair?.remove();
  });

  async function write(reference: string): Promise<void> {
    const client = await standby.connect(DATABASE, { user: APPLICATION, password: APPLICATION });
    await client.query(PAY.replace('new', reference)).finally(() => client.end());
  }

  async function armStandby(request: Partial<ArmRequest> = {}): Promise<unknown> {
    const databases = new Databases({
      references: { source: { secretId: 'source', databaseName: DATABASE }, target: { secretId: 'target', databaseName: DATABASE } },
      readSecret: async () => JSON.stringify({
        username: MIGRATION, password: MIGRATION, host: standby.host, port: standby.port, certificateAuthority: standby.certificateAuthority,
      }),
    });
    return arm(databases, { action: 'arm', side: 'source', ignoredSchemas: ['outside'], ...request }, TOOLS).finally(() => databases.end());
  }

  test('comes up with its gate closed, though its sequence says that it is open', async () => {
    // In a session that was there before the promotion, too.
    const early = await standby.connect(DATABASE, { user: APPLICATION, password: APPLICATION });
    expect(await errorOf(early.query(PAY))).toMatchObject({ code: '25006', detail: undefined });
    await standby.promote();
    const refused = { code: '25006', detail: 'PM001: writes moved' };
    expect(await errorOf(early.query(PAY))).toMatchObject(refused);
    await early.end();
    expect(await errorOf(write('after'))).toMatchObject(refused);
    const admin = await standby.connect(DATABASE);
    const { rows } = await admin.query('SELECT state, (SELECT last_value::int FROM payment_migration.gate) AS gate FROM payment_migration.authority');
    await admin.end();
    expect(rows).toEqual([{ state: 'open', gate: 1 }]);
  });

  test('is not armed again by itself', async () => {
    await expect(armStandby()).rejects.toMatchObject({ name: 'FailoverDetected' });
    expect(await errorOf(write('after'))).toMatchObject({ code: '25006' });
  });

  test('opens when a person has accepted it', async () => {
    await expect(armStandby({ acceptNewIdentity: 'a person' })).resolves.toMatchObject({ state: 'open' });
    await write('after');
    const admin = await standby.connect(DATABASE);
    const { rows } = await admin.query("SELECT reference FROM public.payment WHERE reference IN ('before', 'after') ORDER BY 1");
    await admin.end();
    expect(rows).toEqual([{ reference: 'after' }, { reference: 'before' }]);
  });
});
