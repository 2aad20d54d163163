import { APPLICATION, LOGIN, of, OWNER, Preflighted, told } from './support/preflighted';
import { arm } from '../../src/cutover/arm';
import { Databases } from '../../src/cutover/databases';
import { TOOLS } from '../../src/cutover/tools';

const DDL = `
  CREATE SCHEMA pay;
  CREATE TYPE pay.status AS ENUM ('new', 'done'); CREATE DOMAIN pay.amount AS numeric(12, 2) CHECK (VALUE >= 0);
  CREATE SEQUENCE pay.numbers;
  CREATE TABLE pay.account (id bigint PRIMARY KEY, name varchar(50) NOT NULL DEFAULT 'x');
  CREATE TABLE pay.payment (id bigint PRIMARY KEY, account bigint CONSTRAINT payer REFERENCES pay.account, at timestamptz NOT NULL);
  CREATE INDEX payment_at ON pay.payment (at);
  CREATE FUNCTION pay.fee(n bigint) RETURNS bigint LANGUAGE sql AS 'SELECT n / 100';
  CREATE FUNCTION pay.touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
  CREATE TRIGGER touch BEFORE UPDATE ON pay.payment FOR EACH ROW EXECUTE FUNCTION pay.touch();
  CREATE VIEW pay.latest AS SELECT id FROM pay.payment;
  ALTER TABLE pay.account ENABLE ROW LEVEL SECURITY; CREATE POLICY own ON pay.account USING (id > 0);
  GRANT USAGE ON SCHEMA pay TO ${APPLICATION}; GRANT SELECT, INSERT ON pay.payment TO ${APPLICATION}`;

const IDS = ['target-without-schema', 'object-missing-on-target', 'object-only-on-target', 'object-differs'];

let pair: Preflighted;
beforeAll(async () => { pair = await Preflighted.create({ majors: { source: 17, target: 18 } }); });
afterAll(async () => pair?.remove());

const differences = async (target: string, stage?: 'before-schema' | 'before-load' | 'before-cutover') => {
  const name = await pair.database({ ddl: DDL, target: `SET ROLE ${OWNER}; ${target}` });
  return told(await pair.ask(name, { stage })).filter((line) => IDS.some((id) => line.includes(` ${id} `))).map((line) => line.replace(' (target)', ''));
};

test('the same schema in two majors has no difference', async () => {
  expect(await differences('')).toEqual([]);
});

test.each([
  ['DROP TABLE pay.payment CASCADE', ['blocker object-missing-on-target: table pay.payment', 'blocker object-missing-on-target: view pay.latest']],
  ['ALTER TABLE pay.account DROP COLUMN name', ['blocker object-missing-on-target: column pay.account.name']],
  ['DROP SEQUENCE pay.numbers', ['blocker object-missing-on-target: sequence pay.numbers']],
  ['DROP DOMAIN pay.amount', ['blocker object-missing-on-target: type pay.amount']],
  ['DROP FUNCTION pay.fee', ['blocker object-missing-on-target: function pay.fee(n bigint)']],
  ['DROP INDEX pay.payment_at', ['info object-missing-on-target: index pay.payment_at']],
  ['DROP TRIGGER touch ON pay.payment', ['info object-missing-on-target: trigger pay.payment.touch']],
  ['DROP POLICY own ON pay.account', ['info object-missing-on-target: policy pay.account.own']],
  ['ALTER TABLE pay.payment DROP CONSTRAINT payer', ['info object-missing-on-target: constraint pay.payment.payer']],
  ['ALTER TABLE pay.payment DROP CONSTRAINT payment_pkey', ['info object-missing-on-target: constraint pay.payment.payment_pkey']],
  ['CREATE TABLE pay.more (id bigint PRIMARY KEY)', ['warning object-only-on-target: table pay.more']],
  ['ALTER TABLE pay.account ADD more text', ['warning object-only-on-target: column pay.account.more']],
  ['CREATE INDEX more ON pay.payment (account)', ['warning object-only-on-target: index pay.more']],
  ['ALTER TABLE pay.account ALTER name TYPE varchar(40)', ['blocker object-differs: column pay.account.name']],
  ['ALTER TABLE pay.account ALTER name DROP NOT NULL', ['warning object-differs: column pay.account.name']],
  ["ALTER TABLE pay.account ALTER name SET DEFAULT 'y'", ['warning object-differs: column pay.account.name']],
  ['ALTER TABLE pay.account ALTER name TYPE varchar(50) COLLATE "C"', ['warning object-differs: column pay.account.name']],
  ["ALTER TYPE pay.status ADD VALUE 'lost'", ['blocker object-differs: type pay.status']],
  ['ALTER SEQUENCE pay.numbers INCREMENT 2', ['blocker object-differs: sequence pay.numbers']],
  ["CREATE OR REPLACE FUNCTION pay.fee(n bigint) RETURNS bigint LANGUAGE sql AS 'SELECT n / 50'", ['warning object-differs: function pay.fee(n bigint)']],
  ['ALTER TABLE pay.payment DISABLE TRIGGER touch', ['warning object-differs: trigger pay.payment.touch']],
  ['DROP INDEX pay.payment_at; CREATE INDEX payment_at ON pay.payment (at DESC)', ['warning object-differs: index pay.payment_at']],
  ['ALTER TABLE pay.account SET (fillfactor = 50)', ['warning object-differs: table pay.account']],
  ['ALTER TABLE pay.payment SET UNLOGGED', ['blocker object-differs: table pay.payment']],
  ['CREATE OR REPLACE VIEW pay.latest AS SELECT id, at FROM pay.payment', ['warning object-differs: view pay.latest']],
  ['ALTER POLICY own ON pay.account USING (id > 1)', ['warning object-differs: policy pay.account.own']],
])('%s', async (target, wanted) => {
  expect(await differences(target)).toEqual(wanted);
});

