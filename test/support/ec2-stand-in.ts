import {
  AcceptVpcPeeringConnectionCommand,
  CreateRouteCommand,
  DeleteRouteCommand,
  DescribeRouteTablesCommand,
  DescribeSecurityGroupRulesCommand,
  DescribeVpcPeeringConnectionsCommand,
  EC2ServiceException,
  ReplaceRouteCommand,
  RevokeSecurityGroupEgressCommand,
  RevokeSecurityGroupIngressCommand,
  type EC2Client,
  type Route,
  type SecurityGroupRule,
  type VpcPeeringConnectionStateReasonCode,
} from '@aws-sdk/client-ec2';

/** A state, and from when on the stand-in's clock. */
export type PeeringState = [state: VpcPeeringConnectionStateReasonCode, fromMs: number];

export interface PeeringOptions {
  readonly requester: { readonly region: string; readonly owner?: string };
  readonly accepter: { readonly region: string; readonly owner?: string };
  /** One after the other; acceptance ends the list and begins another. */
  readonly states?: PeeringState[];
  /** From when on the accepter's Region knows of it. */
  readonly knownFromMs?: number;
}

type Peering = Required<PeeringOptions>;
type Tables = Map<string, Route[]>;

/** What is to happen at some call of a command, instead of its work or after it. */
interface Incident {
  readonly command: string;
  readonly nth: number;
  readonly happen: 'error before' | 'error after' | 'hang after';
  readonly errorName?: string;
}

const ACCOUNT = '111111111111';
const PROVISIONING_MS = 8_000;
/** EC2 may answer with fewer than `MaxResults`. */
const LARGEST_PAGE = 5;

/** Behaves as EC2's reference describes the calls of the network's handlers, on a clock of its own. */
export class Ec2StandIn {
  /** Each call, as `region Command`. */
  public readonly calls: string[] = [];
  public readonly securityGroupRules: SecurityGroupRule[] = [];
  public time = 0;

  private readonly tables: Tables = new Map();
  private readonly peerings = new Map<string, Peering>();
  private incidents: Incident[] = [];
  private stale?: { readonly untilMs: number; readonly tables: Tables; readonly rules: SecurityGroupRule[] };
  private onHang = () => {};

  public readonly now = () => this.time;
  public readonly sleep = async (ms: number) => { this.time += ms; };

  public addTable(region: string, id: string, routes: Route[] = []): void {
    this.tables.set(`${region}/${id}`, routes.map((route) => ({ State: 'active', ...route })));
  }

  public removeTable(region: string, id: string): void {
    this.tables.delete(`${region}/${id}`);
  }

  /** The routes of a table as `cidr -> target`. */
  public routes(region: string, id: string): string[] {
    return (this.tables.get(`${region}/${id}`) ?? []).map((route) => `${route.DestinationCidrBlock} -> ${route.VpcPeeringConnectionId ?? route.NatGatewayId ?? route.GatewayId}`);
  }

  public addPeering(id: string, options: PeeringOptions): void {
    this.peerings.set(id, { states: [['active', 0]], knownFromMs: 0, ...options });
  }

  public setPeeringState(id: string, state: VpcPeeringConnectionStateReasonCode): void {
    this.peerings.set(id, { ...this.peerings.get(id)!, states: [[state, 0]] });
  }

  /** For so long, reads tell what is true now. */
  public freezeReads(ms: number): void {
    const tables = new Map([...this.tables].map(([key, routes]) => [key, [...routes]]));
    this.stale = { untilMs: this.time + ms, tables, rules: [...this.securityGroupRules] };
  }

  public failAt(command: string, nth: number, errorName: string, happen: 'error before' | 'error after' = 'error before'): void {
    this.incidents.push({ command, nth: this.count(command) + nth, happen, errorName });
  }

  /** Ends a function as a time-out does: the call works, and what follows it never happens. */
  public async stopAt(command: string, nth: number, run: () => Promise<unknown>): Promise<void> {
    this.incidents.push({ command, nth: this.count(command) + nth, happen: 'hang after' });
    await new Promise<void>((resolve, reject) => {
      this.onHang = resolve;
      run().then(() => reject(new Error('it did not stop')), reject);
    });
  }

  public client(region: string): Pick<EC2Client, 'send'> {
    return { send: async (command: unknown) => this.send(region, command as { input: never }) } as Pick<EC2Client, 'send'>;
  }

  private count(command: string): number {
    return this.calls.filter((call) => call.endsWith(` ${command}`)).length;
  }

  private async send(region: string, command: { input: never }): Promise<unknown> {
    const name = command.constructor.name.replace(/Command$/, '');
    this.calls.push(`${region} ${name}`);
    const incident = this.incidents.find((one) => one.command === name && one.nth === this.count(name));
    if (incident?.happen === 'error before') throw failure(incident.errorName!);
    const answer = this.answer(region, command);
    if (incident?.happen === 'error after') throw failure(incident.errorName!);
    if (incident?.happen === 'hang after') {
      this.onHang();
      await new Promise(() => {});
    }
    return answer;
  }

  private answer(region: string, command: unknown): unknown {
    if (command instanceof DescribeRouteTablesCommand) return this.describeTables(region, command.input.RouteTableIds ?? []);
    if (command instanceof CreateRouteCommand) return this.writeRoute(region, command.input, false);
    if (command instanceof ReplaceRouteCommand) return this.writeRoute(region, command.input, true);
    if (command instanceof DeleteRouteCommand) return this.deleteRoute(region, command.input);
    if (command instanceof DescribeVpcPeeringConnectionsCommand) return this.describePeering(region, command.input.VpcPeeringConnectionIds![0]);
    if (command instanceof AcceptVpcPeeringConnectionCommand) return this.accept(region, command.input.VpcPeeringConnectionId!);
    if (command instanceof DescribeSecurityGroupRulesCommand) return this.describeRules(command.input);
    if (command instanceof RevokeSecurityGroupIngressCommand) return this.revoke(command.input, false);
    if (command instanceof RevokeSecurityGroupEgressCommand) return this.revoke(command.input, true);
    throw failure('InvalidAction');
  }

