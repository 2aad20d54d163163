import { SubnetType, type IVpc, type SubnetSelection } from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import type { IMigrationNetwork } from './network';
import { invalidInput } from '../core';

/** Which subnets of a VPC that exists are for what. */
export interface ImportedNetworkOptions {
  /**
   * Where services run.
   *
   * @default - the private subnets, else the isolated ones
   */
  readonly serviceSubnets?: SubnetSelection;

  /**
   * Where databases run.
   *
   * @default - the isolated subnets, else the private ones
   */
  readonly databaseSubnets?: SubnetSelection;

  /**
   * Where DMS and the migration's own functions run; they must reach Secrets Manager and CloudWatch Logs, by endpoints or NAT.
   *
   * @default - the isolated subnets, else the private ones
   */
  readonly replicationSubnets?: SubnetSelection;
}

/** A VPC that exists, seen as one side's network. */
export class ImportedNetwork extends Construct implements IMigrationNetwork {
  public readonly vpc: IVpc;
  public readonly serviceSubnets: SubnetSelection;
  public readonly databaseSubnets: SubnetSelection;
  public readonly replicationSubnets: SubnetSelection;

  constructor(scope: Construct, id: string, vpc: IVpc, options: ImportedNetworkOptions) {
    super(scope, id);
    if (vpc.privateSubnets.length + vpc.isolatedSubnets.length === 0) {
      throw invalidInput('vpc', `${vpc.node.path} with public subnets only`, 'a VPC with private or isolated subnets');
    }
    this.vpc = vpc;
    const isolated = vpc.isolatedSubnets.length > 0 ? SubnetType.PRIVATE_ISOLATED : SubnetType.PRIVATE_WITH_EGRESS;
    const egress = vpc.privateSubnets.length > 0 ? SubnetType.PRIVATE_WITH_EGRESS : SubnetType.PRIVATE_ISOLATED;
    this.serviceSubnets = options.serviceSubnets ?? { subnetType: egress };
    this.databaseSubnets = options.databaseSubnets ?? { subnetType: isolated };
    this.replicationSubnets = options.replicationSubnets ?? { subnetType: isolated };
  }
}
