import { TARGET, type Check, type FindingKind } from '../check';

const UNAVAILABLE: FindingKind = {
  id: 'extension-not-available',
  severity: 'blocker',
  why: 'What depends on it cannot be created on the target.',
  remedy: 'Choose a target that has the extension, or do without it on the source.',
};
const MISSING: FindingKind = {
  id: 'extension-missing',
  severity: 'blocker',
  why: 'What depends on it cannot be created or used on the target.',
  remedy: 'CREATE EXTENSION on the target, in the same schema.',
};
const VERSION: FindingKind = {
  id: 'extension-version-differs',
  severity: 'warning',
  why: 'Another version of an extension may behave otherwise, or keep values otherwise.',
  remedy: 'ALTER EXTENSION … UPDATE on the side that is behind, or read what changed in between.',
};

const INSTALLED = 'SELECT extname AS name, extversion AS version FROM pg_extension WHERE extname <> \'plpgsql\'';
const AVAILABLE = 'SELECT name FROM pg_available_extensions';

interface Extension {
  readonly name: string;
  readonly version: string;
}

/** An extension that the target lacks is created with the schema: until then it need only be available. */
export const EXTENSIONS: Check = {
  name: 'extensions',
  kinds: [UNAVAILABLE, MISSING, VERSION],
  sides: TARGET,
  compares: true,
  run: async ({ read, request }) => {
    const [wanted, installed, available] = await Promise.all([
      read<Extension>('source', INSTALLED), read<Extension>('target', INSTALLED), read<Pick<Extension, 'name'>>('target', AVAILABLE),
    ]);
    return wanted.flatMap(({ name: object, version }) => {
      const there = installed.find(({ name }) => name === object);
      if (there) {
        return there.version === version ? [] : [{ kind: VERSION, object, what: `the source has ${version}, the target ${there.version}` }];
      }
      if (!available.some(({ name }) => name === object)) return [{ kind: UNAVAILABLE, object, what: `the source has ${version}, the target's server has none` }];
      if (request.stage === 'before-schema') return [];
      return [{ kind: MISSING, object, what: `the source has ${version}; on the target it is available and not created` }];
    });
  },
};
