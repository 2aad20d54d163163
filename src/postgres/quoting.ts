/** What PostgreSQL keeps of a name, in bytes; it cuts a longer one and then means another object. */
const LONGEST_NAME = 63;

/** A name, quoted: `a"b` becomes `"a""b"`. */
export function identifier(name: string): string {
  judge('identifier', name);
  const bytes = Buffer.byteLength(name);
  if (bytes === 0 || bytes > LONGEST_NAME) throw new Error(`identifier: got ${bytes} bytes, allowed: 1 to ${LONGEST_NAME}`);
  return `"${name.replaceAll('"', '""')}"`;
}

/** A name in a schema, both quoted. */
export function qualified(schema: string, name: string): string {
  return `${identifier(schema)}.${identifier(name)}`;
}

/** A string constant, which means the same whatever `standard_conforming_strings` is. */
export function literal(value: string): string {
  judge('literal', value);
  const quoted = `'${value.replaceAll("'", "''").replaceAll('\\', '\\\\')}'`;
  // The space keeps the E apart from a word before it.
  return value.includes('\\') ? ` E${quoted}` : quoted;
}

/** PostgreSQL has no NUL, and half a surrogate pair has no UTF-8: Node would send another character in its place. */
function judge(what: string, value: string): void {
  if (value.includes('\0')) throw new Error(`${what}: got a NUL, allowed: any other character`);
  if (/\p{Surrogate}/u.test(value)) throw new Error(`${what}: got half a surrogate pair, allowed: text that has UTF-8`);
}
