import { App, Stack } from 'aws-cdk-lib';
import { SecurityGroup, Vpc } from 'aws-cdk-lib/aws-ec2';
import { ApplicationLoadBalancer } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { AuroraPostgresEngineVersion, DatabaseCluster, DatabaseClusterEngine, DatabaseInstance, DatabaseInstanceEngine, PostgresEngineVersion } from 'aws-cdk-lib/aws-rds';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { MigrationDatabase, MigrationSide, PaymentMigration, TrafficEndpoint, WriterDiscovery } from 'cdk-payment-migration';

const app = new App();
const stack = new Stack(app, 'Payments', { env: { account: '111111111111', region: 'eu-west-1' } });

// Each has JSON with username, password, host and port, made by hand: DMS cannot read a secret that RDS manages.
const login = (id: string, name: string) => (
  Secret.fromSecretCompleteArn(stack, id, `arn:aws:secretsmanager:eu-west-1:111111111111:secret:payments/${name}`)
);

const source = MigrationSide.existing({
  // Routes to the other side go into the VPC's own route tables, so their ids are needed; Vpc.fromLookup() finds them by itself.
  vpc: Vpc.fromVpcAttributes(stack, 'SourceVpc', {
    vpcId: 'vpc-0a1b2c3d4e5f60718',
    vpcCidrBlock: '172.16.0.0/16',
    availabilityZones: ['eu-west-1a', 'eu-west-1b'],
    isolatedSubnetIds: ['subnet-0a1b2c3d4e5f6072a', 'subnet-0a1b2c3d4e5f6072b'],
    isolatedSubnetRouteTableIds: ['rtb-0a1b2c3d4e5f6072a', 'rtb-0a1b2c3d4e5f6072a'],
  }),
  database: MigrationDatabase.fromInstance(DatabaseInstance.fromDatabaseInstanceAttributes(stack, 'SourceDatabase', {
    instanceIdentifier: 'payments',
    instanceEndpointAddress: 'payments.c0a1b2c3d4e5.eu-west-1.rds.amazonaws.com',
    port: 5432,
    engine: DatabaseInstanceEngine.postgres({ version: PostgresEngineVersion.VER_15 }),
    securityGroups: [SecurityGroup.fromSecurityGroupId(stack, 'SourceDatabaseSecurityGroup', 'sg-0a1b2c3d4e5f60718')],
  }), { databaseName: 'payments', secret: login('SourceMigrationLogin', 'source-migration-a1B2c3') }),
  endpoint: TrafficEndpoint.fromLoadBalancer(ApplicationLoadBalancer.fromApplicationLoadBalancerAttributes(stack, 'SourceLoadBalancer', {
    loadBalancerArn: 'arn:aws:elasticloadbalancing:eu-west-1:111111111111:loadbalancer/app/payments/0a1b2c3d4e5f6071',
    loadBalancerDnsName: 'payments-1234567890.eu-west-1.elb.amazonaws.com',
    loadBalancerCanonicalHostedZoneId: 'Z32O12XQLNTSW2',
    securityGroupId: 'sg-0a1b2c3d4e5f60719',
  })),
});

const target = MigrationSide.existing({
  vpc: Vpc.fromVpcAttributes(stack, 'TargetVpc', {
    vpcId: 'vpc-0b1c2d3e4f5061728',
    vpcCidrBlock: '172.17.0.0/16',
    availabilityZones: ['eu-west-1a', 'eu-west-1b'],
    isolatedSubnetIds: ['subnet-0b1c2d3e4f506172a', 'subnet-0b1c2d3e4f506172b'],
    isolatedSubnetRouteTableIds: ['rtb-0b1c2d3e4f506172a', 'rtb-0b1c2d3e4f506172a'],
  }),
  database: MigrationDatabase.fromCluster(DatabaseCluster.fromDatabaseClusterAttributes(stack, 'TargetDatabase', {
    clusterIdentifier: 'payments-new',
    clusterEndpointAddress: 'payments-new.cluster-c0a1b2c3d4e5.eu-west-1.rds.amazonaws.com',
    port: 5432,
    engine: DatabaseClusterEngine.auroraPostgres({ version: AuroraPostgresEngineVersion.VER_17_5 }),
    securityGroups: [SecurityGroup.fromSecurityGroupId(stack, 'TargetDatabaseSecurityGroup', 'sg-0b1c2d3e4f5061728')],
  }), { databaseName: 'payments', secret: login('TargetMigrationLogin', 'target-migration-d4E5f6') }),
  endpoint: TrafficEndpoint.fromLoadBalancer(ApplicationLoadBalancer.fromApplicationLoadBalancerAttributes(stack, 'TargetLoadBalancer', {
    loadBalancerArn: 'arn:aws:elasticloadbalancing:eu-west-1:111111111111:loadbalancer/app/payments-new/0b1c2d3e4f506172',
    loadBalancerDnsName: 'payments-new-1234567890.eu-west-1.elb.amazonaws.com',
    loadBalancerCanonicalHostedZoneId: 'Z32O12XQLNTSW2',
    securityGroupId: 'sg-0b1c2d3e4f5061729',
  })),
});

new PaymentMigration(stack, 'Migration', {
  source,
  target,
  // The services know both hosts already.
  writerDiscovery: WriterDiscovery.none(),
  applicationSecret: login('ApplicationLogin', 'application-g7H8i9'),
});
app.synth();
