import { Fn } from 'aws-cdk-lib';
import {
  CfnFlowLog, CfnInternetGateway, CfnRoute, CfnRouteTable, CfnSubnet, CfnSubnetRouteTableAssociation, CfnTransitGateway, CfnTransitGatewayAttachment,
  CfnVPC, CfnVPCGatewayAttachment, GatewayVpcEndpoint, GatewayVpcEndpointAwsService, InterfaceVpcEndpoint, InterfaceVpcEndpointAwsService, Peer, Port,
  SecurityGroup, Subnet, Vpc, type ISubnet, type IVpc,
} from 'aws-cdk-lib/aws-ec2';
import { ManagedPolicy, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';

const ZONES = [0, 1, 2];
/** Each tier's subnets; those of the tiers with one table share it. */
const TIERS = [{ name: 'Public', tables: 1 }, { name: 'Service', tables: 3 }, { name: 'Database', tables: 1 }, { name: 'Replication', tables: 1 }];

/** The VPC of one side: four tiers in three zones, endpoints, flow logs. */
export class Network extends Construct {
  public readonly vpc: IVpc;
  public readonly resource: CfnVPC;
  public readonly subnets: Record<string, ISubnet[]> = {};
  /** Of all tiers but the public one. */
  public readonly innerTables: CfnRouteTable[] = [];

  private readonly publicTables: CfnRouteTable[] = [];

  constructor(scope: Construct, id: string, public readonly cidr: string, private readonly key: IKey) {
    super(scope, id);
    this.resource = new CfnVPC(this, 'Vpc', { cidrBlock: cidr, enableDnsHostnames: true, enableDnsSupport: true });
    TIERS.forEach(({ name, tables }, tier) => this.addTier(name, tables, tier));
    const gateway = new CfnInternetGateway(this, 'Gateway');
    const attachment = new CfnVPCGatewayAttachment(this, 'GatewayAttachment', {
      vpcId: this.resource.attrVpcId, internetGatewayId: gateway.attrInternetGatewayId,
    });
    const route = new CfnRoute(this, 'InternetRoute', {
      routeTableId: this.publicTables[0].attrRouteTableId, destinationCidrBlock: '0.0.0.0/0', gatewayId: gateway.attrInternetGatewayId,
    });
    route.addDependency(attachment);
    this.vpc = Vpc.fromVpcAttributes(this, 'Imported', {
      vpcId: this.resource.attrVpcId,
      vpcCidrBlock: cidr,
      availabilityZones: ZONES.map((zone) => Fn.select(zone, Fn.getAzs())),
      publicSubnetIds: this.subnets.Public.map(({ subnetId }) => subnetId),
      privateSubnetIds: this.subnets.Service.map(({ subnetId }) => subnetId),
      isolatedSubnetIds: this.subnets.Database.map(({ subnetId }) => subnetId),
    });
    this.addEndpoints();
    this.addFlowLogs();
  }

  private addTier(name: string, tables: number, tier: number): void {
    const made = Array.from({ length: tables }, (_, index) => new CfnRouteTable(this, `${name}Table${index}`, { vpcId: this.resource.attrVpcId }));
    (name === 'Public' ? this.publicTables : this.innerTables).push(...made);
    this.subnets[name] = ZONES.map((zone) => {
      const subnet = new CfnSubnet(this, `${name}Subnet${zone}`, {
        vpcId: this.resource.attrVpcId,
        availabilityZone: Fn.select(zone, Fn.getAzs()),
        cidrBlock: this.block(tier, zone),
        mapPublicIpOnLaunch: false,
      });
      const { attrRouteTableId: routeTableId } = made[zone % tables];
      new CfnSubnetRouteTableAssociation(this, `${name}Association${zone}`, { subnetId: subnet.attrSubnetId, routeTableId });
      return Subnet.fromSubnetAttributes(this, `${name}Imported${zone}`, { subnetId: subnet.attrSubnetId, routeTableId });
    });
  }

  /** One of the sixteen blocks of the VPC's addresses. */
  public block(tier: number, zone: number): string {
    return `${this.cidr.split('.').slice(0, 2).join('.')}.${16 * (ZONES.length * tier + zone)}.0/20`;
  }

  private addEndpoints(): void {
    new GatewayVpcEndpoint(this, 'S3', { vpc: this.vpc, service: GatewayVpcEndpointAwsService.S3, subnets: [{ subnets: this.subnets.Service }] });
    const group = new SecurityGroup(this, 'EndpointGroup', { vpc: this.vpc, description: 'AWS endpoints', allowAllOutbound: false });
    group.addIngressRule(Peer.ipv4(this.cidr), Port.tcp(443));
    const { SECRETS_MANAGER, CLOUDWATCH_LOGS, SSM } = InterfaceVpcEndpointAwsService;
    for (const [id, service] of Object.entries({ SecretsManager: SECRETS_MANAGER, Logs: CLOUDWATCH_LOGS, Ssm: SSM })) {
      const subnets = { subnets: this.subnets.Replication };
      new InterfaceVpcEndpoint(this, id, { vpc: this.vpc, service, subnets, securityGroups: [group], open: false });
    }
  }

  private addFlowLogs(): void {
    const logGroup = new LogGroup(this, 'FlowLogGroup', { encryptionKey: this.key, retention: RetentionDays.ONE_YEAR });
    const role = new Role(this, 'FlowLogRole', { assumedBy: new ServicePrincipal('vpc-flow-logs.amazonaws.com') });
    const policy = new ManagedPolicy(this, 'FlowLogPolicy', {
      roles: [role],
      statements: [new PolicyStatement({
        actions: ['logs:CreateLogStream', 'logs:DescribeLogStreams', 'logs:PutLogEvents'],
        resources: [logGroup.logGroupArn],
      })],
    });
    const flowLog = new CfnFlowLog(this, 'FlowLog', {
      resourceType: 'VPC',
      resourceId: this.vpc.vpcId,
      trafficType: 'ALL',
      logGroupName: logGroup.logGroupName,
      deliverLogsPermissionArn: role.roleArn,
    });
    flowLog.node.addDependency(policy);
  }
}

/** A transit gateway between both, and the routes to it. */
export function linkNetworks(scope: Construct, source: Network, target: Network): void {
  const gateway = new CfnTransitGateway(scope, 'TransitGateway', { autoAcceptSharedAttachments: 'disable' });
  for (const [id, here, there] of [['Source', source, target], ['Target', target, source]] as const) {
    const attachment = new CfnTransitGatewayAttachment(scope, `${id}Attachment`, {
      transitGatewayId: gateway.attrId, vpcId: here.vpc.vpcId, subnetIds: here.subnets.Replication.map(({ subnetId }) => subnetId),
    });
    here.innerTables.forEach(({ attrRouteTableId: routeTableId }, index) => {
      const route = new CfnRoute(scope, `${id}Route${index}`, { routeTableId, destinationCidrBlock: there.cidr, transitGatewayId: gateway.attrId });
      route.addDependency(attachment);
    });
  }
}
