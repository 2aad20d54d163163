import type { Client } from 'pg';
import { CLIENTS } from './support/clients';
import { copied } from './support/copy';
import { EVERYTHING, ROWS } from './support/everything';
import { countsOf, schemaOf, statesOf } from './support/look';
import { PHASES } from '../../src/schema/contract';
import { Pair } from '../support/pair';
import { describeWith } from '../support/required-tool';

jest.setTimeout(240_000);

describeWith(CLIENTS, 'everything that a schema may hold, from 17 to 18 with clients of 18', () => {
  let pair: Pair;
  let target: Client;

  beforeAll(async () => {
    pair = await Pair.create({ ddl: '' });
    const source = await pair.admin('source');
    await source.query(`SET ROLE payments_owner; ${EVERYTHING}`);
    await source.query(`RESET ROLE; ${ROWS}`);
    target = await pair.admin('target');
  });

  afterAll(async () => pair.remove());

  test('the first phase makes tables that rows can be loaded into, and no key', async () => {
    expect((await copied(pair.servers, 'pre-data')).said).toBe('13 tables');
    expect(await countsOf(target)).toMatchObject({ keys: 0, foreign: 0, triggers: 0, policies: 0 });
    await target.query(ROWS);
  });

  test('the second makes keys and indexes', async () => {
    await copied(pair.servers, 'keys');
    const source = await countsOf(await pair.admin('source'));
    expect(await countsOf(target)).toMatchObject({ tables: source.tables, keys: source.keys, foreign: 0, triggers: 0 });
  });

  test('the third makes foreign keys that are not validated, and triggers', async () => {
    await copied(pair.servers, 'constraints');
    const source = await countsOf(await pair.admin('source'));
    expect(await countsOf(target)).toMatchObject({ foreign: source.foreign, validated: 0, triggers: source.triggers, policies: 1, analyzed: 0 });
  });

  test('the last validates, refreshes and analyzes: the schema is the source\'s', async () => {
    await copied(pair.servers, 'validate');
    const source = await countsOf(await pair.admin('source'));
    const counts = await countsOf(target);
    expect(counts).toMatchObject({ foreign: source.foreign, validated: source.validated });
    expect(counts.analyzed).toBeGreaterThanOrEqual(10);
    expect((await target.query('SELECT n FROM of_totals')).rows).toEqual([{ n: '50' }]);
    expect(schemaOf(pair.servers.target)).toEqual(schemaOf(pair.servers.source));
    expect(await statesOf(target)).toEqual({ 'pre-data': 'done', 'keys': 'done', 'constraints': 'done', 'validate': 'done' });
  });

  test.each(PHASES)('%s again changes nothing', async (phase) => {
    const before = schemaOf(pair.servers.target);
    await copied(pair.servers, phase);
    expect(schemaOf(pair.servers.target)).toEqual(before);
  });
});
