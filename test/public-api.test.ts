import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

/** The parts of jsii's assembly that matter here. https://aws.github.io/jsii/specification/ */
interface Documented {
  readonly name: string;
  readonly docs?: { readonly summary?: string; readonly default?: string };
}
interface TypeReference {
  readonly primitive?: string;
  readonly union?: unknown;
  readonly collection?: { readonly elementtype: TypeReference };
}
interface Property extends Documented {
  readonly optional?: boolean;
  readonly type: TypeReference;
  readonly overrides?: string;
}
interface Method extends Documented {
  readonly parameters?: readonly Property[];
  readonly returns?: { readonly type: TypeReference };
  readonly overrides?: string;
}
interface Type extends Documented {
  readonly kind: 'class' | 'interface' | 'enum';
  readonly fqn: string;
  readonly datatype?: boolean;
  readonly properties?: readonly Property[];
  readonly methods?: readonly Method[];
  readonly initializer?: Method;
  readonly members?: readonly Documented[];
}

const root = join(__dirname, '..');
const types = Object.values(assembly().types);

function assembly(): { readonly types: Record<string, Type> } {
  const parsed = JSON.parse(readFileSync(join(root, '.jsii'), 'utf8')) as { readonly types: Record<string, Type>; readonly schema: string; readonly filename?: string };
  // jsii may leave only a pointer to the compressed assembly behind.
  return parsed.schema === 'jsii/file-redirect'
    ? JSON.parse(gunzipSync(readFileSync(join(root, parsed.filename!))).toString()) as { readonly types: Record<string, Type> }
    : parsed;
}

function testTitles(folder = __dirname): string {
  return readdirSync(folder, { withFileTypes: true }).map((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name.endsWith('.snapshot') ? '' : testTitles(path);
    return entry.name.endsWith('.test.ts') ? readFileSync(path, 'utf8') : '';
  }).join('\n');
}

const members = types.flatMap((type) => [
  ...(type.properties ?? []),
  ...(type.methods ?? []),
  ...(type.members ?? []),
].map((member) => ({ id: `${type.name}.${member.name}`, member, type })));

const optionals = types.filter(({ datatype }) => datatype).flatMap((type) => (type.properties ?? [])
  .filter(({ optional }) => optional)
  .map((property) => ({ id: `${type.name}.${property.name}`, property })));

describe('the public API', () => {
  test('has the L3 and its sides', () => {
    expect(types.map(({ name }) => name)).toEqual(expect.arrayContaining(['PaymentMigration', 'MigrationSide', 'MigrationDatabase', 'MigrationNetwork', 'NetworkLink']));
  });

  test('says what every type is', () => {
    expect(types.filter(({ docs }) => !docs?.summary).map(({ name }) => name)).toEqual([]);
  });

  test('says what every member is', () => {
    const inherited = ({ member }: { member: Documented & { readonly overrides?: string } }) => member.overrides !== undefined;
    const silent = members.filter((entry) => !entry.member.docs?.summary && !inherited(entry));
    expect(silent.map(({ id }) => id)).toEqual([]);
  });

  test('gives every optional a default', () => {
    expect(optionals.length).toBeGreaterThan(0);
    expect(optionals.filter(({ property }) => !property.docs?.default).map(({ id }) => id)).toEqual([]);
  });

  test('has a test for every default, titled with it', () => {
    const titles = testTitles();
    expect(optionals.filter(({ id }) => !new RegExp(`@default ${id}\\b`).test(titles)).map(({ id }) => id)).toEqual([]);
  });

  test('names every parameter: one that is taken apart has a name in TypeScript only', () => {
    const nameless = types.flatMap((type) => [...(type.methods ?? []), ...(type.initializer ? [{ ...type.initializer, name: 'constructor' }] : [])]
      .flatMap(({ name, parameters = [] }) => parameters.filter((parameter) => !/^[a-z][A-Za-z]*$/.test(parameter.name)).map((parameter) => `${type.name}.${name}(${parameter.name})`)));
    expect(nameless).toEqual([]);
  });

  test('has no union and no any', () => {
    const vague = (type: TypeReference | undefined): boolean => type !== undefined
      && (type.union !== undefined || type.primitive === 'any' || type.primitive === 'json' || vague(type.collection?.elementtype));
    const used = types.flatMap((type) => [
      ...(type.properties ?? []).map((property) => ({ id: `${type.name}.${property.name}`, type: property.type })),
      ...[...(type.methods ?? []), ...(type.initializer ? [{ ...type.initializer, name: 'constructor' }] : [])].flatMap((method) => [
        ...(method.parameters ?? []).map((parameter) => ({ id: `${type.name}.${method.name}(${parameter.name})`, type: parameter.type })),
        ...(method.returns ? [{ id: `${type.name}.${method.name}()`, type: method.returns.type }] : []),
      ]),
    ]);
    expect(used.filter((use) => vague(use.type)).map(({ id }) => id)).toEqual([]);
  });
});
