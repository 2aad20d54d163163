import { Tags } from 'aws-cdk-lib';
import { CfnRouteTable, CfnSubnet, CfnSubnetRouteTableAssociation, IpAddresses, SubnetType } from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';

export interface SubnetTierProps {
  readonly vpcId: string;
  readonly availabilityZones: string[];
  /** One CIDR for each zone. */
  readonly cidrs: string[];
  /** Whether each zone routes for itself; otherwise one route table serves the tier. */
  readonly routeTablePerZone: boolean;
}

/** One subnet in each Availability Zone, all for one purpose. */
export class SubnetTier extends Construct {
  public readonly subnetIds: string[];
  /** In the order of the subnets; the same table several times where they share it. */
  public readonly routeTableIds: string[];
  /** Each table once. */
  public readonly routeTables: CfnRouteTable[];

  constructor(scope: Construct, id: string, props: SubnetTierProps) {
    super(scope, id);
    const tableCount = props.routeTablePerZone ? props.availabilityZones.length : 1;
    this.routeTables = Array.from({ length: tableCount }, (_, index) => {
      const table = new CfnRouteTable(this, `RouteTable${index + 1}`, { vpcId: props.vpcId });
      Tags.of(table).add('Name', table.node.path);
      return table;
    });
    const tables = props.availabilityZones.map((_, index) => this.routeTables[index % tableCount]);
    this.routeTableIds = tables.map((table) => table.attrRouteTableId);
    this.subnetIds = props.availabilityZones.map((availabilityZone, index) => {
      const subnet = new CfnSubnet(this, `Subnet${index + 1}`, {
        vpcId: props.vpcId,
        availabilityZone,
        cidrBlock: props.cidrs[index],
        // Load balancers and NAT gateways get their public addresses by themselves; nothing else shall have one.
        mapPublicIpOnLaunch: false,
      });
      Tags.of(subnet).add('Name', subnet.node.path);
      new CfnSubnetRouteTableAssociation(this, `RouteTableAssociation${index + 1}`, {
        subnetId: subnet.attrSubnetId,
        routeTableId: tables[index].attrRouteTableId,
      });
      return subnet.attrSubnetId;
    });
  }
}

/** Cuts a VPC's CIDR into equal parts: for each tier, one for each zone. */
export function cutCidr(vpcCidr: string, tiers: readonly string[], availabilityZones: string[]): Record<string, string[]> {
  const { allocatedSubnets } = IpAddresses.cidr(vpcCidr).allocateSubnetsCidr({
    vpcCidr,
    requestedSubnets: tiers.flatMap((name) => availabilityZones.map((availabilityZone, index) => ({
      availabilityZone,
      configuration: { name, subnetType: SubnetType.PRIVATE_ISOLATED },
      subnetConstructId: `${name}${index}`,
    }))),
  });
  const cidrs = allocatedSubnets.map(({ cidr }) => cidr);
  const zones = availabilityZones.length;
  return Object.fromEntries(tiers.map((name, index) => [name, cidrs.slice(index * zones, (index + 1) * zones)]));
}
