import { Route53Client, type ListResourceRecordSetsCommand, type ResourceRecordSet } from '@aws-sdk/client-route-53';
import { STSClient } from '@aws-sdk/client-sts';
import { Deployment, NAMED, PROPERTIES } from './support/deployment';
import { Route53StandIn } from './support/route53-stand-in';
import { DNS_RECORDS_TYPE } from '../../src/traffic/contract';
import { trafficResources } from '../../src/traffic/custom-resources';
import { readNote } from '../../src/traffic/handlers/note';

const [SOURCE, TARGET] = ['source-1.eu-west-1.elb.amazonaws.com.', 'target-1.eu-west-1.elb.amazonaws.com.'];
const SIDES = [`pay-source.example.com. A -> ${SOURCE}`, `pay-target.example.com. A -> ${TARGET}`];
const both = (source: number, target: number) => [
  `pay.example.com. A blue-source ${source} -> ${SOURCE}`,
  `pay.example.com. A blue-target ${target} -> ${TARGET}`,
];
const made = (source: number, target: number) => [...both(source, target), ...SIDES].sort();

/** What a team has before the migration. */
const SIMPLE: ResourceRecordSet = {
  Name: 'pay.example.com.', Type: 'A', AliasTarget: { HostedZoneId: 'ZALB', DNSName: `dualstack.${SOURCE}`, EvaluateTargetHealth: true },
};
const SIMPLE_V6: ResourceRecordSet = { ...SIMPLE, Type: 'AAAA' };
const ADDRESS: ResourceRecordSet = { Name: 'pay.example.com.', Type: 'A', TTL: 300, ResourceRecords: [{ Value: '192.0.2.1' }] };
const NEIGHBOURS: ResourceRecordSet[] = [
  { Name: 'example.com.', Type: 'NS', TTL: 300, ResourceRecords: [{ Value: 'ns.example.net' }] },
  { Name: 'paz.example.com.', Type: 'A', TTL: 300, ResourceRecords: [{ Value: '192.0.2.9' }] },
];

let route53: Route53StandIn;
let deployment: Deployment;

beforeEach(() => {
  route53 = new Route53StandIn();
  deployment = new Deployment(route53);
  jest.spyOn(console, 'warn').mockImplementation();
});

afterEach(() => jest.restoreAllMocks());

const addresses = () => [...route53.addresses].sort();
const noteThere = () => readNote(route53.records.filter(({ Type }) => Type === 'TXT'));

