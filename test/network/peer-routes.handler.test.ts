import type { Route } from '@aws-sdk/client-ec2';
import type { PeerRoutesProperties } from '../../src/network/contract';
import { peerRoutes } from '../../src/network/handlers/peer-routes';
import { Ec2StandIn, type PeeringOptions } from '../support/ec2-stand-in';

const [HERE, THERE] = ['eu-west-1', 'eu-central-1'];
const COMMON = { ServiceToken: 'arn', ResponseURL: '', StackId: 'stack', RequestId: 'request', LogicalResourceId: 'Resource', ResourceType: 'Custom::PeerRoutes' };
const TWO: PeerRoutesProperties = { Region: THERE, PeeringConnectionId: 'pcx-1', RouteTableIds: ['rtb-a', 'rtb-b'], DestinationCidrs: ['10.0.0.0/16'] };
const LOCAL: Route = { DestinationCidrBlock: '10.1.0.0/16', GatewayId: 'local', Origin: 'CreateRouteTable' };
const OURS = ['10.1.0.0/16 -> local', '10.0.0.0/16 -> pcx-1'];
const NONE = ['10.1.0.0/16 -> local'];
const route = (target: Partial<Route>): Route => ({ DestinationCidrBlock: '10.0.0.0/16', ...target });

let ec2: Ec2StandIn;
let handle: ReturnType<typeof peerRoutes>;

beforeEach(() => {
  ec2 = new Ec2StandIn();
  for (const table of ['rtb-a', 'rtb-b', 'rtb-c']) ec2.addTable(THERE, table, [LOCAL]);
  for (const peering of ['pcx-1', 'pcx-2']) ec2.addPeering(peering, { requester: { region: HERE }, accepter: { region: THERE } });
  handle = peerRoutes({ ec2: (region) => ec2.client(region), now: ec2.now, sleep: ec2.sleep });
});

const withToken = (properties: PeerRoutesProperties) => ({ ServiceToken: 'arn', ...properties });
const idOf = (properties: PeerRoutesProperties) => `${properties.Region}/${properties.PeeringConnectionId}`;
const create = async (properties = TWO) => handle({ ...COMMON, RequestType: 'Create', ResourceProperties: withToken(properties) });
const update = async (old: PeerRoutesProperties, wanted: PeerRoutesProperties) => handle({
  ...COMMON, RequestType: 'Update', PhysicalResourceId: idOf(old), ResourceProperties: withToken(wanted), OldResourceProperties: old,
});
const remove = async (properties = TWO, id = idOf(properties)) => handle({
  ...COMMON, RequestType: 'Delete', PhysicalResourceId: id, ResourceProperties: withToken(properties),
});
const tables = () => ['rtb-a', 'rtb-b', 'rtb-c'].map((table) => ec2.routes(THERE, table));
const callsOf = (pattern: RegExp) => ec2.calls.filter((call) => pattern.test(call));
const writes = () => callsOf(/CreateRoute|ReplaceRoute|DeleteRoute/);

