import { markup, type Markup } from './markup';

/** A column; numbers stand at the right. */
export interface Column {
  readonly name: string;
  readonly number?: boolean;
}

/** A table, or a sentence where it has no rows. */
export function table(columns: readonly Column[], rows: readonly (readonly (string | Markup)[])[], empty: string): Markup {
  if (rows.length === 0) return markup`<p>${empty}</p>`;
  const name = (index: number) => (columns[index].number ?? false ? 'number' : 'text');
  return markup`<div class="scroll"><table>
<thead><tr>${columns.map((column, index) => markup`<th scope="col" class="${name(index)}">${column.name}</th>`)}</tr></thead>
<tbody>${rows.map((row) => markup`<tr>${row.map((cell, index) => markup`<td class="${name(index)}">${cell}</td>`)}</tr>`)}</tbody>
</table></div>`;
}

/** Names and their values. */
export function pairs(entries: Readonly<Record<string, string | number | boolean>>, names: readonly [string, string], empty: string): Markup {
  return table([{ name: names[0] }, { name: names[1] }], Object.entries(entries).map(([name, value]) => [name, String(value)]), empty);
}
