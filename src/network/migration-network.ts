import { Fn, Tags, Token } from 'aws-cdk-lib';
import {
  CfnEIP,
  CfnInternetGateway,
  CfnNatGateway,
  CfnRoute,
  CfnVPC,
  CfnVPCGatewayAttachment,
  Vpc,
  type IInterfaceVpcEndpointService,
  type IVpc,
  type SubnetSelection,
} from 'aws-cdk-lib/aws-ec2';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct, DependencyGroup, type IDependable } from 'constructs';
import { closeDefaultSecurityGroup } from './closed-default-security-group';
import { FlowLogs } from './flow-logs';
import { ImportedNetwork, type ImportedNetworkOptions } from './imported-network';
import { natGatewayCount, natStrategyFor, type NatStrategy } from './nat-strategy';
import type { IMigrationNetwork } from './network';
import { SubnetTier, cutCidr } from './subnet-tier';
import { DEFAULT_INTERFACE_ENDPOINTS, addEndpoints } from './vpc-endpoints';
import { acknowledge, checkCidr, encryptionKey, invalidInput, Protection } from '../core';

/** What a caller may say about a network. */
export interface MigrationNetworkOptions {
  /**
   * The VPC's IPv4 CIDR, cut into equal subnets: four tiers in three Availability Zones.
   *
   * A literal with a prefix from /16 to /24; must not overlap the other side's.
   *
   * @default '10.0.0.0/16'
   */
  readonly cidr?: string;

  /**
   * Three Availability Zones.
   *
   * @default - the first three of the Region that the stack is deployed to
   */
  readonly availabilityZones?: string[];

  /**
   * How many NAT gateways there are.
   *
   * @default - NatStrategy.ONE_PER_AZ under Protection.production(), NatStrategy.SINGLE under Protection.ephemeral()
   */
  readonly natStrategy?: NatStrategy;

  /**
   * The AWS services that the isolated subnets reach through interface endpoints; each is billed by the hour and zone.
   *
   * @default - Secrets Manager and CloudWatch Logs, which DMS needs, and Systems Manager, which the functions need
   */
  readonly interfaceEndpoints?: IInterfaceVpcEndpointService[];

  /**
   * How long flow logs are kept.
   *
   * @default RetentionDays.ONE_YEAR
   */
  readonly flowLogRetention?: RetentionDays;
}

/** Properties of `MigrationNetwork`. */
export interface MigrationNetworkProps extends MigrationNetworkOptions {
  /**
   * Encrypts the network's logs. Its policy must let CloudWatch Logs of the Region use it.
   *
   * @default - a new customer managed key
   */
  readonly encryptionKey?: IKey;

  /**
   * What happens to the logs and their key on deletion, and how available the way out is.
   *
   * @default Protection.production()
   */
  readonly protection?: Protection;
}

const TIERS = { public: 'Public', service: 'Service', database: 'Database', replication: 'Replication' };
const ZONES = 3;
const DEFAULT_CIDR = '10.0.0.0/16';

/**
 * A VPC for one side of a migration: public, service, database and replication subnets in three Availability Zones.
 *
 * Made of L1 constructs: the L2 `Vpc` asks the account for its zones as soon as the stack names one,
 * so that nobody without credentials could synthesise.
 */
export class MigrationNetwork extends Construct implements IMigrationNetwork {
  /**
   * A network in a VPC that exists.
   *
   * The VPC should know its CIDR and its subnets' route tables, as one from `Vpc.fromLookup` does: the link to the other side needs them.
   * Only the primary CIDR is routed and compared with the other side's: where the database is in a secondary one, make the routes yourself
   * and say `NetworkLink.existing()`.
   */
  public static fromVpc(scope: Construct, id: string, vpc: IVpc, options: ImportedNetworkOptions = {}): IMigrationNetwork {
    return new ImportedNetwork(scope, id, vpc, options);
  }

  public readonly vpc: IVpc;
  public readonly serviceSubnets: SubnetSelection = { subnetGroupName: TIERS.service };
  public readonly databaseSubnets: SubnetSelection = { subnetGroupName: TIERS.database };
  public readonly replicationSubnets: SubnetSelection = { subnetGroupName: TIERS.replication };

