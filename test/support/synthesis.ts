import { App, Stack, type Environment, type StackProps } from 'aws-cdk-lib';
import { Vpc, type IVpc } from 'aws-cdk-lib/aws-ec2';
import { Secret, type ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';

export const IRELAND: Environment = { account: '111111111111', region: 'eu-west-1' };
export const FRANKFURT: Environment = { account: '111111111111', region: 'eu-central-1' };

/** A stack in an app of its own. */
export function stackIn(env?: Environment, props: StackProps = {}): Stack {
  return new Stack(new App(), 'Payments', { env, ...props });
}

/** A VPC as a team imports one: with its CIDR and its route tables. */
export function importedVpc(scope: Construct, id = 'ImportedVpc', vpcCidrBlock = '10.20.0.0/16'): IVpc {
  return Vpc.fromVpcAttributes(scope, id, {
    vpcId: 'vpc-0123456789abcdef0',
    vpcCidrBlock,
    availabilityZones: ['eu-west-1a', 'eu-west-1b'],
    privateSubnetIds: ['subnet-0aaaaaaaaaaaaaaa1', 'subnet-0aaaaaaaaaaaaaaa2'],
    privateSubnetRouteTableIds: ['rtb-0aaaaaaaaaaaaaaa1', 'rtb-0aaaaaaaaaaaaaaa2'],
    isolatedSubnetIds: ['subnet-0bbbbbbbbbbbbbbb1', 'subnet-0bbbbbbbbbbbbbbb2'],
    isolatedSubnetRouteTableIds: ['rtb-0bbbbbbbbbbbbbbb1', 'rtb-0bbbbbbbbbbbbbbb1'],
  });
}

/** A login that a team keeps in Secrets Manager. */
export function importedSecret(scope: Construct, id = 'ImportedSecret'): ISecret {
  return Secret.fromSecretNameV2(scope, id, 'payments/migration-login');
}

/** Warnings and errors that a stack carries after synthesis. */
export function annotationsOf(stack: Stack): string[] {
  const app = stack.node.root as App;
  return app.synth().getStackArtifact(stack.artifactId).messages
    .filter(({ level }) => level !== 'info')
    .map(({ id, entry }) => `${id}: ${String(entry.data)}`);
}
