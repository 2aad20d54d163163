import { Token } from 'aws-cdk-lib';

/** Whether two account numbers or Regions are both known, and differ. */
export function knownToDiffer(one: string, other: string): boolean {
  return !Token.isUnresolved(one) && !Token.isUnresolved(other) && one !== other;
}
