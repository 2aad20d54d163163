import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadESLint } from 'eslint';
import { LAYERS, layersTable } from '../projenrc/layers';

const root = join(__dirname, '..');
const rooms = LAYERS.flatMap((layer) => layer.rooms);

/** What the project's own import rule says of one import in one file. */
async function judge(file: string, imported: string): Promise<string[]> {
  const LegacyESLint = await loadESLint({ useFlatConfig: false });
  const { rules, settings } = await new LegacyESLint({ cwd: root }).calculateConfigForFile(join(root, 'src/index.ts'));
  const eslint = new LegacyESLint({
    cwd: root,
    useEslintrc: false,
    overrideConfig: {
      parser: '@typescript-eslint/parser',
      parserOptions: { ecmaVersion: 2022, sourceType: 'module' },
      plugins: ['import'],
      settings,
      rules: { 'import/no-restricted-paths': rules!['import/no-restricted-paths'] },
    },
  });
  const [{ messages }] = await eslint.lintText(`import * as imported from '${imported}';\nexport { imported };\n`, { filePath: join(root, file) });
  return messages.map(({ message }) => message);
}

describe('layers', () => {
  test.each([
    ['an arrow that points up', 'src/network/probe.ts', '../database', 'arrows point down'],
    ['an arrow from the lowest layer', 'src/core/probe.ts', '../network', 'arrows point down'],
    ['an inner file of a lower room', 'src/database/probe.ts', '../network/flow-logs', 'import from network/index.ts'],
    ['an inner file, seen from the root', 'src/probe.ts', './core/suffix', 'import from core/index.ts'],
  ])('refuse %s', async (_, file, imported, message) => {
    expect(await judge(file, imported)).toEqual([expect.stringContaining(message)]);
  });

  test.each([
    ['a lower room by its index', 'src/database/probe.ts', '../network'],
    ['a file of the same room', 'src/network/probe.ts', './flow-logs'],
    ['a room, seen from the root', 'src/probe.ts', './environment'],
    ['what handlers share', 'src/network/probe.lambda.ts', '../core/custom-resource-reply'],
  ])('allow %s', async (_, file, imported) => {
    expect(await judge(file, imported)).toEqual([]);
  });

  test('name every folder of src, and no other', () => {
    const folders = readdirSync(join(root, 'src'), { withFileTypes: true }).filter((entry) => entry.isDirectory()).map(({ name }) => name);
    expect(folders.sort()).toEqual([...rooms].sort());
  });

  test('are what ARCHITECTURE.md shows', () => {
    expect(readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8')).toContain(layersTable());
  });

  test.each(rooms)('%s has an index.ts', (room) => {
    expect(existsSync(join(root, 'src', room, 'index.ts'))).toBe(true);
  });
});
