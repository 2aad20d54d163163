import type { Client } from 'pg';
import type { Script } from './validation-case';
import type { Difference } from '../../../src/validation/contract';

/** The texts as PostgreSQL sends them: none of it goes through what is tested. */
const AS_SENT = { getTypeParser: () => (text: string) => text };

/** What differs between two databases that nobody writes, found by reading every row of both and comparing here. */
export async function truth(source: Client, target: Client, script: Script): Promise<Difference[]> {
  const [here, there] = [await readAll(source, script), await readAll(target, script)];
  const missingOrDifferent = [...here].flatMap(([id, row]): Difference[] => {
    const other = there.get(id);
    if (!other) return [{ key: row.key, kind: 'missing', columns: [] }];
    const columns = script.columns.filter((_, index) => row.values[index] !== other.values[index]);
    return columns.length === 0 ? [] : [{ key: row.key, kind: 'different', columns: [...columns].sort() }];
  });
  const extra = [...there].filter(([id]) => !here.has(id)).map(([, { key }]): Difference => ({ key, kind: 'extra', columns: [] }));
  return [...missingOrDifferent, ...extra];
}

interface Row {
  readonly key: Record<string, string>;
  readonly values: readonly (string | null)[];
}

async function readAll(client: Client, script: Script): Promise<Map<string, Row>> {
  const { rows } = await client.query<(string | null)[]>({ text: script.readAll(), rowMode: 'array', types: AS_SENT });
  const { keyColumns } = script;
  return new Map(rows.map((row) => {
    const key = Object.fromEntries(keyColumns.map((name, index) => [name, row[index] as string]));
    return [JSON.stringify(key), { key, values: row.slice(keyColumns.length) }];
  }));
}