  private describeTables(region: string, ids: string[]) {
    const tables = this.stale && this.time < this.stale.untilMs ? this.stale.tables : this.tables;
    return {
      RouteTables: ids.map((id) => ({
        RouteTableId: id,
        Routes: found(tables.get(`${region}/${id}`), 'InvalidRouteTableID.NotFound').map((route) => this.withState(route)),
      })),
    };
  }

  /** A route over a peering connection is a black hole until, and after, the connection is active. */
  private withState(route: Route): Route {
    const peering = this.peerings.get(route.VpcPeeringConnectionId ?? '');
    return peering ? { ...route, State: this.stateOf(peering) === 'active' ? 'active' : 'blackhole' } : route;
  }

  private writeRoute(region: string, input: Route & { RouteTableId?: string }, replace: boolean) {
    const routes = this.table(region, input.RouteTableId!);
    this.peering(region, input.VpcPeeringConnectionId!);
    const { RouteTableId, ...route } = input;
    const index = routes.findIndex((one) => one.DestinationCidrBlock === input.DestinationCidrBlock && one.Origin !== 'EnableVgwRoutePropagation');
    if (index >= 0 && !replace) throw failure('RouteAlreadyExists');
    if (index < 0 && replace) throw failure('InvalidParameterValue');
    routes.splice(index < 0 ? routes.length : index, replace ? 1 : 0, { ...route, Origin: 'CreateRoute' });
    return { Return: true };
  }

  private deleteRoute(region: string, input: { RouteTableId?: string; DestinationCidrBlock?: string }) {
    const routes = this.table(region, input.RouteTableId!);
    const index = routes.findIndex((route) => route.DestinationCidrBlock === input.DestinationCidrBlock);
    if (index < 0) throw failure('InvalidRoute.NotFound');
    routes.splice(index, 1);
    return {};
  }

  private describePeering(region: string, id: string) {
    const peering = this.peering(region, id);
    const info = ({ region: Region, owner: OwnerId = ACCOUNT }: Peering['requester']) => ({ Region, OwnerId });
    return {
      VpcPeeringConnections: [{
        VpcPeeringConnectionId: id,
        Status: { Code: this.stateOf(peering), Message: `it is ${this.stateOf(peering)}` },
        RequesterVpcInfo: info(peering.requester),
        AccepterVpcInfo: info(peering.accepter),
      }],
    };
  }

  private accept(region: string, id: string) {
    const peering = this.peering(region, id);
    if (region !== peering.accepter.region) throw failure('OperationNotPermitted');
    if (this.stateOf(peering) !== 'pending-acceptance') throw failure('InvalidStateTransition');
    this.peerings.set(id, { ...peering, states: [['provisioning', 0], ['active', this.time + PROVISIONING_MS]] });
    return {};
  }

  private describeRules(input: DescribeSecurityGroupRulesCommand['input']) {
    const { MaxResults: most = 1000, NextToken: token = '0' } = input;
    if (most < 5 || most > 1000) throw failure('InvalidParameterValue');
    const rules = this.stale && this.time < this.stale.untilMs ? this.stale.rules : this.securityGroupRules;
    const ofGroup = rules.filter((rule) => input.Filters?.every(({ Name, Values }) => Name === 'group-id' && Values?.includes(rule.GroupId!)));
    const [from, to] = [Number(token), Number(token) + Math.min(most, LARGEST_PAGE)];
    return { SecurityGroupRules: ofGroup.slice(from, to), NextToken: to < ofGroup.length ? String(to) : undefined };
  }

  private revoke(input: { GroupId?: string; SecurityGroupRuleIds?: string[] }, egress: boolean) {
    const indexOf = (id: string) => this.securityGroupRules.findIndex((rule) =>
      rule.SecurityGroupRuleId === id && rule.GroupId === input.GroupId && rule.IsEgress === egress);
    // One unknown rule, and none is revoked.
    if (input.SecurityGroupRuleIds!.some((id) => indexOf(id) < 0)) throw failure('InvalidSecurityGroupRuleId.NotFound');
    input.SecurityGroupRuleIds!.forEach((id) => this.securityGroupRules.splice(indexOf(id), 1));
    return { Return: true };
  }

  private table(region: string, id: string): Route[] {
    return found(this.tables.get(`${region}/${id}`), 'InvalidRouteTableID.NotFound');
  }

  private peering(region: string, id: string): Peering {
    const peering = this.peerings.get(id);
    const isKnown = peering && (region === peering.requester.region || (region === peering.accepter.region && this.time >= peering.knownFromMs));
    return found(isKnown ? peering : undefined, 'InvalidVpcPeeringConnectionID.NotFound');
  }

  private stateOf({ states }: Peering): VpcPeeringConnectionStateReasonCode {
    return states.filter(([, from]) => this.time >= from).at(-1)![0];
  }
}

function found<T>(value: T | undefined, errorName: string): T {
  if (value === undefined) throw failure(errorName);
  return value;
}

function failure(name: string): Error {
  return new EC2ServiceException({ name, message: `EC2 says ${name}`, $fault: 'client', $metadata: {} });
}
