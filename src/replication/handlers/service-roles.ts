import { AttachRolePolicyCommand, CreateRoleCommand, GetRoleCommand, type Role } from '@aws-sdk/client-iam';
import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import { Patience, unless, type ReplicationServices } from './services';
import type { CustomResourceResult } from '../../core/custom-resource-reply';
import { SERVICE_PRINCIPAL, type ServiceRolesProperties } from '../contract';

/** IAM tells its other parts of a new role within seconds, and has no call that says when all of them know. */
const PROPAGATION_MS = 30_000;
const TRUST = JSON.stringify({
  Version: '2012-10-17',
  // No condition: with one on the source's ARN, DMS cannot write its logs.
  Statement: [{ Effect: 'Allow', Principal: { Service: SERVICE_PRINCIPAL }, Action: 'sts:AssumeRole' }],
});

/**
 * Makes the account's service roles of DMS where there are none.
 *
 * Other stacks and Regions of the account use the same roles, so nothing here takes any away.
 */
export async function ensureServiceRoles(
  services: ReplicationServices,
  event: CloudFormationCustomResourceEvent<ServiceRolesProperties>,
): Promise<CustomResourceResult> {
  if (event.RequestType === 'Delete') return { physicalResourceId: event.PhysicalResourceId };
  const patience = new Patience(services);
  let made = false;
  for (const [name, policy] of Object.entries(event.ResourceProperties.Policies)) {
    made = await ensureRole(services, patience, name) || made;
    await attach(services, patience, name, policy);
  }
  if (made) await services.sleep(PROPAGATION_MS);
  return { physicalResourceId: 'dms-service-roles' };
}

/** Whether the role is new: made here, or by another stack at this moment. */
async function ensureRole({ iam }: ReplicationServices, patience: Patience, name: string): Promise<boolean> {
  const answer = await iam.send(new GetRoleCommand({ RoleName: name })).catch(unless('NoSuchEntityException'));
  if (answer?.Role) {
    checkTrust(name, answer.Role);
    return false;
  }
  for (;;) {
    try {
      await iam.send(new CreateRoleCommand({
        RoleName: name,
        AssumeRolePolicyDocument: TRUST,
        Description: 'DMS of this account takes it on, whoever uses DMS; made by a payment migration and left by it',
      }));
      return true;
    } catch (error) {
      if (error instanceof Error && error.name === 'EntityAlreadyExistsException') return true;
      unless('ConcurrentModificationException')(error);
      await patience.pause(`role ${name} is being made by somebody else`);
    }
  }
}

/** Attaching what is attached does nothing. */
async function attach({ iam }: ReplicationServices, patience: Patience, name: string, policy: string): Promise<void> {
  for (;;) {
    try {
      await iam.send(new AttachRolePolicyCommand({ RoleName: name, PolicyArn: policy }));
      return;
    } catch (error) {
      // A role that is seconds old may not be known to the part of IAM that answers.
      unless('NoSuchEntityException', 'ConcurrentModificationException')(error);
      await patience.pause(`${policy} could not be attached to role ${name}: ${String(error)}`);
    }
  }
}

function checkTrust(name: string, role: Role): void {
  const document = decodeURIComponent(role.AssumeRolePolicyDocument ?? '');
  if (!document.includes(`"${SERVICE_PRINCIPAL}"`)) {
    throw new Error(`role ${name} does not trust ${SERVICE_PRINCIPAL}; let it, or have DMS use another account: the name is fixed`);
  }
}