describe('a creation', () => {
  test('makes both weighted records, one for each side and the note in one batch, and waits until all servers know', async () => {
    route53.pendingFor = 3;
    await deployment.create();
    expect(addresses()).toEqual(made(100, 0));
    expect(route53.batches).toHaveLength(1);
    expect(deployment.physicalId).toBe('Z1/pay.example.com/pay-source.example.com/pay-target.example.com');
    expect(deployment.time).toBe(15_000);
  });

  test('makes health checks and no second opinion of the load balancer', async () => {
    await deployment.create();
    const shared = route53.records.filter(({ SetIdentifier }) => SetIdentifier !== undefined);
    expect(shared.map(({ HealthCheckId }) => HealthCheckId)).toEqual(['check-source', 'check-target']);
    expect(shared.map(({ AliasTarget, TTL }) => [AliasTarget?.EvaluateTargetHealth, TTL])).toEqual([[false, undefined], [false, undefined]]);
  });

  test('once more changes nothing, and waits for nothing', async () => {
    await deployment.create();
    deployment.time = 0;
    await deployment.create();
    expect([route53.batches.length, deployment.time]).toEqual([1, 0]);
  });

  test('leaves the neighbours alone, however many pages there are', async () => {
    route53.pageSize = 1;
    route53.add(...NEIGHBOURS);
    await deployment.create();
    route53.shift('blue-source', 70);
    await deployment.create();
    expect(addresses()).toEqual([...made(70, 0), 'example.com. NS -> ns.example.net', 'paz.example.com. A -> 192.0.2.9'].sort());
  });

  test('leads to domain names by CNAMEs of one TTL, but to the load balancer of a side alone by an alias', async () => {
    deployment = new Deployment(route53, NAMED);
    await deployment.create();
    expect(addresses()).toEqual([
      'pay-source.example.com. CNAME -> old.example.net',
      SIDES[1],
      'pay.example.com. CNAME blue-source 100 -> old.example.net',
      'pay.example.com. CNAME blue-target 0 -> target-1.eu-west-1.elb.amazonaws.com',
    ].sort());
  });

  test.each(['PriorRequestNotComplete', 'Throttling', 'NoSuchHealthCheck'])('that meets %s is tried again', async (name) => {
    route53.failNext('ChangeResourceRecordSets', name, name);
    await deployment.create();
    expect(addresses()).toEqual(made(100, 0));
  });

  test.each(['GetChange', 'ListResourceRecordSets'] as const)('goes on where %s is throttled', async (command) => {
    route53.failNext(command, 'Throttling');
    await deployment.create();
    expect(addresses()).toEqual(made(100, 0));
  });

  test('gives up in time, and says what it waited for', async () => {
    route53.failNext('ChangeResourceRecordSets', ...Array.from({ length: 200 }, () => 'PriorRequestNotComplete'));
    await expect(deployment.create()).rejects.toThrow('gave up after 480 seconds: Route 53 says PriorRequestNotComplete');
  });

  test('that fails after the change takes it back', async () => {
    route53.add(SIMPLE, ...NEIGHBOURS);
    const before = route53.records;
    route53.pendingFor = Infinity;
    await expect(deployment.create()).rejects.toThrow('gave up after 480 seconds: change /change/C1 is PENDING');
    expect(route53.records).toEqual(before);
  });

  test('whose answer was lost takes it back too', async () => {
    route53.add(SIMPLE);
    const before = route53.records;
    route53.loseAnswer = true;
    await expect(deployment.create()).rejects.toThrow('socket hang up');
    expect(route53.records).toEqual(before);
  });

  test('that fails with nothing changed takes nothing back', async () => {
    route53.add(SIMPLE);
    route53.failNext('ChangeResourceRecordSets', 'AccessDenied');
    await expect(deployment.create()).rejects.toThrow('AccessDenied');
    expect(addresses()).toEqual([`pay.example.com. A -> dualstack.${SOURCE}`]);
  });

  test('that read an old listing looks again', async () => {
    await deployment.create();
    route53.staleListings = 4;
    await deployment.create();
    expect(addresses()).toEqual(made(100, 0));
  });
});

