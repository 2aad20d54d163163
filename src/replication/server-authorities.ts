import { Annotations, Stack, Token } from 'aws-cdk-lib';
import { CfnCertificate } from 'aws-cdk-lib/aws-dms';
import { Construct } from 'constructs';
import { knownToDiffer, rdsAuthorities } from '../core';
import type { MigrationDatabaseConfig } from '../database';

/** The certificates by which DMS knows the servers: one for each authority, however many endpoints it serves. */
export class ServerAuthorities extends Construct {
  private readonly certificates = new Map<string, string>();

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
    const pem = rdsAuthorities(this, `${prop}.certificateAuthority`, region);
    return this.certificate(Token.isUnresolved(region) ? 'RdsAuthority' : `RdsAuthority${region}`, pem);
  }

  private certificate(id: string, certificatePem: string): string {
    const arn = this.certificates.get(id) ?? new CfnCertificate(this, id, { certificatePem }).ref;
    this.certificates.set(id, arn);
    return arn;
  }
}
