import {
  AcceptVpcPeeringConnectionCommand,
  CreateRouteCommand,
  DeleteRouteCommand,
  DescribeRouteTablesCommand,
  DescribeVpcPeeringConnectionsCommand,
  type EC2Client,
  ReplaceRouteCommand,
  type Route,
  type VpcPeeringConnection,
} from '@aws-sdk/client-ec2';
import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import type { CustomResourceResult } from '../../core/custom-resource-reply';
import type { PeerRoutesProperties } from '../contract';

/** What the handler works with. */
export interface PeerRoutesServices {
  readonly ec2: (region: string) => Pick<EC2Client, 'send'>;
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<void>;
}

type Event = CloudFormationCustomResourceEvent<PeerRoutesProperties>;

/** A place that a route can have. */
interface Place {
  readonly region: string;
  readonly table: string;
  readonly cidr: string;
}

/** How long one request waits in all, whatever for. */
const PATIENCE_MS = 120_000;
const PAUSE_MS = 5_000;

const NO_PEERING = ['InvalidVpcPeeringConnectionID.NotFound', 'InvalidVpcPeeringConnectionId.NotFound'];
const NO_TABLE = ['InvalidRouteTableID.NotFound', 'InvalidRouteTableId.NotFound'];
const NO_ROUTE = ['InvalidRoute.NotFound'];
/** What EC2 answers while one of its parts does not know yet what another told: look again. */
const PASSING = [...NO_PEERING, ...NO_TABLE, ...NO_ROUTE, 'RouteAlreadyExists'];
/** Some Regions' answer where there is no route to replace. */
const PASSING_ON_REPLACE = [...PASSING, 'InvalidParameterValue'];
/** https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-basics.html#vpc-peering-lifecycle */
const ENDED = ['failed', 'rejected', 'expired', 'deleted', 'deleting'];

const TARGETS = [
  'VpcPeeringConnectionId', 'TransitGatewayId', 'NatGatewayId', 'GatewayId', 'InstanceId', 'NetworkInterfaceId',
  'EgressOnlyInternetGatewayId', 'LocalGatewayId', 'CarrierGatewayId', 'CoreNetworkArn',
] as const satisfies Array<keyof Route>;

/**
 * Keeps routes over a peering connection where the stack's own Region ends.
 *
 * The physical id names the peering connection, so a new connection is a replacement: the update moves the routes to it, and the
 * deletion that follows, with the old properties, finds none that still point to the old one.
 */
export function peerRoutes(services: PeerRoutesServices): (event: Event) => Promise<CustomResourceResult> {
  return async (event) => {
    const wanted = event.ResourceProperties;
    const request = new PeerRoutesRequest(services, services.now() + PATIENCE_MS);
    switch (event.RequestType) {
      case 'Create':
        await request.create(wanted);
        break;
      case 'Update':
        await request.update(wanted, event.OldResourceProperties);
        break;
      case 'Delete':
        await request.remove(placesOf(wanted), [wanted.PeeringConnectionId]);
        return { physicalResourceId: event.PhysicalResourceId };
    }
    return { physicalResourceId: `${wanted.Region}/${wanted.PeeringConnectionId}` };
  };
}

class PeerRoutesRequest {
  constructor(private readonly services: PeerRoutesServices, private readonly deadline: number) {}

  async create(wanted: PeerRoutesProperties): Promise<void> {
    const touched: Place[] = [];
    try {
      await this.ensure(wanted, [wanted.PeeringConnectionId], touched);
    } catch (error) {
      await this.remove(touched, [wanted.PeeringConnectionId]).catch((second: unknown) => {
        throw new Error(`${String(error)}; routes that were made before may remain, since removing them failed too: ${String(second)}`);
      });
      throw error;
    }
  }

  /** What fails here is put right by CloudFormation's own update back, in which the two sets of properties change places. */
  async update(wanted: PeerRoutesProperties, old: PeerRoutesProperties): Promise<void> {
    const ours = [wanted.PeeringConnectionId, old.PeeringConnectionId];
    await this.ensure(wanted, ours, []);
    const kept = new Set(placesOf(wanted).map(nameOf));
    await this.remove(placesOf(old).filter((place) => !kept.has(nameOf(place))), ours);
  }

  /** Removes what still points to one of our connections. */
  async remove(places: Place[], ours: string[]): Promise<void> {
    for (const place of places) {
      const routes = await this.routesAt(place) ?? [];
      if (!routes.some((route) => isOver(route, ours))) continue;
      await this.services.ec2(place.region)
        .send(new DeleteRouteCommand({ RouteTableId: place.table, DestinationCidrBlock: place.cidr }))
        .catch(unless([...NO_ROUTE, ...NO_TABLE]));
    }
  }

  private async ensure(wanted: PeerRoutesProperties, ours: string[], touched: Place[]): Promise<void> {
    const places = placesOf(wanted);
    await this.whenActive(wanted);
    // All of them before the first is written: most requests that must fail then change nothing.
    const conflicts: string[] = [];
    for (const place of places) conflicts.push(...conflictsOf(place, await this.routesAt(place) ?? [], ours));
    if (conflicts.length > 0) throw conflictError(conflicts);
    for (const place of places) await this.ensureRoute(place, wanted.PeeringConnectionId, ours, touched);
  }

