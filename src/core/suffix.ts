import { Names, Stack, Stage, Token } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { checkPattern, invalidInput } from './checks';
import { knownToDiffer } from './environment';

/** Twenty characters leave room for what AWS's shortest identifiers need beside it (31 for those of DMS). */
const MAX_LENGTH = 20;
// RDS and DMS identifiers: letters, digits and single hyphens, a letter first, no hyphen at the end.
const PATTERN = new RegExp(`^(?=.{1,${MAX_LENGTH}}$)[a-z][a-z0-9]*(-[a-z0-9]+)*$`);
const ALLOWED = `1 to ${MAX_LENGTH} lower-case letters, digits and single hyphens, a letter first and no hyphen last`;

interface Registration {
  readonly suffix: string;
  readonly owner: IConstruct;
}

/** Per app: which suffix is whose. */
const registrations = new WeakMap<IConstruct, Registration[]>();

/**
 * The suffix that tells one migration from every other in the account and Region.
 *
 * Given: checked. Not given: made from the construct's path, so that no two in an app are alike.
 */
export function environmentSuffix(scope: IConstruct, prop: string, given?: string): string {
  checkPattern(prop, given, PATTERN, ALLOWED);
  const suffix = given ?? madeFromPath(scope);
  claim(scope, prop, suffix);
  return suffix;
}

/** The construct's own id, to be read, and the hash of its path and its stack's name, to be unique: 'migration-1f2e3d4c'. */
function madeFromPath(scope: IConstruct): string {
  const hash = Names.uniqueResourceName(scope, {}).slice(-8).toLowerCase();
  const readable = scope.node.id.toLowerCase().replace(/[^a-z0-9]/g, '').replace(/^[0-9]+/, '').slice(0, MAX_LENGTH - hash.length - 1);
  return `${readable || 'migration'}-${hash}`;
}

function claim(scope: IConstruct, prop: string, suffix: string): void {
  const claimed = registrations.get(scope.node.root) ?? [];
  const other = claimed.find((candidate) => candidate.suffix === suffix && mayCollide(scope, candidate.owner));
  if (other) throw invalidInput(prop, suffix, `one that no other migration of this account and Region has; ${other.owner.node.path} has this one`);
  registrations.set(scope.node.root, [...claimed, { suffix, owner: scope }]);
}

/** Two stages may well stand for two accounts: they collide only where both environments are known and alike. */
function mayCollide(one: IConstruct, other: IConstruct): boolean {
  const [a, b] = [Stack.of(one), Stack.of(other)];
  if (knownToDiffer(a.account, b.account) || knownToDiffer(a.region, b.region)) return false;
  const known = [a.account, a.region, b.account, b.region].every((value) => !Token.isUnresolved(value));
  if (known) return true;
  return Stage.of(one) === Stage.of(other);
}