describe('a record that is there', () => {
  test('is adopted in one batch where it leads to the source, and kept in the note', async () => {
    route53.add(SIMPLE, SIMPLE_V6);
    await deployment.create();
    expect(addresses()).toEqual(made(100, 0));
    expect(route53.batches).toEqual([expect.arrayContaining([
      'DELETE A pay.example.com.', 'DELETE AAAA pay.example.com.', 'CREATE A blue-source', 'CREATE A blue-target', 'CREATE TXT _payment-migration.pay.example.com',
    ])]);
    expect(noteThere()?.original).toEqual([SIMPLE, SIMPLE_V6]);
  });

  test('is adopted though its type is another', async () => {
    route53.add({ Name: 'pay.example.com.', Type: 'CNAME', TTL: 60, ResourceRecords: [{ Value: SOURCE }] });
    await deployment.create();
    expect(addresses()).toEqual(made(100, 0));
  });

  test('is adopted where the team says that the source serves there', async () => {
    route53.add(ADDRESS);
    await new Deployment(route53, { ...PROPERTIES, AdoptableTargets: ['192.0.2.1'] }).create();
    expect([addresses(), noteThere()?.original]).toEqual([made(100, 0), [ADDRESS]]);
  });

  const weighted: ResourceRecordSet = { ...ADDRESS, SetIdentifier: 'theirs', Weight: 1 };
  test.each<[string, ResourceRecordSet, string]>([
    ['leads elsewhere', ADDRESS, 'pay.example.com A -> 192.0.2.1, and it stays as it is: adopted are only simple records that lead to Source-1'],
    ['is somebody else\'s weighted one', weighted, 'pay.example.com A \'theirs\' -> 192.0.2.1, and it stays'],
    ['has our set identifier, and no note', { ...weighted, SetIdentifier: 'blue-source' }, 'nothing says that it made them; delete them, or take another identifier'],
    ['is a traffic policy\'s', { ...SIMPLE, TrafficPolicyInstanceId: 'policy' }, 'adopted are only simple records'],
    ['passes the weights by', { Name: 'pay.example.com', Type: 'HTTPS', TTL: 60, ResourceRecords: [{ Value: '1 .' }] }, 'clients that know this type pass the weights by'],
    ['has the name of a side', { ...ADDRESS, Name: 'pay-target.example.com' }, 'choose another name for the side'],
  ])('fails the creation where it %s, and stays', async (_, record, message) => {
    route53.add(record);
    const before = route53.records;
    await expect(deployment.create()).rejects.toThrow(message);
    expect([route53.records, route53.batches]).toEqual([before, []]);
  });

  test('fails the creation where it cannot stand beside a CNAME', async () => {
    route53.add({ Name: 'pay.example.com', Type: 'MX', TTL: 60, ResourceRecords: [{ Value: '10 mail.example.com' }] });
    await expect(new Deployment(route53, NAMED).create()).rejects.toThrow('pay.example.com MX -> 10 mail.example.com, and it stays as it is: nothing can stand beside a CNAME');
  });

  test('of a type that leads nobody astray stays beside the weighted ones', async () => {
    route53.add({ Name: 'pay.example.com', Type: 'CAA', TTL: 60, ResourceRecords: [{ Value: '0 issue "amazon.com"' }] });
    await deployment.create();
    expect(addresses()).toEqual([...made(100, 0), 'pay.example.com. CAA -> 0 issue "amazon.com"'].sort());
  });

  test('cannot be adopted where it is too long for the note', async () => {
    const values = Array.from({ length: 200 }, (_, index) => ({ Value: `192.0.2.${index}` }));
    route53.add({ ...ADDRESS, ResourceRecords: values });
    const long = new Deployment(route53, { ...PROPERTIES, AdoptableTargets: values.map(({ Value }) => Value) });
    await expect(long.create()).rejects.toThrow('too long to be kept in a note');
  });

  test('is kept in as many strings as it needs', async () => {
    const values = Array.from({ length: 40 }, (_, index) => ({ Value: `192.0.2.${index}` }));
    route53.add({ ...ADDRESS, ResourceRecords: values });
    await new Deployment(route53, { ...PROPERTIES, AdoptableTargets: values.map(({ Value }) => Value) }).create();
    expect(noteThere()?.original).toEqual([{ ...ADDRESS, ResourceRecords: values }]);
  });
});

