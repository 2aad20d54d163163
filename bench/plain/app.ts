import { App, CfnOutput, RemovalPolicy, Stack, Tags } from 'aws-cdk-lib';
import { ManagedPolicy, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { DatabaseSecret } from 'aws-cdk-lib/aws-rds';
import { HostedZone } from 'aws-cdk-lib/aws-route53';
import { Construct } from 'constructs';
import { ControlPlane } from './control-plane';
import { Database } from './database';
import { CustomResources } from './functions';
import { linkNetworks, Network } from './network';
import { Replication } from './replication';
import { Service } from './service';
import { Storage } from './storage';

/** What the quick start makes, written by hand for one team: no choices, no checks, no reuse. */
const app = new App({ context: { '@aws-cdk/aws-s3:serverAccessLogsUseBucketPolicy': true } });
const stack = new Stack(app, 'Payments', { env: { account: '111111111111', region: 'eu-west-1' } });
Tags.of(stack).add('project', 'payments');
Tags.of(stack).add('environment', 'migration');

function encryptionKey(id: string): Key {
  const key = new Key(stack, id, { enableKeyRotation: true, removalPolicy: RemovalPolicy.RETAIN });
  key.addToResourcePolicy(new PolicyStatement({
    principals: [new ServicePrincipal(`logs.${stack.region}.amazonaws.com`)],
    actions: ['kms:Encrypt*', 'kms:Decrypt*', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:Describe*'],
    resources: ['*'],
  }));
  return key;
}

const key = encryptionKey('Key');
const customResources = new CustomResources(stack, 'CustomResources', key);
const monitoringRole = new Role(stack, 'MonitoringRole', {
  assumedBy: new ServicePrincipal('monitoring.rds.amazonaws.com'),
  managedPolicies: [ManagedPolicy.fromAwsManagedPolicyName('service-role/AmazonRDSEnhancedMonitoringRole')],
});

function side(id: 'Source' | 'Target', cidr: string) {
  const scope = new Construct(stack, id);
  Tags.of(scope).add('side', id.toLowerCase());
  const sideKey = encryptionKey(`${id}Key`);
  const network = new Network(scope, 'Network', cidr, sideKey);
  customResources.resource(scope, 'DefaultGroup', 'VpcRestrictDefaultSG', { DefaultSecurityGroupId: network.resource.attrDefaultSecurityGroup });
  return { network, database: new Database(scope, 'Database', id.toLowerCase(), network, sideKey, monitoringRole) };
}

const source = side('Source', '10.0.0.0/16');
const target = side('Target', '10.1.0.0/16');
customResources.allow('DefaultGroups', [
  new PolicyStatement({ actions: ['ec2:DescribeSecurityGroupRules'], resources: ['*'] }),
  new PolicyStatement({
    actions: ['ec2:RevokeSecurityGroupIngress', 'ec2:RevokeSecurityGroupEgress'],
    resources: [source, target].map(({ network: { resource } }) => (
      stack.formatArn({ service: 'ec2', resource: 'security-group', resourceName: resource.attrDefaultSecurityGroup })
    )),
  }),
]);
linkNetworks(stack, source.network, target.network);
const login = new DatabaseSecret(stack, 'ApplicationLogin', { username: 'payments_app', dbname: 'payments', encryptionKey: key, excludeCharacters: ';.:+/@"\\ ' });
const storage = new Storage(stack, 'Storage', key);
new Replication(stack, 'Replication', { key, customResources, source, target });
const controlPlane = new ControlPlane(stack, 'ControlPlane', { key, source, target, caller: customResources.role });
customResources.resource(stack, 'StageGuard', 'MigrationStageGuard', {
  Stage: 'MIGRATING', Functions: controlPlane.functions.map(({ functionName }) => functionName),
});
const zone = HostedZone.fromHostedZoneAttributes(stack, 'Zone', { hostedZoneId: 'Z0123456789ABCDEFGHIJ', zoneName: 'example.com' });
const hosts = [source, target].map(({ database }) => database.cluster.clusterEndpoint.hostname).join(',');
const services = ([['source', source, target], ['target', target, source]] as const).map(([name, own, other]) => new Service(stack, `${name}Service`, {
  side: name,
  network: own.network,
  own: own.database,
  other,
  hosts,
  login,
  key,
  zone,
  accessLogs: storage.accessLogs,
  topic: controlPlane.errorAlerts,
}));
customResources.allow('Records', [
  new PolicyStatement({ actions: ['route53:ListResourceRecordSets', 'route53:ChangeResourceRecordSets'], resources: [zone.hostedZoneArn] }),
]);
customResources.resource(stack, 'Records', 'DnsRecords', {
  Targets: services.map(({ loadBalancer, healthCheck }) => [loadBalancer.loadBalancerDnsName, healthCheck.healthCheckId]),
});
new CfnOutput(stack, 'SourceEndpoint', { value: source.database.cluster.clusterEndpoint.socketAddress });
new CfnOutput(stack, 'TargetEndpoint', { value: target.database.cluster.clusterEndpoint.socketAddress });
app.synth();
