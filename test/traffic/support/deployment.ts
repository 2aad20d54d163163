import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import type { Route53StandIn } from './route53-stand-in';
import type { DnsRecordsProperties } from '../../../src/traffic/contract';
import { dnsRecords } from '../../../src/traffic/handlers/dns-records';

export const PROPERTIES: DnsRecordsProperties = {
  HostedZoneId: 'Z1',
  Identifier: 'blue',
  RecordName: 'pay.example.com',
  NoteName: '_payment-migration.pay.example.com',
  SharedType: 'A',
  Ttl: '60',
  Source: {
    RecordName: 'pay-source.example.com',
    SetIdentifier: 'blue-source',
    HealthCheckId: 'check-source',
    DomainName: 'Source-1.eu-west-1.elb.amazonaws.com',
    AliasHostedZoneId: 'ZALB',
  },
  Target: {
    RecordName: 'pay-target.example.com',
    SetIdentifier: 'blue-target',
    HealthCheckId: 'check-target',
    DomainName: 'target-1.eu-west-1.elb.amazonaws.com',
    AliasHostedZoneId: 'ZALB',
  },
};

/** The same with a source that is known by its domain name. */
export const NAMED: DnsRecordsProperties = {
  ...PROPERTIES,
  SharedType: 'CNAME',
  Source: { ...PROPERTIES.Source, DomainName: 'old.example.net', AliasHostedZoneId: undefined },
};

const STACK_ID = 'arn:aws:cloudformation:eu-west-1:111111111111:stack/Payments/51af3dc0-da77-11e4-872e-1234567b36f7';

/** Sends what CloudFormation sends, as often as it is told. */
export class Deployment {
  public time = 0;
  public physicalId = '';
  private properties: DnsRecordsProperties;

  constructor(private readonly route53: Route53StandIn, properties = PROPERTIES, private readonly stackId = STACK_ID) {
    this.properties = properties;
  }

  public async create(): Promise<void> {
    this.physicalId = await this.send('Create', this.properties);
  }

  /** The error that it failed with, if it did; then the update is rolled back. */
  public async update(to: DnsRecordsProperties, failsLater = false): Promise<string | undefined> {
    const from = this.properties;
    try {
      const id = await this.send('Update', to, from);
      // Another id would have the records of this one deleted.
      expect(id).toBe(this.physicalId);
      if (failsLater) throw new Error('something else failed');
      this.properties = to;
      return undefined;
    } catch (error) {
      await this.send('Update', from, to);
      return (error as Error).message;
    }
  }

  public async remove(): Promise<void> {
    await this.send('Delete', this.properties);
  }

  private async send(request: 'Create' | 'Update' | 'Delete', properties: DnsRecordsProperties, old?: DnsRecordsProperties): Promise<string> {
    const handle = dnsRecords({
      route53: async () => this.route53.client(),
      now: () => this.time,
      sleep: async (ms) => { this.time += ms; },
    });
    const event = {
      RequestType: request,
      StackId: this.stackId,
      PhysicalResourceId: this.physicalId,
      ResourceProperties: properties,
      OldResourceProperties: old,
    };
    return (await handle(event as unknown as CloudFormationCustomResourceEvent<DnsRecordsProperties>)).physicalResourceId;
  }
}
