import type { ResourceRecordSet } from '@aws-sdk/client-route-53';
import { Route53StandIn } from './support/route53-stand-in';
import type { WriterRecordProperties } from '../../src/service/contract';
import { writerRecord } from '../../src/service/handlers/writer-record';

const COMMON = { ServiceToken: 'arn', ResponseURL: '', StackId: 'stack', RequestId: 'request', LogicalResourceId: 'Record', ResourceType: 'Custom::Record' };
const PROPERTIES: WriterRecordProperties = { HostedZoneId: 'Z1', RecordName: 'writer.Suffix.internal', InitialHost: 'old.example.com', Ttl: '5' };
const OLD = 'writer.suffix.internal. 5 CNAME old.example.com';
const NEW = 'writer.suffix.internal. 5 CNAME new.example.com';
const toNew: ResourceRecordSet = { Name: 'writer.suffix.internal', Type: 'CNAME', TTL: 5, ResourceRecords: [{ Value: 'new.example.com' }] };

let route53: Route53StandIn;
let handle: ReturnType<typeof writerRecord>;

beforeEach(() => {
  route53 = new Route53StandIn();
  // What follows the name in the listing is not it.
  route53.addZone('Z1', [{ Name: 'zebra.suffix.internal', Type: 'CNAME', TTL: 60, ResourceRecords: [{ Value: 'zebra.example.com' }] }]);
  handle = writerRecord(route53.client());
});

const withToken = (properties: WriterRecordProperties) => ({ ServiceToken: 'arn', ...properties });
const create = async (properties = PROPERTIES) => handle({ ...COMMON, RequestType: 'Create', ResourceProperties: withToken(properties) });
const update = async (properties = PROPERTIES) => handle({
  ...COMMON, RequestType: 'Update', PhysicalResourceId: 'Z1/writer.Suffix.internal', ResourceProperties: withToken(properties), OldResourceProperties: PROPERTIES,
});
const remove = async (properties = PROPERTIES) => handle({
  ...COMMON, RequestType: 'Delete', PhysicalResourceId: 'Z1/writer.Suffix.internal', ResourceProperties: withToken(properties),
});
const writers = () => route53.records('Z1').filter((record) => record.startsWith('writer'));

describe('Create', () => {
  test('makes the record, once, however often it runs', async () => {
    for (let run = 0; run < 2; run++) {
      await expect(create()).resolves.toEqual({ physicalResourceId: 'Z1/writer.Suffix.internal' });
      expect(writers()).toEqual([OLD]);
    }
    expect(route53.changes).toEqual(['CREATE writer.Suffix.internal']);
  });

  test('leaves what somebody made meanwhile', async () => {
    route53.madeMeanwhile = toNew;
    await create();
    expect(writers()).toEqual([NEW]);
  });

  test('goes on after an answer that was lost', async () => {
    route53.failNext('answer lost');
    await expect(create()).rejects.toThrow('socket hang up');
    await create();
    expect(writers()).toEqual([OLD]);
  });

  test('fails with what Route 53 says', async () => {
    route53.failNext('throttled');
    await expect(create()).rejects.toThrow('Rate exceeded');
    await expect(create({ ...PROPERTIES, HostedZoneId: 'Z9' })).rejects.toThrow('No hosted zone found with ID: Z9');
  });
});

describe('Update', () => {
  test('never changes where the record leads', async () => {
    await create();
    route53.upsert('Z1', toNew);
    await update({ ...PROPERTIES, InitialHost: 'another.example.com', Ttl: '60' });
    expect(writers()).toEqual([NEW]);
    expect(route53.changes).toHaveLength(1);
  });

  test('makes the record where it is gone, and another in another zone', async () => {
    await update();
    expect(writers()).toEqual([OLD]);
    route53.addZone('Z2');
    await expect(update({ ...PROPERTIES, HostedZoneId: 'Z2' })).resolves.toEqual({ physicalResourceId: 'Z2/writer.Suffix.internal' });
    expect(route53.records('Z2')).toEqual([OLD]);
  });

  test('that is rolled back changes nothing', async () => {
    await create();
    route53.upsert('Z1', toNew);
    await update({ ...PROPERTIES, InitialHost: 'another.example.com' });
    await update(PROPERTIES);
    expect(writers()).toEqual([NEW]);
  });
});

describe('Delete', () => {
  test('removes the record wherever it leads, and no other', async () => {
    await create();
    route53.upsert('Z1', toNew);
    await remove();
    expect(route53.records('Z1')).toEqual(['zebra.suffix.internal. 60 CNAME zebra.example.com']);
    await expect(remove()).resolves.toBeDefined();
  });

  test('looks again where the record moved', async () => {
    await create();
    route53.failNext('moved before');
    await remove();
    expect(writers()).toEqual([]);
  });

  test('gives up where it moves all the time', async () => {
    await create();
    route53.failNext('moved before', 'moved before', 'moved before');
    await expect(remove()).rejects.toThrow('do not match');
  });

  test('has nothing to do where the zone is gone', async () => {
    await expect(remove({ ...PROPERTIES, HostedZoneId: 'Z9' })).resolves.toBeDefined();
  });
});
