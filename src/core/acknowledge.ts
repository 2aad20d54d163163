import { CfnResource, Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/**
 * Records that a scanner's finding on exactly one resource is accepted, and why.
 *
 * cdk-nag and other validation plugins read it; docs/suppressions.md lists every one. A construct stands for its default child:
 * an acknowledgement on the construct itself would cover whatever is added below it later.
 *
 * @param ids the rules' full ids, as the scanner prints them
 */
export function acknowledge(construct: IConstruct, ids: readonly string[], reason: string): void {
  const resource = CfnResource.isCfnResource(construct) ? construct : construct.node.defaultChild;
  if (!resource || !CfnResource.isCfnResource(resource)) throw new Error(`${construct.node.path} is no single resource`);
  // Not `Validations.of(resource).acknowledge()`: it refuses ids with two '::', as those of findings on ARNs have.
  resource.node.addMetadata(Validations.ACKNOWLEDGED_RULES_METADATA_KEY, Object.fromEntries(ids.map((id) => [id, reason])));
}
