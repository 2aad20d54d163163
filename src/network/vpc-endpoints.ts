import {
  GatewayVpcEndpoint,
  GatewayVpcEndpointAwsService,
  InterfaceVpcEndpoint,
  InterfaceVpcEndpointAwsService,
  SecurityGroup,
  type IInterfaceVpcEndpointService,
} from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import type { IMigrationNetwork } from './network';

/**
 * DMS reads its logins from Secrets Manager and writes to CloudWatch Logs; the functions read parameters.
 *
 * https://docs.aws.amazon.com/dms/latest/userguide/CHAP_VPC_Endpoints.html
 */
export const DEFAULT_INTERFACE_ENDPOINTS: IInterfaceVpcEndpointService[] = [
  InterfaceVpcEndpointAwsService.SECRETS_MANAGER,
  InterfaceVpcEndpointAwsService.CLOUDWATCH_LOGS,
  InterfaceVpcEndpointAwsService.SSM,
];

/** Lets the isolated subnets reach AWS without a way out: S3 by routes, the others by addresses in the replication subnets. */
export function addEndpoints(scope: Construct, network: IMigrationNetwork, services: IInterfaceVpcEndpointService[]): void {
  const { vpc } = network;
  new GatewayVpcEndpoint(scope, 'S3GatewayEndpoint', { vpc, service: GatewayVpcEndpointAwsService.S3 });
  if (services.length === 0) return;
  const securityGroup = new SecurityGroup(scope, 'EndpointSecurityGroup', {
    vpc,
    description: 'AWS service endpoints, reached by HTTPS from inside the VPC',
    allowAllOutbound: false,
  });
  for (const service of services) {
    new InterfaceVpcEndpoint(scope, `${endpointId(service)}Endpoint`, {
      vpc,
      service,
      subnets: network.replicationSubnets,
      securityGroups: [securityGroup],
    });
  }
}

/** 'secretsmanager' of 'com.amazonaws.eu-west-1.secretsmanager' as a construct id. */
function endpointId(service: IInterfaceVpcEndpointService): string {
  const name = service instanceof InterfaceVpcEndpointAwsService ? service.shortName : service.name;
  return name.replace(/(^|[^a-zA-Z0-9]+)([a-zA-Z0-9])/g, (_, _separator, letter: string) => letter.toUpperCase());
}
