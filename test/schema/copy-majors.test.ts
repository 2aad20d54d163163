import { CLIENTS, type ClientMajor } from './support/clients';
import { copied, copyPhase } from './support/copy';
import { EVERYTHING, ROWS } from './support/everything';
import { countsOf, schemaOf } from './support/look';
import type { Major } from '../../cli/src/servers';
import { PHASES, STATUSES } from '../../src/schema/contract';
import { Pair } from '../support/pair';
import { describeWith } from '../support/required-tool';

jest.setTimeout(240_000);

describeWith(CLIENTS, 'majors', () => {
  let pair: Pair | undefined;

  afterEach(async () => {
    await pair?.remove();
    pair = undefined;
  });

  const pairOf = async (source: Major, target: Major): Promise<Pair> => {
    pair = await Pair.create({ ddl: '', majors: { source, target } });
    const admin = await pair.admin('source');
    await admin.query(`SET ROLE payments_owner; ${EVERYTHING}`);
    await admin.query(`RESET ROLE; ${ROWS}`);
    return pair;
  };

  test.each<[Major, Major, ClientMajor]>([[17, 17, 17], [17, 17, 18], [17, 18, 17], [18, 18, 18]])('%d to %d with clients of %d', async (source, target, client) => {
    const both = await pairOf(source, target);
    const { servers } = both;
    for (const phase of PHASES) {
      await copied(servers, phase, { client });
      if (phase === 'pre-data') await (await both.admin('target')).query(ROWS);
    }
    expect(schemaOf(servers.target)).toEqual(schemaOf(servers.source));
    const [there, here] = [await countsOf(await both.admin('source')), await countsOf(await both.admin('target'))];
    expect({ ...here, analyzed: 0 }).toEqual({ ...there, analyzed: 0 });
  });

  test('18 to 17 is refused', async () => {
    const { servers } = await pairOf(18, 17);
    const { status, result } = await copyPhase(servers, 'pre-data');
    expect({ status, state: result.state }).toEqual({ status: STATUSES['target-too-old'], state: 'target-too-old' });
  });

  test('roles that are made own what they own on the source, and cannot log in', async () => {
    const both = await pairOf(17, 18);
    const { servers } = both;
    const source = await both.admin('source');
    await source.query(`
      CREATE ROLE "Ledger Keeper" LOGIN PASSWORD 'not-to-be-copied';
      GRANT CREATE ON SCHEMA public TO "Ledger Keeper";
      CREATE TABLE kept (id integer PRIMARY KEY);
      ALTER TABLE kept OWNER TO "Ledger Keeper";
      GRANT "Ledger Keeper" TO payment_migration`);
    expect((await copyPhase(servers, 'pre-data')).status).toBe(STATUSES['role-missing']);
    for (const phase of PHASES) await copied(servers, phase, { variables: { MISSING_ROLES: 'create' } });
    const { rows } = await (await both.admin('target')).query(
      'SELECT rolname, rolcanlogin, rolpassword FROM pg_authid JOIN pg_class ON relowner = pg_authid.oid WHERE relname = \'kept\'',
    );
    expect(rows).toEqual([{ rolname: 'Ledger Keeper', rolcanlogin: false, rolpassword: null }]);
    expect(schemaOf(servers.target)).toEqual(schemaOf(servers.source));
  });
});
