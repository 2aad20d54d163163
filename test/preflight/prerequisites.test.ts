import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BEGIN, END, prerequisitesTable } from './support/prerequisites-table';
import { FINDING_KINDS } from '../../src/preflight/checks';

/* UPDATE_DOCUMENTS=1 writes the table anew. */
const FILE = join(__dirname, '../../docs/prerequisites.md');

test('docs/prerequisites.md lists what can be found, as the checks say it', () => {
  const document = readFileSync(FILE, 'utf8');
  const [before, rest] = document.split(`${BEGIN}\n`);
  const [, after] = rest.split(END);
  const wanted = `${before}${BEGIN}\n\n${prerequisitesTable()}\n\n${END}${after}`;
  if (process.env.UPDATE_DOCUMENTS === '1') writeFileSync(FILE, wanted);
  else expect(document).toBe(wanted);
});

test('no finding has the id of another one', () => {
  const ids = FINDING_KINDS.map(({ id }) => id);
  expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
});
