import { Duration, NestedStack } from 'aws-cdk-lib';
import { Peer, Port, SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import { Effect, ManagedPolicy, PolicyStatement, ServicePrincipal, type IRole } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { Topic, type ITopic } from 'aws-cdk-lib/aws-sns';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import type { Database } from './database';
import { bundledFunction, failedEventsQueue, lambdaRole } from './functions';
import type { Network } from './network';

interface ControlPlaneProps {
  readonly key: IKey;
  readonly source: { readonly network: Network; readonly database: Database };
  readonly target: { readonly network: Network; readonly database: Database };
  /** Asks both functions. */
  readonly caller: IRole;
}

/** Topics, and the two functions that move write authority. */
export class ControlPlane extends NestedStack {
  public readonly functions: LambdaFunction[];
  public readonly errorAlerts: ITopic;

  constructor(scope: Construct, id: string, private readonly props: ControlPlaneProps) {
    super(scope, id, { description: 'payments: topics, and the functions that move write authority' });
    this.errorAlerts = this.addTopics().Errors;
    this.functions = this.addFunctions();
  }

  private addTopics(): Record<string, Topic> {
    const { key } = this.props;
    new Queue(this, 'Undelivered', { encryption: QueueEncryption.KMS, encryptionMasterKey: key, enforceSSL: true, retentionPeriod: Duration.days(14) });
    return Object.fromEntries(['Status', 'Errors', 'Validation', 'Dms'].map((id) => {
      const topic = new Topic(this, id, { displayName: `Payments: ${id}`, masterKey: key, enforceSSL: true });
      topic.addToResourcePolicy(new PolicyStatement({
        principals: [new ServicePrincipal('events.amazonaws.com')], actions: ['sns:Publish'], resources: [topic.topicArn],
      }));
      return [id, topic];
    }));
  }

  private addFunctions(): LambdaFunction[] {
    const { key, source, target, caller } = this.props;
    const { vpc, cidr } = target.network;
    const group = new SecurityGroup(this, 'Group', { vpc, description: 'Cutover', allowAllOutbound: false });
    group.addEgressRule(Peer.ipv4(cidr), Port.tcp(443), 'AWS endpoints');
    group.addEgressRule(Peer.ipv4(source.network.cidr), Port.tcp(5432), 'Source');
    group.connections.allowTo(target.database.group, Port.tcp(5432), 'Target');
    const sourceGroup = SecurityGroup.fromSecurityGroupId(this, 'SourceGroup', source.database.group.securityGroupId);
    for (const zone of [0, 1, 2]) sourceGroup.addIngressRule(Peer.ipv4(target.network.block(3, zone)), Port.tcp(5432), 'Cutover');

    const role = lambdaRole(this, 'Role');
    const failedEvents = failedEventsQueue(this);
    const made = ['authority', 'fence'].map((name) => {
      const handler = bundledFunction(this, name, {
        asset: `cutover/${name}.lambda`, key, role, failedEvents, vpc, vpcSubnets: { subnets: target.network.subnets.Replication }, securityGroups: [group],
      });
      handler.addPermission('Caller', { principal: caller });
      return handler;
    });
    const policy = new ManagedPolicy(this, 'Policy', { roles: [role] });
    policy.addStatements(
      new PolicyStatement({ actions: ['logs:CreateLogStream', 'logs:PutLogEvents'], resources: made.map(({ logGroup }) => logGroup.logGroupArn) }),
      new PolicyStatement({ actions: ['ec2:CreateNetworkInterface', 'ec2:DescribeNetworkInterfaces', 'ec2:DeleteNetworkInterface'], resources: ['*'] }),
      new PolicyStatement({ actions: ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'], resources: ['*'] }),
      new PolicyStatement({ actions: ['sqs:SendMessage'], resources: [failedEvents.queueArn] }),
    );
    policy.addStatements(...source.database.readLogin(), ...target.database.readLogin());
    new ManagedPolicy(this, 'NoInterfaces', {
      roles: [role],
      statements: [new PolicyStatement({
        effect: Effect.DENY,
        actions: ['ec2:CreateNetworkInterface', 'ec2:DeleteNetworkInterface'],
        resources: ['*'],
        conditions: { ArnEquals: { 'lambda:SourceFunctionArn': made.map(({ functionArn }) => functionArn) } },
      })],
    });
    return made;
  }
}
