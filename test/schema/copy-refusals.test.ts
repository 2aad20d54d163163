import { CLIENTS } from './support/clients';
import { copied, copyPhase } from './support/copy';
import { statesOf } from './support/look';
import { STATUSES } from '../../src/schema/contract';
import { Pair } from '../support/pair';
import { describeWith } from '../support/required-tool';

jest.setTimeout(240_000);

const DDL = `
CREATE TABLE customer (id bigint PRIMARY KEY);
CREATE TABLE payment (id bigint PRIMARY KEY, customer_id bigint REFERENCES customer (id));
`;

describeWith(CLIENTS, 'a copy that cannot go on', () => {
  let pair: Pair;

  beforeEach(async () => {
    pair = await Pair.create({ ddl: '' });
    const source = await pair.admin('source');
    await source.query(`SET ROLE payments_owner; ${DDL}; RESET ROLE`);
  });

  afterEach(async () => pair.remove());

  test('a phase that is none is bad input', async () => {
    const { status, result } = await copyPhase(pair.servers, 'everything');
    expect({ status, state: result.state }).toEqual({ status: STATUSES['bad-input'], state: 'bad-input' });
  });

  test('clients that are older than the source are refused', async () => {
    const { status, result } = await copyPhase(pair.servers, 'pre-data', { client: 16 });
    expect({ status, state: result.state }).toEqual({ status: STATUSES['client-too-old'], state: 'client-too-old' });
  });

  test('a phase before its turn is refused', async () => {
    const { status, result } = await copyPhase(pair.servers, 'keys');
    expect({ status, state: result.state }).toEqual({ status: STATUSES['out-of-order'], state: 'out-of-order' });
  });

  test('a wrong password is named, and is in no log', async () => {
    const { result, log } = await copyPhase(pair.servers, 'pre-data', { variables: { SOURCE_PASSWORD: 'not-this-one' } });
    expect(result.state).toBe('unreachable');
    expect(log).not.toContain('not-this-one');
  });

  test('a target with a table in it is refused, by the table\'s name', async () => {
    await (await pair.admin('target')).query('CREATE TABLE already_here (id bigint)');
    const { status, result } = await copyPhase(pair.servers, 'pre-data');
    expect(status).toBe(STATUSES['target-not-empty']);
    expect(result.said).toContain('already_here');
  });

  test('a role that the target lacks is named, and not made', async () => {
    await (await pair.admin('source')).query('CREATE ROLE reports; GRANT SELECT ON payment TO reports');
    const { status, result } = await copyPhase(pair.servers, 'pre-data');
    expect(status).toBe(STATUSES['role-missing']);
    expect(result.said).toContain('reports');
    expect((await (await pair.admin('target')).query('SELECT FROM pg_roles WHERE rolname = \'reports\'')).rowCount).toBe(0);
  });

  test('rows that break a key are a violation; mended, the phase goes on', async () => {
    await copied(pair.servers, 'pre-data');
    const target = await pair.admin('target');
    await target.query('INSERT INTO payment VALUES (1, NULL), (1, NULL)');
    expect((await copyPhase(pair.servers, 'keys')).status).toBe(STATUSES.violated);
    expect(await statesOf(target)).toEqual({ 'pre-data': 'done', 'keys': 'violated' });
    await target.query('TRUNCATE payment');
    await copied(pair.servers, 'keys');
    expect(await statesOf(target)).toEqual({ 'pre-data': 'done', 'keys': 'done' });
  });

  test('rows that break a foreign key are a violation of the last phase, not of the one before', async () => {
    await copied(pair.servers, 'pre-data');
    const target = await pair.admin('target');
    await target.query('INSERT INTO payment VALUES (1, 7)');
    await copied(pair.servers, 'keys');
    await copied(pair.servers, 'constraints');
    expect((await copyPhase(pair.servers, 'validate')).status).toBe(STATUSES.violated);
    await target.query('DELETE FROM payment');
    await copied(pair.servers, 'validate');
  });
});
