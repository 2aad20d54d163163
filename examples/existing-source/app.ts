import { App, Stack } from 'aws-cdk-lib';
import { SecurityGroup, Vpc } from 'aws-cdk-lib/aws-ec2';
import { DatabaseInstance, DatabaseInstanceEngine, PostgresEngineVersion } from 'aws-cdk-lib/aws-rds';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { MigrationDatabase, MigrationSide, PaymentMigration } from 'cdk-payment-migration';

const app = new App();
const stack = new Stack(app, 'Payments', { env: { account: '111111111111', region: 'eu-west-1' } });

// Routes to the target go into the VPC's own route tables, so their ids are needed; Vpc.fromLookup() finds them by itself.
const vpc = Vpc.fromVpcAttributes(stack, 'Vpc', {
  vpcId: 'vpc-0a1b2c3d4e5f60718',
  vpcCidrBlock: '172.16.0.0/16',
  availabilityZones: ['eu-west-1a', 'eu-west-1b'],
  privateSubnetIds: ['subnet-0a1b2c3d4e5f6071a', 'subnet-0a1b2c3d4e5f6071b'],
  privateSubnetRouteTableIds: ['rtb-0a1b2c3d4e5f6071a', 'rtb-0a1b2c3d4e5f6071b'],
  isolatedSubnetIds: ['subnet-0a1b2c3d4e5f6072a', 'subnet-0a1b2c3d4e5f6072b'],
  isolatedSubnetRouteTableIds: ['rtb-0a1b2c3d4e5f6072a', 'rtb-0a1b2c3d4e5f6072a'],
});
const instance = DatabaseInstance.fromDatabaseInstanceAttributes(stack, 'Database', {
  instanceIdentifier: 'payments',
  instanceEndpointAddress: 'payments.c0a1b2c3d4e5.eu-west-1.rds.amazonaws.com',
  port: 5432,
  engine: DatabaseInstanceEngine.postgres({ version: PostgresEngineVersion.VER_15 }),
  securityGroups: [SecurityGroup.fromSecurityGroupId(stack, 'DatabaseSecurityGroup', 'sg-0a1b2c3d4e5f60718')],
});
// JSON with username, password, host and port, made by hand: DMS cannot read a secret that RDS manages.
const secret = Secret.fromSecretCompleteArn(
  stack,
  'MigrationLogin',
  'arn:aws:secretsmanager:eu-west-1:111111111111:secret:payments/migration-a1B2c3',
);

new PaymentMigration(stack, 'Migration', {
  source: MigrationSide.existing({
    vpc,
    database: MigrationDatabase.fromInstance(instance, { databaseName: 'payments', secret }),
  }),
  target: MigrationSide.provisioned({ database: MigrationDatabase.auroraPostgres({ readers: 2 }) }),
});
app.synth();
