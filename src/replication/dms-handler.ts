import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import { CustomResourceHandler, type Protection } from '../core';

export interface DmsHandlerProps {
  readonly encryptionKey: IKey;
  readonly protection: Protection;
  readonly taskArns: string[];
  readonly endpointArns: string[];
  /** Undefined where the tasks are serverless: then DMS tests connections by itself. */
  readonly instanceArn?: string;
  readonly statements: PolicyStatement[];
}

const TASK_ACTIONS = ['AddTagsToResource', 'ListTagsForResource', 'RemoveTagsFromResource'];

/** What answers for all custom resources of a replication. It knows what it may touch by ARNs that are known before anything is there. */
export function dmsHandler(scope: Construct, id: string, given: DmsHandlerProps): CustomResourceHandler {
  const { taskArns, endpointArns, instanceArn, statements, ...props } = given;
  const control = instanceArn === undefined ? ['StartReplication', 'StopReplication'] : ['StartReplicationTask', 'StopReplicationTask'];
  const describe = instanceArn === undefined
    ? ['DescribeEndpoints', 'DescribeReplicationConfigs', 'DescribeReplications']
    : ['DescribeConnections', 'DescribeEndpoints', 'DescribeReplicationInstances', 'DescribeReplicationTasks'];
  const prefixed = (actions: string[]) => actions.map((action) => `dms:${action}`);
  return new CustomResourceHandler(scope, id, {
    ...props,
    statements: [
      new PolicyStatement({ actions: prefixed(describe), resources: ['*'] }),
      new PolicyStatement({ actions: prefixed([...control, ...TASK_ACTIONS]), resources: taskArns }),
      new PolicyStatement({ actions: ['dms:ModifyEndpoint'], resources: endpointArns }),
      ...(instanceArn === undefined ? [] : [new PolicyStatement({ actions: ['dms:TestConnection'], resources: [instanceArn, ...endpointArns] })]),
      ...statements,
    ],
    wildcards: [{ resource: '*', reason: 'DMS describes tasks, instances, endpoints and connections without naming one; what changes one names it' }],
  });
}
