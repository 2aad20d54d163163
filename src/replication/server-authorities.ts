import { Annotations, Aws, CfnMapping, Stack, Token } from 'aws-cdk-lib';
import { CfnCertificate } from 'aws-cdk-lib/aws-dms';
import { Construct } from 'constructs';
import { RDS_AUTHORITIES } from './rds-authorities';
import { invalidInput, knownToDiffer } from '../core';
import type { MigrationDatabaseConfig } from '../database';

const PEM_KEY = 'Pem';

/** The certificates by which DMS knows the servers: one for each authority, however many endpoints it serves. */
export class ServerAuthorities extends Construct {
  private readonly certificates = new Map<string, string>();
  private mapping?: CfnMapping;

  /**
   * The ARN of the certificate of a database's authority; undefined where nobody knows the authority.
   *
   * @param prop what the database's endpoint options were given as
   */
  public certificateFor(prop: string, name: string, database: MigrationDatabaseConfig, given?: string): string | undefined {
    if (given !== undefined) return this.certificate(`${name}Authority`, given);
    const server = database.cluster ?? database.instance;
    if (server === undefined) {
      Annotations.of(this).addWarningV2(
        `cdk-payment-migration:replication.unverified-${prop}`,
        `DMS encrypts its connection to ${database.endpoint.hostname} but does not verify who answers: give ${prop}.certificateAuthority`,
      );
      return undefined;
    }
    const here = Stack.of(this).region;
    const region = knownToDiffer(server.env.region, here) ? server.env.region : here;
    return this.certificate(Token.isUnresolved(region) ? 'RdsAuthority' : `RdsAuthority${region}`, this.rdsAuthorities(prop, region));
  }

  private certificate(id: string, certificatePem: string): string {
    const arn = this.certificates.get(id) ?? new CfnCertificate(this, id, { certificatePem }).ref;
    this.certificates.set(id, arn);
    return arn;
  }

  /** Of a Region that only the deployment knows, the template has to choose among all. */
  private rdsAuthorities(prop: string, region: string): string {
    if (Token.isUnresolved(region)) {
      this.mapping ??= new CfnMapping(this, 'RdsAuthorities', {
        mapping: Object.fromEntries(Object.entries(RDS_AUTHORITIES).map(([name, pem]) => [name, { [PEM_KEY]: pem }])),
      });
      return this.mapping.findInMap(Aws.REGION, PEM_KEY);
    }
    const pem = RDS_AUTHORITIES[region];
    if (pem === undefined) {
      throw invalidInput(`${prop}.certificateAuthority`, undefined, `the PEM of RDS's authorities in ${region}, which this release does not know`);
    }
    return pem;
  }
}