  constructor(scope: Construct, id: string, props: MigrationNetworkProps = {}) {
    super(scope, id);
    const cidr = props.cidr ?? DEFAULT_CIDR;
    // Where the VPC begins and ends is decided here, so a token cannot be cut into subnets.
    if (Token.isUnresolved(cidr)) throw invalidInput('cidr', 'a token', 'a literal IPv4 CIDR');
    checkCidr('cidr', cidr, 16, 24);
    const zones = props.availabilityZones ?? Array.from({ length: ZONES }, (_, index) => Fn.select(index, Fn.getAzs()));
    const named = zones.filter((zone) => !Token.isUnresolved(zone));
    if (zones.length !== ZONES || new Set(named).size !== named.length) {
      throw invalidInput('availabilityZones', zones.map((zone) => (Token.isUnresolved(zone) ? 'a token' : zone)).join(', '), `${ZONES} different Availability Zones`);
    }
    const protection = props.protection ?? Protection.production();
    const natGateways = natGatewayCount(props.natStrategy ?? natStrategyFor(protection), ZONES);

    const key = props.encryptionKey ?? encryptionKey(this, 'EncryptionKey', `Logs of ${this.node.path}`, protection);

    const vpc = new CfnVPC(this, 'Resource', { cidrBlock: cidr, enableDnsHostnames: true, enableDnsSupport: true });
    Tags.of(vpc).add('Name', this.node.path);
    closeDefaultSecurityGroup(this, vpc, { encryptionKey: key, protection });

    const cidrs = cutCidr(cidr, Object.values(TIERS), zones);
    const tier = (name: string, routeTablePerZone = false) => new SubnetTier(this, name, {
      vpcId: vpc.attrVpcId,
      availabilityZones: zones,
      cidrs: cidrs[name],
      routeTablePerZone,
    });
    const publicTier = tier(TIERS.public);
    // A table for each zone whatever the strategy: a change of strategy then changes routes only.
    const serviceTier = tier(TIERS.service, true);
    const databaseTier = tier(TIERS.database);
    const replicationTier = tier(TIERS.replication);

    this.vpc = Vpc.fromVpcAttributes(this, 'Vpc', {
      vpcId: vpc.attrVpcId,
      vpcCidrBlock: cidr,
      availabilityZones: zones,
      publicSubnetIds: publicTier.subnetIds,
      publicSubnetNames: [TIERS.public],
      publicSubnetRouteTableIds: publicTier.routeTableIds,
      privateSubnetIds: serviceTier.subnetIds,
      privateSubnetIpv4CidrBlocks: cidrs[TIERS.service],
      privateSubnetNames: [TIERS.service],
      privateSubnetRouteTableIds: serviceTier.routeTableIds,
      isolatedSubnetIds: [...databaseTier.subnetIds, ...replicationTier.subnetIds],
      isolatedSubnetIpv4CidrBlocks: [...cidrs[TIERS.database], ...cidrs[TIERS.replication]],
      isolatedSubnetNames: [TIERS.database, TIERS.replication],
      isolatedSubnetRouteTableIds: [...databaseTier.routeTableIds, ...replicationTier.routeTableIds],
    });

    const internetRoute = this.addInternetRoute(vpc, publicTier);
    this.addNatRoutes(natGateways, publicTier, serviceTier, internetRoute);
    addEndpoints(this, this, props.interfaceEndpoints ?? DEFAULT_INTERFACE_ENDPOINTS);
    new FlowLogs(this, 'FlowLogs', {
      vpc: this.vpc,
      encryptionKey: key,
      retention: props.flowLogRetention ?? RetentionDays.ONE_YEAR,
      protection,
    });
  }

  private addInternetRoute(vpc: CfnVPC, publicTier: SubnetTier): CfnRoute {
    const gateway = new CfnInternetGateway(this, 'InternetGateway');
    const attachment = new CfnVPCGatewayAttachment(this, 'InternetGatewayAttachment', {
      vpcId: vpc.attrVpcId,
      internetGatewayId: gateway.attrInternetGatewayId,
    });
    const route = new CfnRoute(this, 'InternetRoute', {
      routeTableId: publicTier.routeTables[0].attrRouteTableId,
      destinationCidrBlock: '0.0.0.0/0',
      gatewayId: gateway.attrInternetGatewayId,
    });
    route.node.addDependency(attachment);
    acknowledge(route, ['HIPAA.Security', 'NIST.800.53.R5', 'PCI.DSS.321'].map((pack) => `${pack}-VPCNoUnrestrictedRouteToIGW`),
      'The route serves the public subnets alone, where load balancers and NAT gateways stand; no other tier has one');
    establishInternet(this.vpc.internetConnectivityEstablished, route);
    this.vpc.publicSubnets.forEach((subnet) => establishInternet(subnet.internetConnectivityEstablished, route));
    return route;
  }

  private addNatRoutes(count: number, publicTier: SubnetTier, serviceTier: SubnetTier, internetRoute: CfnRoute): void {
    const gateways = Array.from({ length: count }, (_, index) => {
      const address = new CfnEIP(this, `NatAddress${index + 1}`, { domain: 'vpc' });
      address.node.addDependency(internetRoute);
      const gateway = new CfnNatGateway(this, `NatGateway${index + 1}`, {
        subnetId: publicTier.subnetIds[index],
        allocationId: address.attrAllocationId,
      });
      gateway.node.addDependency(internetRoute);
      return gateway;
    });
    if (gateways.length === 0) return;
    const routes = serviceTier.routeTables.map((table, index) => new CfnRoute(this, `NatRoute${index + 1}`, {
      routeTableId: table.attrRouteTableId,
      destinationCidrBlock: '0.0.0.0/0',
      natGatewayId: gateways[index % count].attrNatGatewayId,
    }));
    this.vpc.privateSubnets.forEach((subnet, index) => {
      establishInternet(subnet.internetConnectivityEstablished, routes[index]);
    });
  }
}

/** What needs the way out waits for its route, as with the L2 `Vpc`. */
function establishInternet(group: IDependable, route: CfnRoute): void {
  if (group instanceof DependencyGroup) group.add(route);
}
