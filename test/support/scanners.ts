import { AwsSolutionsChecks, HIPAASecurityChecks, NIST80053R5Checks, PCIDSS321Checks, type NagPack } from 'cdk-nag';
import type { IConstruct } from 'constructs';

/** Every pack that the library is clean under. */
export const PACKS = [AwsSolutionsChecks, HIPAASecurityChecks, NIST80053R5Checks, PCIDSS321Checks];

/** Findings that nothing acknowledges, as `rule path`. */
export function findings(scope: IConstruct): string[] {
  return PACKS.flatMap((Pack) => {
    const pack: NagPack = new Pack(scope);
    return pack.validateScope(scope).violations.flatMap(({ ruleName, violatingResources }) => (
      violatingResources.map(({ constructPath }) => `${ruleName} ${constructPath}`)
    ));
  });
}