  private async ensureRoute(place: Place, connection: string, ours: string[], touched: Place[]): Promise<void> {
    for (;;) {
      const routes = await this.routesAt(place);
      if (routes?.some((route) => isOver(route, [connection]))) return;
      const conflicts = conflictsOf(place, routes ?? [], ours);
      if (conflicts.length > 0) throw conflictError(conflicts);
      const input = { RouteTableId: place.table, DestinationCidrBlock: place.cidr, VpcPeeringConnectionId: connection };
      const replaces = routes !== undefined && routes.length > 0;
      // Before the call: one whose answer is lost may have done its work.
      touched.push(place);
      try {
        const ec2 = this.services.ec2(place.region);
        await (replaces ? ec2.send(new ReplaceRouteCommand(input)) : ec2.send(new CreateRouteCommand(input)));
        return;
      } catch (error) {
        unless(replaces ? PASSING_ON_REPLACE : PASSING)(error);
        await this.pause(`${nameOf(place)} could not be written: ${String(error)}`);
      }
    }
  }

  private async whenActive({ Region: region, PeeringConnectionId: id }: PeerRoutesProperties): Promise<void> {
    for (;;) {
      const connection = await this.connection(region, id);
      const { Code: state, Message: message } = connection?.Status ?? {};
      if (state === 'active') return;
      if (state !== undefined && ENDED.includes(state)) {
        throw new Error(`peering connection ${id} is ${state}${message ? ` (${message})` : ''}; replace it by a new one`);
      }
      if (connection && state === 'pending-acceptance' && isOneAccount(connection)) await this.accept(connection, region, id);
      await this.pause(`peering connection ${id} is ${state ?? 'not known'} in ${region}${state === 'pending-acceptance' ? '; have it accepted' : ''}`);
    }
  }

  private async connection(region: string, id: string): Promise<VpcPeeringConnection | undefined> {
    const answer = await this.services.ec2(region)
      .send(new DescribeVpcPeeringConnectionsCommand({ VpcPeeringConnectionIds: [id] }))
      .catch(unless(NO_PEERING));
    return answer?.VpcPeeringConnections?.[0];
  }

  /** Only in the accepter's Region; by the time of the call it may be accepted already, or not be known there yet. */
  private async accept(connection: VpcPeeringConnection, region: string, id: string): Promise<void> {
    await this.services.ec2(connection.AccepterVpcInfo?.Region ?? region)
      .send(new AcceptVpcPeeringConnectionCommand({ VpcPeeringConnectionId: id }))
      .catch(unless([...NO_PEERING, 'InvalidStateTransition']));
  }

  /** The routes to a place's CIDR, of which a propagated one may be the second; undefined without the route table. */
  private async routesAt({ region, table, cidr }: Place): Promise<Route[] | undefined> {
    const answer = await this.services.ec2(region).send(new DescribeRouteTablesCommand({ RouteTableIds: [table] })).catch(unless(NO_TABLE));
    return answer?.RouteTables?.[0]?.Routes?.filter((route) => route.DestinationCidrBlock === cidr);
  }

  private async pause(reason: string): Promise<void> {
    if (this.services.now() + PAUSE_MS > this.deadline) throw new Error(`gave up after ${PATIENCE_MS / 1000} seconds: ${reason}`);
    await this.services.sleep(PAUSE_MS);
  }
}

function placesOf({ Region: region, RouteTableIds, DestinationCidrs }: PeerRoutesProperties): Place[] {
  return RouteTableIds.flatMap((table) => DestinationCidrs.map((cidr) => ({ region, table, cidr })));
}

function nameOf({ region, table, cidr }: Place): string {
  return `route to ${cidr} in route table ${table} in ${region}`;
}

function isOver(route: Route, connections: string[]): boolean {
  return route.VpcPeeringConnectionId !== undefined && connections.includes(route.VpcPeeringConnectionId);
}

/** Somebody else's routes, as sentences; a black hole leads nowhere, so nobody misses it. */
function conflictsOf(place: Place, routes: Route[], ours: string[]): string[] {
  if (routes.some((route) => isOver(route, ours))) return [];
  return routes
    .filter((route) => route.State !== 'blackhole')
    .map((route) => `route table ${place.table} in ${place.region} already routes ${place.cidr} to ${targetOf(route)}`);
}

function targetOf(route: Route): string {
  return TARGETS.map((target) => route[target]).find((target) => target !== undefined) ?? 'an unknown target';
}

function conflictError(conflicts: string[]): Error {
  return new Error(`${conflicts.join('; ')}; remove what stands in the way and deploy again, or keep it and say NetworkLink.existing()`);
}

function isOneAccount({ AccepterVpcInfo, RequesterVpcInfo }: VpcPeeringConnection): boolean {
  return AccepterVpcInfo?.OwnerId !== undefined && AccepterVpcInfo.OwnerId === RequesterVpcInfo?.OwnerId;
}

/** Throws every error but the named. */
function unless(names: string[]): (error: unknown) => undefined {
  return (error) => {
    if (error instanceof Error && names.includes(error.name)) return undefined;
    throw error;
  };
}
