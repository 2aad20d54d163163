import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CHANGES } from './gate-changes';
import { PASSES } from './gate-passes';
import { WAYS } from './gate-ways';

const text = readFileSync(join(__dirname, '../../docs/write-fence.md'), 'utf8');

/** Rows of the first table below a heading. */
function table(heading: string): string[][] {
  const [section] = text.split(`\n## ${heading}\n`)[1].split('\n## ');
  const rows = section.split('\n').filter((line) => line.startsWith('| ')).slice(1);
  return rows.map((row) => row.split('|').slice(1, -1).map((cell) => cell.trim()));
}

describe('docs/write-fence.md', () => {
  test('names every way of writing that is tried, and no other', () => {
    expect(table('What it stops')).toEqual(WAYS.map(({ kind, ways }) => [kind, ways.map(({ title }) => title).join('; ')]));
  });

  test('names every change of the schema that is tried, and no other', () => {
    expect(table('Changes of the schema')).toEqual([['changes', CHANGES.map(({ title }) => title).join('; ')]]);
  });

  test('names everything that passes on purpose, with what to do about it', () => {
    const rows = table('What passes on purpose');
    expect(rows.map(([what]) => what)).toEqual([...PASSES.harmless, ...PASSES.deliberate].map(({ title }) => title));
    for (const [, remedy] of rows) expect(remedy).toMatch(/\.$/);
  });
});