describe('an update', () => {
  const moved = { ...PROPERTIES, Target: { ...PROPERTIES.Target, DomainName: 'target-2.eu-west-1.elb.amazonaws.com', HealthCheckId: 'check-2' } };
  const weights = () => route53.records.filter(({ Weight }) => Weight !== undefined).map(({ Weight, HealthCheckId }) => [Weight, HealthCheckId]);

  beforeEach(async () => {
    route53.add(SIMPLE);
    await deployment.create();
    route53.shift('blue-source', 75);
    route53.shift('blue-target', 25);
  });

  test('that changes nothing of the records calls for no change', async () => {
    await expect(deployment.update({ ...PROPERTIES })).resolves.toBeUndefined();
    expect([route53.batches.length, addresses()]).toEqual([1, made(75, 25)]);
  });

  test('keeps the weights of the run time, and the original', async () => {
    await expect(deployment.update(moved)).resolves.toBeUndefined();
    expect([weights(), noteThere()?.original]).toEqual([[[75, 'check-source'], [25, 'check-2']], [SIMPLE]]);
    expect(addresses()).toContain('pay-target.example.com. A -> target-2.eu-west-1.elb.amazonaws.com.');
  });

  test('keeps a weight that is shifted at the same moment', async () => {
    route53.meanwhile.push(() => route53.shift('blue-target', 60));
    await expect(deployment.update(moved)).resolves.toBeUndefined();
    expect(weights()).toEqual([[75, 'check-source'], [60, 'check-2']]);
  });

  test('keeps the weights where both records get another type', async () => {
    await expect(deployment.update(NAMED)).resolves.toBeUndefined();
    expect(addresses().filter((address) => address.startsWith('pay.example.com'))).toEqual([
      'pay.example.com. CNAME blue-source 75 -> old.example.net',
      'pay.example.com. CNAME blue-target 25 -> target-1.eu-west-1.elb.amazonaws.com',
    ]);
  });

  test('keeps the weights where the TTL changes, which both must have alike', async () => {
    await deployment.update(NAMED);
    await expect(deployment.update({ ...NAMED, Ttl: '10' })).resolves.toBeUndefined();
    expect(route53.records.filter(({ Weight }) => Weight !== undefined).map(({ TTL, Weight }) => [TTL, Weight])).toEqual([[10, 75], [10, 25]]);
  });

  test('that is rolled back leads back, with the weights as they are by then', async () => {
    route53.meanwhile.push(() => { route53.shift('blue-source', 0); route53.shift('blue-target', 100); });
    await expect(deployment.update(moved, true)).resolves.toBe('something else failed');
    expect(addresses()).toEqual(made(0, 100));
    await expect(deployment.update(moved)).resolves.toBeUndefined();
    expect(weights()).toEqual([[0, 'check-source'], [100, 'check-2']]);
  });

  test('that fails after its change leads back as well', async () => {
    route53.failNext('GetChange', 'AccessDenied');
    await expect(deployment.update(moved)).resolves.toContain('AccessDenied');
    expect([addresses(), noteThere()?.original]).toEqual([made(75, 25), [SIMPLE]]);
  });

  test('to other names is refused, and rolled back without a change', async () => {
    const before = route53.records;
    await expect(deployment.update({ ...PROPERTIES, RecordName: 'buy.example.com' })).resolves.toContain('got Z1/buy.example.com/');
    expect(route53.records).toEqual(before);
  });

  test.each<[string, ResourceRecordSet]>([
    ['a third weighted record', { ...SIMPLE, SetIdentifier: 'theirs', Weight: 5 }],
    ['a record for IPv6', SIMPLE_V6],
  ])('that meets %s is refused, and the rollback is not', async (_, stranger) => {
    route53.add(stranger);
    const before = route53.records;
    await expect(deployment.update(moved)).resolves.toContain('and it stays as it is');
    expect(route53.records).toEqual(before);
  });

  test('makes one record again that was deleted, with what the other leaves', async () => {
    route53.remove({ Name: 'pay.example.com', Type: 'A', SetIdentifier: 'blue-source' });
    await expect(deployment.update(PROPERTIES)).resolves.toBeUndefined();
    expect(addresses()).toEqual(made(75, 25));
  });

  test('does not guess weights where both records are gone', async () => {
    for (const SetIdentifier of ['blue-source', 'blue-target']) route53.remove({ Name: 'pay.example.com', Type: 'A', SetIdentifier });
    await expect(deployment.update(PROPERTIES)).rejects.toThrow('the weighted records are gone, and nobody but you knows their weights');
  });

  test('writes the note again where it was deleted', async () => {
    route53.remove({ Name: PROPERTIES.NoteName, Type: 'TXT' });
    await expect(deployment.update(PROPERTIES)).resolves.toBeUndefined();
    expect([noteThere()?.original, addresses()]).toEqual([[], made(75, 25)]);
  });

  test('gives up where the records change under its hands each time', async () => {
    route53.meanwhile.push(...[1, 2, 3, 4, 5].map((weight) => () => route53.shift('blue-target', weight)));
    await expect(deployment.update(moved)).resolves.toContain('the values provided do not match the current values');
    expect(weights()).toEqual([[75, 'check-source'], [5, 'check-target']]);
  });
});