test('what may come after the load must be there before the cutover', async () => {
  expect(await differences('DROP INDEX pay.payment_at', 'before-cutover')).toEqual(['blocker object-missing-on-target: index pay.payment_at']);
});

test('a target without a table is told once, and not before the schema is due', async () => {
  expect(await differences('DROP SCHEMA pay CASCADE', 'before-load')).toEqual([expect.stringMatching(/^blocker target-without-schema: payments_\d+$/)]);
  expect(await differences('DROP SCHEMA pay CASCADE', 'before-schema')).toEqual([]);
});

test('schemas that were not asked about are left out', async () => {
  const name = await pair.database({ ddl: DDL, source: 'CREATE SCHEMA other; CREATE TABLE other.t (content numeric)' });
  const result = await pair.ask(name, { schemas: ['pay'] });
  expect(result.findings.filter(({ object }) => object.includes('other'))).toEqual([]);
  expect(of(await pair.ask(name), 'numeric-unbounded').map(({ object }) => object)).toEqual(['other.t.content']);
});

describe('who may do what', () => {
  const IDS_OF_RIGHTS = ['role-missing', 'role-differs', 'grants-differ', 'default-privileges-differ'];
  const told1 = async (options: Parameters<Preflighted['database']>[0], stage?: 'before-schema') => {
    const name = await pair.database({ ddl: DDL, ...options });
    const { findings } = await pair.ask(name, { stage });
    return findings.filter(({ id }) => IDS_OF_RIGHTS.includes(id)).map(({ id, severity, object, what }) => [severity, id, object, what]);
  };

  test('the same grants differ in nothing', async () => {
    expect(await told1({})).toEqual([]);
  });

  test('a grant that is missing', async () => {
    expect(await told1({ target: `REVOKE INSERT ON pay.payment FROM ${APPLICATION}` })).toEqual([
      ['warning', 'grants-differ', 'table pay.payment for payments_app', 'the source grants INSERT, SELECT, the target SELECT'],
    ]);
  });

  test('a grant too many, to everybody, and of one column', async () => {
    expect(await told1({ target: 'GRANT SELECT ON pay.account TO PUBLIC; GRANT UPDATE (name) ON pay.account TO payments_app' })).toEqual([
      ['warning', 'grants-differ', 'column pay.account.name for payments_app', 'the source grants nothing, the target UPDATE'],
      ['warning', 'grants-differ', 'table pay.account for everybody', 'the source grants nothing, the target SELECT'],
    ]);
  });

  test('default privileges', async () => {
    expect(await told1({ source: `ALTER DEFAULT PRIVILEGES FOR ROLE ${OWNER} IN SCHEMA pay GRANT SELECT ON TABLES TO ${APPLICATION}` })).toEqual([
      ['warning', 'default-privileges-differ', 'r made by payments_owner in pay for payments_app', 'the source grants SELECT, the target nothing'],
    ]);
  });

  test('a role that is missing, or may do more', async () => {
    const options = { source: `CREATE ROLE reporting LOGIN; GRANT SELECT ON pay.payment TO reporting; ALTER ROLE ${APPLICATION} BYPASSRLS` };
    const found = await told1(options);
    expect(found).toEqual([
      ['blocker', 'role-missing', 'reporting', 'the target has no such role'],
      ['warning', 'role-differs', 'payments_app', 'the source has LOGIN, INHERIT, BYPASSRLS; the target LOGIN, INHERIT'],
      ['warning', 'grants-differ', 'table pay.payment for reporting', 'the source grants SELECT, the target nothing'],
    ]);
    const admin = await pair.admin('source', 'postgres');
    await admin.query(`ALTER ROLE ${APPLICATION} NOBYPASSRLS`);
  });
});

describe('rows on the target', () => {
  const ids = ['target-not-empty', 'target-holds-our-load'];
  const rows = async (name: string, stage?: 'before-cutover') => told(await pair.ask(name, { stage })).filter((line) => ids.some((id) => line.includes(id)));

  test('stop the load, unless they came under our gate', async () => {
    const name = await pair.database({ ddl: DDL, target: "INSERT INTO pay.account VALUES (1, 'left over')" });
    const result = await pair.ask(name);
    expect(of(result, 'target-not-empty').map(({ severity, what }) => [severity, what])).toEqual([['blocker', 'rows are in 1 tables: pay.account']]);
    expect(await rows(name, 'before-cutover')).toEqual([]);

    const databases = new Databases({
      references: { source: { secretId: 'source', databaseName: name }, target: { secretId: 'target', databaseName: name } },
      readSecret: async (side) => {
        const { host, port, certificateAuthority } = pair.servers[side as 'source' | 'target'];
        return JSON.stringify({ username: LOGIN, password: LOGIN, host, port, certificateAuthority });
      },
    });
    for (const side of ['source', 'target'] as const) {
      const admin = await pair.admin(side, name);
      await admin.query(`GRANT CREATE ON DATABASE ${name} TO ${LOGIN}`);
    }
    await arm(databases, { action: 'arm', side: 'target' }, TOOLS).finally(async () => databases.end());
    expect(await rows(name)).toEqual([`info target-holds-our-load (target): ${name}`]);
    // The gate itself is nothing that is found.
    expect(told(await pair.ask(name)).filter((line) => /trigger|object-/.test(line))).toEqual([]);
  });

  test('that are none do not', async () => {
    expect(await rows(await pair.database({ ddl: DDL, source: "INSERT INTO pay.account VALUES (1, 'there')" }))).toEqual([]);
  });
});
