import type { Stack } from 'aws-cdk-lib';
import { SecurityGroup, Vpc } from 'aws-cdk-lib/aws-ec2';
import { DatabaseInstance } from 'aws-cdk-lib/aws-rds';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { importedSecret, importedVpc } from './synthesis';
import { CutoverFunctions, MigrationDatabase, MigrationNetwork, type CutoverFunctionsProps, type CutoverSide, type IMigrationNetwork } from '../../src';

/** A database that exists, in a network that exists, behind the security group `sg-<name>`. */
export function existingSide(stack: Stack, name: string, network?: IMigrationNetwork): CutoverSide {
  const instance = DatabaseInstance.fromDatabaseInstanceAttributes(stack, `${name}Instance`, {
    instanceIdentifier: name,
    instanceEndpointAddress: `${name}.abc123.eu-west-1.rds.amazonaws.com`,
    port: 5432,
    securityGroups: [SecurityGroup.fromSecurityGroupId(stack, `${name}SecurityGroup`, `sg-${name}`)],
  });
  const database = MigrationDatabase.fromInstance(instance, {
    databaseName: `${name}_payments`,
    secret: Secret.fromSecretNameV2(stack, `${name}Secret`, `payments/${name}-login`),
  });
  return { database: database.bind(new Construct(stack, `${name}Database`), {}), network };
}

/** A server that is in no VPC of the account. */
export function externalSide(stack: Stack, host: string): CutoverSide {
  const database = MigrationDatabase.external({ host, databaseName: 'payments', secret: importedSecret(stack, 'ExternalSecret') });
  return { database: database.bind(new Construct(stack, 'ExternalDatabase'), {}) };
}

/** Another network than `importedVpc`'s, that exists too; of the addresses of its subnets only what is said here is known. */
export function sourceNetwork(stack: Stack, vpcCidrBlock: string | undefined = '10.30.0.0/16'): IMigrationNetwork {
  return MigrationNetwork.fromVpc(stack, 'SourceNetwork', Vpc.fromVpcAttributes(stack, 'SourceVpc', {
    vpcId: 'vpc-0fedcba9876543210',
    vpcCidrBlock,
    availabilityZones: ['eu-west-1a'],
    isolatedSubnetIds: ['subnet-0ccccccccccccccc1'],
    isolatedSubnetRouteTableIds: ['rtb-0ccccccccccccccc1'],
  }));
}

/** Functions between two databases that exist in two networks. */
export function functionsIn(stack: Stack, props: Partial<CutoverFunctionsProps> = {}): CutoverFunctions {
  return new CutoverFunctions(stack, 'Cutover', {
    source: props.source ?? existingSide(stack, 'source', sourceNetwork(stack)),
    target: props.target ?? existingSide(stack, 'target', MigrationNetwork.fromVpc(stack, 'TargetNetwork', importedVpc(stack))),
    ...props,
  });
}
