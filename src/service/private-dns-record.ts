import { CustomResource } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { PrivateHostedZone, type IHostedZone } from 'aws-cdk-lib/aws-route53';
import type { Construct } from 'constructs';
import { WRITER_RECORD_TYPE, type WriterRecordProperties } from './contract';
import type { WriterDiscoveryBindOptions, WriterDiscoveryConfig } from './discovery-binding';
import { checkDomainName } from './existing-endpoint';
import { checkCertificatePath, type MultiHostOptions } from './multi-host';
import { databaseNameOf, LOGIN_VARIABLES, portOf, sidesOf } from './sides';
import { CustomResourceHandler, encryptionKey, invalidInput, Protection } from '../core';

/** Options of `WriterDiscovery.privateDnsRecord()`. */
export interface PrivateDnsRecordOptions extends MultiHostOptions {
  /**
   * The name of the private hosted zone, which must stand for nothing else in the VPCs of both sides: it hides every other zone of that name.
   *
   * @default - the migration's suffix, and '.payment-migration.internal'
   */
  readonly zoneName?: string;
}

const RECORD = 'writer';
/** AWS advises clients to remember names for 5 seconds at most; a longer time would add to the pause of a cutover. */
const TTL_SECONDS = 5;

/** Makes the zone, and once the record in it. */
export function bindPrivateDnsRecord(scope: Construct, options: PrivateDnsRecordOptions, bound: WriterDiscoveryBindOptions): WriterDiscoveryConfig {
  const { zoneName = `${bound.identifier}.payment-migration.internal`, rootCertificatePath } = options;
  checkDomainName('zoneName', zoneName);
  checkCertificatePath(rootCertificatePath);
  const sides = sidesOf(bound);
  const port = portOf(sides);
  for (const [side, { database }] of Object.entries(sides)) {
    const { hostname } = database.endpoint;
    if (/^[\d.]+$|:/.test(hostname)) throw invalidInput(`${side}.database`, hostname, 'a host name: a record of the writer leads to names');
  }
  const recordName = `${RECORD}.${zoneName}`;
  const hostedZone = makeRecord(scope, recordName, zoneName, bound);
  return {
    environment: {
      PGHOST: recordName,
      PGPORT: port,
      PGDATABASE: databaseNameOf(sides),
      PGTARGETSESSIONATTRS: 'read-write',
      // A certificate of RDS names the host that the record leads to, so that `verify-full` would refuse it.
      PGSSLMODE: 'verify-ca',
      PGCONNECT_TIMEOUT: '3',
      ...(rootCertificatePath !== undefined && { PGSSLROOTCERT: rootCertificatePath }),
    },
    secretEnvironment: { ...LOGIN_VARIABLES },
    applicationSecret: bound.applicationSecret,
    sides,
    record: { hostedZone, recordName, ttlSeconds: TTL_SECONDS },
  };
}

function makeRecord(scope: Construct, recordName: string, zoneName: string, bound: WriterDiscoveryBindOptions): IHostedZone {
  const { source, target, protection = Protection.production() } = bound;
  // One VPC may be home to both sides.
  const vpcs = [...new Map([source, target].flatMap((side) => side?.network?.vpc ?? []).map((vpc) => [vpc.vpcId, vpc])).values()];
  if (vpcs.length === 0) throw invalidInput('network', undefined, 'the network of at least one side, for a private hosted zone');
  const zone = new PrivateHostedZone(scope, 'Zone', { zoneName, vpc: vpcs[0] });
  vpcs.slice(1).forEach((vpc) => zone.addVpc(vpc));
  // Services resolve the name as long as they run, so it stays as long as the database does.
  zone.applyRemovalPolicy(protection.removalPolicy);

  const handler = new CustomResourceHandler(scope, 'RecordHandler', {
    encryptionKey: bound.encryptionKey ?? encryptionKey(scope, 'EncryptionKey', `Log of ${scope.node.path}`, protection),
    protection,
    statements: [
      new PolicyStatement({ actions: ['route53:ListResourceRecordSets'], resources: [zone.hostedZoneArn] }),
      new PolicyStatement({
        actions: ['route53:ChangeResourceRecordSets'],
        resources: [zone.hostedZoneArn],
        // https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/specifying-rrset-conditions.html
        conditions: {
          'ForAllValues:StringEquals': {
            'route53:ChangeResourceRecordSetsNormalizedRecordNames': [recordName.toLowerCase()],
            'route53:ChangeResourceRecordSetsRecordTypes': ['CNAME'],
            'route53:ChangeResourceRecordSetsActions': ['CREATE', 'DELETE'],
          },
        },
      }),
    ],
    wildcards: [],
  });
  const properties: WriterRecordProperties = {
    HostedZoneId: zone.hostedZoneId,
    RecordName: recordName,
    InitialHost: (source ?? target).database.endpoint.hostname,
    Ttl: String(TTL_SECONDS),
  };
  const record = new CustomResource(scope, 'Record', {
    serviceToken: handler.serviceToken,
    resourceType: WRITER_RECORD_TYPE,
    serviceTimeout: handler.serviceTimeout,
    properties: { ...properties },
    removalPolicy: protection.removalPolicy,
  });
  record.node.addDependency(handler);
  return zone;
}
