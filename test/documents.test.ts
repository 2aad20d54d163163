import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import * as ts from 'typescript';

const root = join(__dirname, '..');

function markdown(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return ['node_modules', 'cdk.out', '.git', '.cache'].includes(entry.name) ? [] : markdown(path);
    return entry.name.endsWith('.md') ? [path] : [];
  });
}

const documents = [
  ...readdirSync(root).filter((name) => name.endsWith('.md') && name !== 'API.md').map((name) => join(root, name)),
  ...markdown(join(root, 'docs')),
  ...markdown(join(root, 'examples')),
];

/** The TypeScript in a document, as files that would stand beside it. */
function snippets(document: string): Map<string, string> {
  const blocks = [...readFileSync(document, 'utf8').matchAll(/^```ts\n(.*?)^```$/gms)];
  return new Map(blocks.map(([, code], index) => [join(root, `${relative(root, document).replaceAll('/', '-')}.${index + 1}.ts`), code]));
}

describe('documents', () => {
  test('hold TypeScript that compiles', () => {
    const code = new Map(documents.flatMap((document) => [...snippets(document)]));
    expect(code.size).toBeGreaterThan(0);
    const { config } = ts.readConfigFile(join(root, 'tsconfig.dev.json'), (path) => ts.sys.readFile(path)) as { config: object };
    const { options } = ts.parseJsonConfigFileContent({ ...config, include: [] }, ts.sys, root);
    const host = ts.createCompilerHost(options);
    const { readFile, fileExists } = host;
    host.readFile = (path) => code.get(path) ?? readFile(path);
    host.fileExists = (path) => code.has(path) || fileExists(path);
    const { getSourceFile } = host;
    host.getSourceFile = (path, ...rest) => {
      const text = code.get(path);
      return text === undefined ? getSourceFile(path, ...rest) : ts.createSourceFile(path, text, rest[0]);
    };
    const program = ts.createProgram([...code.keys()], { ...options, noUnusedLocals: false }, host);
    const errors = [...code.keys()].flatMap((path) => ts.getPreEmitDiagnostics(program, program.getSourceFile(path)))
      .map(({ file, messageText }) => `${file?.fileName ?? ''}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`);
    expect(errors).toEqual([]);
  });

  test.each(documents.map((document) => relative(root, document)))('%s links to what is there', (name) => {
    const document = join(root, name);
    const text = readFileSync(document, 'utf8').replace(/^```.*?^```$/gms, '');
    const targets = [...text.matchAll(/\]\(([^)#\s]+)(#[^)]*)?\)/g)].map(([, target]) => target).filter((target) => !/^[a-z]+:/.test(target));
    expect(targets.filter((target) => !existsSync(join(dirname(document), target)))).toEqual([]);
  });
});
