import type { IVpc, SubnetSelection } from 'aws-cdk-lib/aws-ec2';
import type { IConstruct } from 'constructs';

/** The network of one side of a migration: a VPC and which of its subnets are for what. */
export interface IMigrationNetwork extends IConstruct {
  /** The VPC. */
  readonly vpc: IVpc;
  /** Where services run: private, with a way out where the network has NAT gateways. */
  readonly serviceSubnets: SubnetSelection;
  /** Where databases run: no way out. */
  readonly databaseSubnets: SubnetSelection;
  /** Where DMS and the migration's own functions run: no way out but for AWS endpoints and the link to the other side. */
  readonly replicationSubnets: SubnetSelection;
}
