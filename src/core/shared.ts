import { Stack } from 'aws-cdk-lib';
import type { Construct, IConstruct } from 'constructs';

/** What is made once for everything below it. */
const homes = new WeakSet<IConstruct>();

/** Everything below the scope, in its stack, shares what it needs only once. */
export function shareWithin(scope: IConstruct): void {
  homes.add(scope);
}

/**
 * What a scope shares with others of its stack: made when it is first asked for, in the outermost construct around the scope that shares, or
 * else in the scope itself. So it has the tags and the life of a migration, which something shared by the whole stack has not.
 */
export function shared<T extends Construct>(scope: Construct, id: string, create: (home: Construct) => T): T {
  const around = scope.node.scopes.filter((candidate) => homes.has(candidate) && Stack.of(candidate) === Stack.of(scope));
  const home = (around[0] ?? scope) as Construct;
  return (home.node.tryFindChild(id) as T | undefined) ?? create(home);
}