describe('Create', () => {
  test('writes each CIDR into each table, once, however often it runs', async () => {
    const properties = { ...TWO, RouteTableIds: ['rtb-a', 'rtb-b', 'rtb-a'], DestinationCidrs: ['10.0.0.0/16', '10.2.0.0/16'] };
    for (let run = 0; run < 2; run++) {
      await expect(create(properties)).resolves.toEqual({ physicalResourceId: 'eu-central-1/pcx-1' });
      expect(tables()).toEqual([[...OURS, '10.2.0.0/16 -> pcx-1'], [...OURS, '10.2.0.0/16 -> pcx-1'], NONE]);
      expect(writes()).toEqual(Array(4).fill('eu-central-1 CreateRoute'));
    }
  });

  test.each<[string, Route, string]>([
    ['a NAT gateway', route({ NatGatewayId: 'nat-1' }), 'nat-1'],
    ['somebody\'s peering', route({ VpcPeeringConnectionId: 'pcx-foreign' }), 'pcx-foreign'],
    ['a transit gateway', route({ TransitGatewayId: 'tgw-1' }), 'tgw-1'],
    ['the VPC itself', route({ GatewayId: 'local', Origin: 'CreateRouteTable' }), 'local'],
    ['a VPN that propagates', route({ GatewayId: 'vgw-1', Origin: 'EnableVgwRoutePropagation' }), 'vgw-1'],
    ['what it does not know', route({}), 'an unknown target'],
  ])('does not take a route from %s, and changes nothing', async (_, foreign, target) => {
    ec2.addTable(THERE, 'rtb-b', [foreign]);
    ec2.addTable(THERE, 'rtb-c', [foreign]);
    await expect(create({ ...TWO, RouteTableIds: ['rtb-a', 'rtb-b', 'rtb-c'] })).rejects.toThrow(`route table rtb-b in eu-central-1 already routes 10.0.0.0/16 to ${target}; route table rtb-c in eu-central-1 already routes 10.0.0.0/16 to ${target}; remove what stands in the way and deploy again, or keep it and say NetworkLink.existing()`);
    expect(writes()).toEqual([]);
  });

  test('replaces a black hole, and leaves a propagated route beside its own', async () => {
    ec2.addTable(THERE, 'rtb-a', [route({ VpcPeeringConnectionId: 'pcx-gone', State: 'blackhole' })]);
    ec2.addTable(THERE, 'rtb-b', [route({ VpcPeeringConnectionId: 'pcx-1' }), route({ GatewayId: 'vgw-1', Origin: 'EnableVgwRoutePropagation' })]);
    await create();
    expect(tables().slice(0, 2)).toEqual([['10.0.0.0/16 -> pcx-1'], ['10.0.0.0/16 -> pcx-1', '10.0.0.0/16 -> vgw-1']]);
  });

  test.each([
    ['RouteAlreadyExists', 'error before'], ['InvalidRoute.NotFound', 'error before'], ['InvalidRouteTableID.NotFound', 'error before'],
    ['InvalidVpcPeeringConnectionID.NotFound', 'error before'], ['RouteAlreadyExists', 'error after'],
  ] as const)('looks again after a passing %s (%s)', async (name, happen) => {
    ec2.failAt('CreateRoute', 2, name, happen);
    await create();
    expect(tables()).toEqual([OURS, OURS, NONE]);
  });

  test('looks again where what it read is old: the black hole has gone, or somebody\'s route has come', async () => {
    ec2.addTable(THERE, 'rtb-a', [route({ NatGatewayId: 'nat-1', State: 'blackhole' })]);
    ec2.freezeReads(4_000);
    ec2.addTable(THERE, 'rtb-a', [LOCAL]);
    await create();
    expect(tables()).toEqual([OURS, OURS, NONE]);
    ec2.freezeReads(4_000);
    ec2.addTable(THERE, 'rtb-c', [route({ NatGatewayId: 'nat-1' })]);
    await expect(create({ ...TWO, RouteTableIds: ['rtb-c'] })).rejects.toThrow('rtb-c in eu-central-1 already routes 10.0.0.0/16 to nat-1');
    expect(tables()).toEqual([OURS, OURS, ['10.0.0.0/16 -> nat-1']]);
  });

  test('gives up on a table that stays unknown, with what it waited for', async () => {
    ec2.removeTable(THERE, 'rtb-b');
    await expect(create()).rejects.toThrow(/^gave up after 120 seconds: route to 10.0.0.0\/16 in route table rtb-b in eu-central-1 could not be written: InvalidRouteTableID.NotFound/);
    expect(ec2.time).toBeLessThanOrEqual(120_000);
    expect(tables()).toEqual([NONE, [], NONE]);
  });
});

