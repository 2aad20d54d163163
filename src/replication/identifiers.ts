import { Aws, Fn, Names, Token } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { checkPattern, invalidInput } from '../core';

/** DMS allows 31 characters at the end of an ARN; the longest of ours takes 11 after this. */
const MAX_LENGTH = 20;
const IDENTIFIER = new RegExp(`^(?=.{1,${MAX_LENGTH}}$)[a-z][a-z0-9]*(-[a-z0-9]+)*$`);

/** How the identifiers of a replication begin. */
export function replicationIdentifier(scope: Construct, given?: string): string {
  if (given !== undefined && Token.isUnresolved(given)) throw invalidInput('identifier', 'a token', 'a literal, since a task has to know what it was called');
  checkPattern('identifier', given, IDENTIFIER, `1 to ${MAX_LENGTH} lower-case letters, digits and single hyphens, a letter first and no hyphen last`);
  return given ?? `dms-${Names.uniqueResourceName(scope, {}).slice(-8).toLowerCase()}`;
}

/** A name that no other stack has, by the first part of the stack's own id: what is kept of an old stack is in nobody's way then. */
export function nameInStack(name: string): string {
  const stackId = Fn.select(2, Fn.split('/', Aws.STACK_ID));
  return Fn.join('-', [name, Fn.select(0, Fn.split('-', stackId))]);
}
