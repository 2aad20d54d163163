import type { HashKind } from './contract';
import type { Sides } from './sides';
import { STEPS } from './steps';

/** hash_record_extended. */
const FIRST_VERSION = 140_000;

/** Of each type that is compared by value. A hash may be another one in another major version or on another processor. */
const VALUES: Readonly<Record<string, readonly string[]>> = {
  bool: ['true', 'false'],
  cidr: ['10.0.0.0/8'],
  inet: ['10.1.2.3/24', '2001:db8::1'],
  int2: ['-32768'],
  int4: ['2147483647', '-1'],
  int8: ['4611686018427387905', '-9223372036854775808', '1'],
  name: ['a name'],
  numeric: ['-1234.50', '12345678901234567890.5', '0.00', 'NaN'],
  oid: ['4294967295'],
  text: ['', 'zażółć', 'payment'.repeat(99)],
  timestamp: ['1999-12-31 23:59:59.999999', 'infinity', '2024-02-29 12:00'],
  timestamptz: ['-infinity', '2024-02-29 12:00:00+02', '0044-03-15 BC 11:00+00'],
  uuid: ['a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'],
  varchar: ['varying'],
};
const RECORD = `ROW(
  '\\x00ff7f'::bytea, ''::bytea, '2024-02-29'::date, 'infinity'::date, '08:00:2b:01:02:03'::macaddr, '08:00:2b:01:02:03:04:05'::macaddr8, NULL::date,
  interval_send('1 mon -2 days 03:04:05.000006'), cash_send('1.5'), numeric_send(1e-20), numeric_send('NaN'), pg_lsn_send('16/B374D848'), pg_lsn_send(NULL),
  time_send('23:59:59.999999'), timetz_send('12:00:00.5+05:30'), xid8send('18446744073709551615'))`;

function probe(): string {
  const drawn = 'a0eebc999c0b4ef8bb6d6bb9bd380a11';
  const steps = Object.entries(VALUES).flatMap(([type, values]) => (
    [...values.map((value) => `'${value}'`), 'NULL'].map((value) => ({ type, value: { sql: `${value}::pg_catalog.${type}`, notNull: false } }))));
  return `SELECT concat_ws(' ', ${steps.map(({ type, value }) => STEPS[type](value, '4242424242424242', drawn)).join(', ')},
    hash_record_extended(${RECORD}, 0), hash_record_extended(${RECORD}, -4242424242424242)) AS hash`;
}

/** Whether both sides hash the same values to the same. */
export async function probeHash(sides: Sides): Promise<HashKind> {
  const hashes = await sides.both(async (side) => {
    const [{ version }] = await sides.query<{ version: number }>(side, "SELECT current_setting('server_version_num')::int AS version");
    if (version < FIRST_VERSION) return undefined;
    const [{ hash }] = await sides.query<{ hash: string }>(side, probe());
    return hash;
  });
  return hashes.source !== undefined && hashes.source === hashes.target ? 'native' : 'md5';
}