describe('a peering connection', () => {
  const [requester, accepter] = [{ region: HERE }, { region: THERE }];

  test.each<[string, PeeringOptions, string[]]>([
    ['is active', { requester, accepter }, []],
    ['is being provisioned', { requester, accepter, states: [['provisioning', 0], ['active', 20_000]] }, []],
    ['is known late', { requester, accepter, knownFromMs: 115_000 }, []],
    ['waits for acceptance', { requester, accepter, states: [['initiating-request', 0], ['pending-acceptance', 12_000]] }, [THERE]],
    ['waits for acceptance in the other Region', { requester: accepter, accepter: requester, states: [['pending-acceptance', 0]] }, [HERE]],
  ])('that %s is waited for, and accepted in the accepter\'s Region', async (_, options, acceptedIn) => {
    ec2.addPeering('pcx-1', options);
    await create();
    expect(tables()).toEqual([OURS, OURS, NONE]);
    expect(callsOf(/Accept/)).toEqual(acceptedIn.map((region) => `${region} AcceptVpcPeeringConnection`));
  });

  test.each(['InvalidStateTransition', 'InvalidVpcPeeringConnectionID.NotFound'])('whose acceptance meets %s is looked at again', async (name) => {
    ec2.addPeering('pcx-1', { requester, accepter, states: [['pending-acceptance', 0], ['active', 4_000]] });
    ec2.failAt('AcceptVpcPeeringConnection', 1, name);
    await create();
    expect(tables()).toEqual([OURS, OURS, NONE]);
  });

  test.each(['failed', 'rejected', 'expired', 'deleted', 'deleting'] as const)('that is %s is an error at once', async (state) => {
    ec2.setPeeringState('pcx-1', state);
    await expect(create()).rejects.toThrow(`peering connection pcx-1 is ${state} (it is ${state}); replace it by a new one`);
    expect([ec2.time, writes()]).toEqual([0, []]);
  });

  test.each<[string, Partial<PeeringOptions>, string]>([
    ['is another account\'s to accept', { states: [['pending-acceptance', 0]], accepter: { ...accepter, owner: '222222222222' } }, 'pending-acceptance in eu-central-1; have it accepted'],
    ['stays provisioning', { states: [['provisioning', 0]] }, 'provisioning in eu-central-1'],
    ['stays unknown', { knownFromMs: 3_600_000 }, 'not known in eu-central-1'],
  ])('that %s is given up after two minutes', async (_, options, state) => {
    ec2.addPeering('pcx-1', { requester, accepter, ...options });
    await expect(create()).rejects.toThrow(`gave up after 120 seconds: peering connection pcx-1 is ${state}`);
    expect([ec2.time <= 120_000, callsOf(/Accept|(Create|Replace)Route/)]).toEqual([true, []]);
  });

  test.each(['DescribeVpcPeeringConnections', 'AcceptVpcPeeringConnection', 'DescribeRouteTables'])('and a denied %s are an error', async (command) => {
    ec2.addPeering('pcx-1', { requester, accepter, states: [['pending-acceptance', 0]] });
    ec2.failAt(command, 1, 'UnauthorizedOperation');
    await expect(create()).rejects.toThrow('UnauthorizedOperation');
  });
});

describe('rollback of a Create', () => {
  test.each(['error before', 'error after'] as const)('one that fails half way (%s) takes back what it made, and the Delete finds nothing', async (happen) => {
    ec2.failAt('CreateRoute', 2, 'UnauthorizedOperation', happen);
    await expect(create()).rejects.toMatchObject({ name: 'UnauthorizedOperation' });
    expect(tables()).toEqual([NONE, NONE, NONE]);
    await remove();
  });

  test('one that fails leaves routes that were there before it', async () => {
    ec2.addTable(THERE, 'rtb-a', [LOCAL, route({ VpcPeeringConnectionId: 'pcx-1' })]);
    ec2.failAt('CreateRoute', 1, 'UnauthorizedOperation', 'error after');
    await expect(create()).rejects.toThrow();
    expect(tables()).toEqual([OURS, NONE, NONE]);
  });

  test('both errors are told where taking back fails too', async () => {
    ec2.failAt('CreateRoute', 2, 'RouteLimitExceeded');
    ec2.failAt('DeleteRoute', 1, 'UnauthorizedOperation');
    await expect(create()).rejects.toThrow(/RouteLimitExceeded.*may remain.*UnauthorizedOperation/);
  });

  test.each<[string, () => Promise<unknown>, string[][]]>([
    ['finished by the next run', create, [OURS, OURS, NONE]],
    ['deleted under an id of CloudFormation\'s', async () => remove(TWO, 'by-cloudformation'), [NONE, NONE, NONE]],
  ])('one that stopped between two routes is %s', async (_, next, expected) => {
    await ec2.stopAt('CreateRoute', 1, create);
    expect(tables()).toEqual([OURS, NONE, NONE]);
    await next();
    expect(tables()).toEqual(expected);
  });
});