describe('a deletion', () => {
  beforeEach(async () => {
    route53.add(SIMPLE, SIMPLE_V6, ...NEIGHBOURS);
  });

  test('restores in one batch what was there, wherever the weights have led', async () => {
    const before = route53.records;
    await deployment.create();
    route53.shift('blue-target', 100);
    await deployment.remove();
    expect(route53.records).toEqual(before);
    expect(route53.batches).toHaveLength(2);
  });

  test('once more changes nothing', async () => {
    await deployment.create();
    await deployment.remove();
    await deployment.remove();
    expect(route53.batches).toHaveLength(2);
  });

  test('leaves nothing where nothing was', async () => {
    route53.remove(SIMPLE, SIMPLE_V6);
    await deployment.create();
    await deployment.remove();
    expect(addresses()).toEqual(['example.com. NS -> ns.example.net', 'paz.example.com. A -> 192.0.2.9']);
    expect(noteThere()).toBeUndefined();
  });

  test('leaves a stranger\'s record, beside which the original has no place', async () => {
    await deployment.create();
    const stranger: ResourceRecordSet = { ...SIMPLE, SetIdentifier: 'theirs', Weight: 5 };
    route53.add(stranger);
    await deployment.remove();
    expect(addresses()).toEqual(['example.com. NS -> ns.example.net', `pay.example.com. A theirs 5 -> dualstack.${SOURCE}`, 'paz.example.com. A -> 192.0.2.9']);
  });

  test('keeps to what it made where the note was deleted', async () => {
    await deployment.create();
    route53.remove({ Name: PROPERTIES.NoteName, Type: 'TXT' });
    route53.add({ ...ADDRESS, Name: 'pay-source.example.com' });
    await deployment.remove();
    expect(addresses()).toEqual(['example.com. NS -> ns.example.net', 'pay-source.example.com. A -> 192.0.2.1', 'paz.example.com. A -> 192.0.2.9']);
  });

  test('is done where the zone is gone', async () => {
    await deployment.create();
    route53.zoneGone = true;
    await expect(deployment.remove()).resolves.toBeUndefined();
  });

  test('that is denied fails', async () => {
    await deployment.create();
    route53.failNext('ChangeResourceRecordSets', 'AccessDenied');
    await expect(deployment.remove()).rejects.toThrow('AccessDenied');
  });
});

describe('another migration', () => {
  test('of the same suffix in another account does not take the records', async () => {
    await deployment.create();
    const elsewhere = new Deployment(route53, PROPERTIES, 'arn:aws:cloudformation:eu-west-1:222222222222:stack/Payments/1');
    await expect(elsewhere.create()).rejects.toThrow('another migration keeps the name; end that one first, or choose another recordName');
    await elsewhere.remove();
    expect(addresses()).toEqual(made(100, 0));
  });

  test('of the same suffix, made after the first was deleted with its records kept, takes them over with their weights', async () => {
    route53.add(SIMPLE);
    await deployment.create();
    route53.shift('blue-target', 100);
    const again = new Deployment(route53, PROPERTIES, 'arn:aws:cloudformation:eu-west-1:111111111111:stack/Payments/2');
    await again.create();
    expect([addresses(), noteThere()?.original]).toEqual([made(100, 100), [SIMPLE]]);
  });
});

test('a zone in another account is changed with the rights of its role', async () => {
  const credentials = { AccessKeyId: 'id', SecretAccessKey: 'key', SessionToken: 'session' };
  const assume = jest.spyOn(STSClient.prototype, 'send').mockImplementation(async () => ({ Credentials: credentials }));
  const used: unknown[] = [];
  jest.spyOn(Route53Client.prototype, 'send').mockImplementation(async function (this: Route53Client, command: unknown) {
    used.push(await this.config.credentials());
    return route53.client().send(command as ListResourceRecordSetsCommand);
  } as typeof Route53Client.prototype.send);
  const properties = { ...PROPERTIES, RoleArn: 'arn:aws:iam::222222222222:role/zone' };
  const event = { RequestType: 'Delete', StackId: 'arn:aws:cloudformation:eu-west-1:111111111111:stack/Payments/1', ResourceProperties: properties };
  await trafficResources[DNS_RECORDS_TYPE]({ ...event, PhysicalResourceId: 'Z1' } as never);
  expect(assume.mock.calls[0][0].input).toMatchObject({ RoleArn: properties.RoleArn, RoleSessionName: 'payment-migration-dns' });
  expect(used[0]).toMatchObject({ accessKeyId: 'id', secretAccessKey: 'key', sessionToken: 'session' });
});
