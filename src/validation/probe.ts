import type { HashKind } from './contract';
import type { Sides } from './sides';

/** hash_record_extended. */
const FIRST_VERSION = 140_000;

/** Values of the types that are compared by value. A hash may be another one in another major version or on another processor. */
const VALUES = `ROW(
  true, false, '\\x00ff7f'::bytea, ''::bytea, '10.0.0.0/8'::cidr, '2024-02-29'::date, 'infinity'::date, '10.1.2.3/24'::inet, '2001:db8::1'::inet,
  (-32768)::int2, 2147483647::int4, (-1)::int4, '08:00:2b:01:02:03'::macaddr,
  '08:00:2b:01:02:03:04:05'::macaddr8, 'a name'::name, 4294967295::oid, ''::text, 'zażółć'::text, repeat('payment', 99),
  'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid, 'varying'::varchar, NULL::int4,
  4611686018427387905::int8, (-9223372036854775808)::int8, 1::int8, (-1234.50)::numeric, 12345678901234567890.5::numeric, 0.00::numeric(12, 2), 'NaN'::numeric,
  interval_send('1 mon -2 days 03:04:05.000006'), cash_send('1.5'), numeric_send(1e-20), numeric_send('NaN'), pg_lsn_send('16/B374D848'), pg_lsn_send(NULL),
  time_send('23:59:59.999999'), timestamp_send('1999-12-31 23:59:59.999999'), timestamptz_send('-infinity'), timestamptz_send('2024-02-29 12:00:00+02'),
  timetz_send('12:00:00.5+05:30'), xid8send('18446744073709551615'))`;
const PROBE = `SELECT concat_ws(' ', hash_record_extended(${VALUES}, 0), hash_record_extended(${VALUES}, -4242424242424242),
  uuid_hash_extended('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 0)) AS hash`;

/** Whether both sides hash the same values to the same. */
export async function probeHash(sides: Sides, wanted?: HashKind): Promise<HashKind> {
  if (wanted === 'md5') return 'md5';
  const hashes = await sides.both(async (side) => {
    const [{ version }] = await sides.query<{ version: number }>(side, "SELECT current_setting('server_version_num')::int AS version");
    if (version < FIRST_VERSION) return undefined;
    const [{ hash }] = await sides.query<{ hash: string }>(side, PROBE);
    return hash;
  });
  return hashes.source !== undefined && hashes.source === hashes.target ? 'record' : 'md5';
}