describe('Update', () => {
  const moved: PeerRoutesProperties = { ...TWO, RouteTableIds: ['rtb-b', 'rtb-c'] };
  const overAnother: PeerRoutesProperties = { ...moved, PeeringConnectionId: 'pcx-2' };
  const elsewhere: PeerRoutesProperties = { ...TWO, Region: HERE };
  const afterReplacement = [NONE, ['10.1.0.0/16 -> local', '10.0.0.0/16 -> pcx-2'], ['10.1.0.0/16 -> local', '10.0.0.0/16 -> pcx-2']];

  beforeEach(async () => {
    for (const table of TWO.RouteTableIds) ec2.addTable(HERE, table, [LOCAL]);
    await create();
  });

  test.each([
    ['moved tables', moved, [NONE, OURS, OURS]], ['another connection', overAnother, afterReplacement], ['another Region', elsewhere, [NONE, NONE, NONE]],
  ])('to %s: adds, moves and removes, twice; the Delete that follows a replacement finds nothing of its own', async (_, wanted, expected) => {
    for (let run = 0; run < 2; run++) {
      await expect(update(TWO, wanted)).resolves.toEqual({ physicalResourceId: idOf(wanted) });
      expect(tables()).toEqual(expected);
    }
    if (idOf(wanted) !== idOf(TWO)) await remove(TWO);
    expect(tables()).toEqual(expected);
    expect(ec2.routes(HERE, 'rtb-a')).toEqual(wanted === elsewhere ? OURS : NONE);
  });

  test.each([['moved tables', moved], ['another connection', overAnother], ['another Region', elsewhere]])('to %s, rolled back after it worked', async (_, wanted) => {
    await update(TWO, wanted);
    await update(wanted, TWO);
    if (idOf(wanted) !== idOf(TWO)) await remove(wanted);
    expect(tables()).toEqual([OURS, OURS, NONE]);
    expect(ec2.routes(HERE, 'rtb-a')).toEqual(NONE);
  });

  test.each([
    ['moved tables', 'CreateRoute', moved], ['moved tables', 'DeleteRoute', moved],
    ['another connection', 'ReplaceRoute', overAnother], ['another connection', 'CreateRoute', overAnother], ['another Region', 'CreateRoute', elsewhere],
  ])('to %s, rolled back after %s failed or the function stopped there', async (_, command, wanted) => {
    ec2.failAt(command, 1, 'InternalError', 'error after');
    await expect(update(TWO, wanted)).rejects.toThrow('InternalError');
    await update(wanted, TWO);
    expect(tables()).toEqual([OURS, OURS, NONE]);
    await ec2.stopAt(command, 1, async () => update(TWO, wanted));
    await update(wanted, TWO);
    expect([...tables(), ec2.routes(HERE, 'rtb-a')]).toEqual([OURS, OURS, NONE, NONE]);
  });

  test('leaves a foreign route in a table that it gives up, and does not mind when that is gone', async () => {
    ec2.addTable(THERE, 'rtb-a', [route({ NatGatewayId: 'nat-1' })]);
    await update(TWO, moved);
    expect(ec2.routes(THERE, 'rtb-a')).toEqual(['10.0.0.0/16 -> nat-1']);
    ec2.removeTable(THERE, 'rtb-a');
    await expect(update(TWO, moved)).resolves.toBeDefined();
  });
});

describe('Delete', () => {
  beforeEach(async () => { await create(); });

  test.each(['active', 'deleted'] as const)('removes its routes over a connection that is %s, and once more none', async (state) => {
    ec2.setPeeringState('pcx-1', state);
    for (let run = 0; run < 2; run++) {
      await expect(remove(TWO, 'as-it-was')).resolves.toEqual({ physicalResourceId: 'as-it-was' });
      expect([tables(), ec2.time]).toEqual([[NONE, NONE, NONE], 0]);
    }
    expect(callsOf(/DeleteRoute/)).toHaveLength(2);
  });

  test('leaves foreign routes, and does not mind missing ones', async () => {
    ec2.addTable(THERE, 'rtb-a', [route({ NatGatewayId: 'nat-1' })]);
    ec2.removeTable(THERE, 'rtb-b');
    await remove();
    expect(ec2.routes(THERE, 'rtb-a')).toEqual(['10.0.0.0/16 -> nat-1']);
  });

  test('takes a route that goes first for success, and a denial for none', async () => {
    ec2.failAt('DeleteRoute', 1, 'InvalidRoute.NotFound', 'error after');
    ec2.failAt('DeleteRoute', 2, 'UnauthorizedOperation');
    await expect(remove()).rejects.toThrow('UnauthorizedOperation');
    expect(tables()).toEqual([NONE, OURS, NONE]);
  });
});
