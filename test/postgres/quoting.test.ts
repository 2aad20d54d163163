import fc from 'fast-check';
import { loginOf, open } from './local-login';
import { LocalServer } from '../../cli/src/servers';
import { identifier, literal, qualified, type Session } from '../../src/postgres';

/** Any text that PostgreSQL can hold, with what quoting is about more often than chance has it. */
const TEXT = fc.string({ unit: fc.oneof(fc.constantFrom("'", '"', '\\', '$', 'E', ' ', '\n', '%'), fc.string({ unit: 'binary', minLength: 1, maxLength: 1 })) })
  .filter((text) => !text.includes('\0'));
const NAME = TEXT.filter((text) => text !== '' && Buffer.byteLength(text) <= 63);

let server: LocalServer;
let session: Session;

beforeAll(async () => {
  server = await LocalServer.create({ major: 17 });
  session = await open(loginOf(server));
});

afterAll(async () => {
  await session?.end();
  await server?.remove();
});

describe.each(['on', 'off'])('on a real server with standard_conforming_strings %s', (setting) => {
  beforeAll(async () => {
    await session.query(`SET standard_conforming_strings = ${setting}`);
  });

  test('any text is a literal of itself', async () => {
    await fc.assert(fc.asyncProperty(TEXT, async (text) => {
      await expect(session.one(`SELECT${literal(text)} AS text, ${literal(text)}::text AS again`)).resolves.toEqual({ text, again: text });
    }), { numRuns: 300 });
  });

  test('any name is an identifier of itself', async () => {
    await fc.assert(fc.asyncProperty(NAME, async (name) => {
      const rows = await session.query<Record<string, number>>(`SELECT 1 AS ${identifier(name)}`);
      expect(Object.entries(rows[0])).toEqual([[name, 1]]);
    }), { numRuns: 300 });
  });
});

test('a qualified name means the object, quotes and dots included', async () => {
  const [schema, table] = ['a."b', 'C.d""'];
  await session.query(`CREATE SCHEMA ${identifier(schema)}`);
  await session.query(`CREATE TABLE ${qualified(schema, table)} (id int)`);
  await expect(session.query('SELECT nspname, relname FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE relname = $1', [table]))
    .resolves.toEqual([{ nspname: schema, relname: table }]);
});

test.each([
  ['an empty name', '', /^identifier: got 0 bytes, allowed: 1 to 63$/],
  ['a NUL in a name', 'a\0b', /^identifier: got a NUL, allowed: any other character$/],
  ['a name that the server would cut', 'é'.repeat(32), /^identifier: got 64 bytes, allowed: 1 to 63$/],
  ['half a surrogate pair in a name', 'a\ud800', /^identifier: got half a surrogate pair/],
])('%s is refused', (_, name, message) => {
  expect(() => identifier(name)).toThrow(message);
  expect(() => qualified(name, 'ok')).toThrow(message);
  expect(() => qualified('ok', name)).toThrow(message);
});

test.each([['a NUL', 'a\0b'], ['half a surrogate pair', '\udc00']])('%s in a literal is refused', (what, text) => {
  expect(() => literal(text)).toThrow(`literal: got ${what}, allowed: `);
});
