import { parseChange } from '../../src/replication/dms/test-decoding';

/** The real plugin's texts; what servers of both versions write is read in the profile's own tests. */
test.each([
  ["table public.a: INSERT: id[integer]:1 \"odd [name\"[text[]]:'{\"x y\",NULL}' n[numeric]:NaN b[boolean]:true z[text]:null bits[bit varying]:B'101'",
    { kind: 'insert', table: '"public"."a"', values: { 'id': '1', 'odd [name': '{"x y",NULL}', 'n': 'NaN', 'b': 'true', 'z': null, 'bits': '101' } }],
  ["table \"Odd \"\"x\"\"\".\"a: 't'\": UPDATE: old-key: id[integer]:1 new-tuple: id[integer]:2 t[text]:'a''b' b[text]:unchanged-toast-datum",
    { kind: 'update', table: '"Odd ""x"""."a: \'t\'"', key: { id: '1' }, values: { id: '2', t: 'a\'b' } }],
  ["table public.a: UPDATE: id[integer]:2 t[\"Odd\".\"type ]: x\"]:''", { kind: 'update', table: '"public"."a"', values: { id: '2', t: '' } }],
  ["table public.a: DELETE: \"a\"\"b\"[character varying]:' x '", { kind: 'delete', table: '"public"."a"', key: { 'a"b': ' x ' } }],
  ['table public.a, "B".c: TRUNCATE: (no-flags)', { kind: 'truncate', tables: ['"public"."a"', '"B"."c"'] }],
])('%s', (text, expected) => {
  const plain = JSON.stringify(parseChange(text), (_key, value: unknown) => (value instanceof Map ? Object.fromEntries(value) : value));
  expect(JSON.parse(plain)).toEqual(expected);
});

test('what is about no table is no change', () => {
  expect(parseChange('message: transactional: 1 prefix: x, sz: 1 content:table public.a: INSERT: id[integer]:1')).toBeUndefined();
});

test('a row that nothing identifies is an error, and no value is in any', () => {
  expect(() => parseChange('table public.a: DELETE: (no-tuple-data)')).toThrow(/primary key/);
  expect(() => parseChange("table public.a: INSERT: card[text]:'4111")).toThrow(/^test_decoding: got something else than ' at \d+ of \d+ characters$/);
});
