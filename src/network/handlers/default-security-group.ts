import {
  DescribeSecurityGroupRulesCommand,
  type EC2Client,
  RevokeSecurityGroupEgressCommand,
  RevokeSecurityGroupIngressCommand,
  type SecurityGroupRule,
} from '@aws-sdk/client-ec2';
import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import type { CustomResourceResult } from '../../core/custom-resource-reply';
import type { ClosedDefaultSecurityGroupProperties } from '../contract';

/** What the handler works with. */
export interface DefaultSecurityGroupServices {
  readonly ec2: Pick<EC2Client, 'send'>;
  readonly sleep: (ms: number) => Promise<void>;
}

type Event = CloudFormationCustomResourceEvent<ClosedDefaultSecurityGroupProperties>;

const LOOKS = 10;
const PAUSE_MS = 2_000;
const PAGE_SIZE = 1_000;
/** A filter that finds nothing is no error, so of a group that is seconds old one empty answer says little. */
const EMPTY_LOOKS = 2;
/** The rule went between the look and the call; EC2 then revokes none of the others. */
const GONE = new Set(['InvalidSecurityGroupRuleId.NotFound', 'InvalidPermission.NotFound']);

/** Takes every rule from a default security group; gives none back, since the group dies with its VPC. */
export function closedDefaultSecurityGroup(services: DefaultSecurityGroupServices): (event: Event) => Promise<CustomResourceResult> {
  return async (event) => {
    const groupId = event.ResourceProperties.DefaultSecurityGroupId;
    if (event.RequestType === 'Delete') return { physicalResourceId: event.PhysicalResourceId };
    await close(services, groupId);
    return { physicalResourceId: groupId };
  };
}

async function close({ ec2, sleep }: DefaultSecurityGroupServices, groupId: string): Promise<void> {
  let emptyLooks = 0;
  for (let look = 0; look < LOOKS; look++) {
    if (look > 0) await sleep(PAUSE_MS);
    const rules = await listRules(ec2, groupId);
    emptyLooks = rules.length === 0 ? emptyLooks + 1 : 0;
    if (emptyLooks === EMPTY_LOOKS) return;
    await revoke(ec2, groupId, rules);
  }
  throw new Error(`security group ${groupId} still has rules after ${LOOKS} attempts to revoke them; see what adds them again`);
}

async function listRules(ec2: DefaultSecurityGroupServices['ec2'], groupId: string): Promise<SecurityGroupRule[]> {
  const rules: SecurityGroupRule[] = [];
  let next: string | undefined;
  do {
    const page = await ec2.send(new DescribeSecurityGroupRulesCommand({
      Filters: [{ Name: 'group-id', Values: [groupId] }],
      MaxResults: PAGE_SIZE,
      NextToken: next,
    }));
    rules.push(...page.SecurityGroupRules ?? []);
    next = page.NextToken;
  } while (next);
  return rules;
}

async function revoke(ec2: DefaultSecurityGroupServices['ec2'], groupId: string, rules: SecurityGroupRule[]): Promise<void> {
  const idsOf = (egress: boolean) => rules.filter((rule) => rule.IsEgress === egress).map((rule) => rule.SecurityGroupRuleId!);
  const [ingress, egress] = [idsOf(false), idsOf(true)];
  if (ingress.length > 0) {
    await unlessGone(ec2.send(new RevokeSecurityGroupIngressCommand({ GroupId: groupId, SecurityGroupRuleIds: ingress })));
  }
  if (egress.length > 0) {
    await unlessGone(ec2.send(new RevokeSecurityGroupEgressCommand({ GroupId: groupId, SecurityGroupRuleIds: egress })));
  }
}

async function unlessGone(call: Promise<unknown>): Promise<void> {
  try {
    await call;
  } catch (error) {
    if (!(error instanceof Error && GONE.has(error.name))) throw error;
  }
}
