import type { WriterDiscoveryBindOptions, WriterDiscoveryConfig } from './discovery-binding';
import { databaseNameOf, LOGIN_VARIABLES, portsOf, sidesOf } from './sides';
import { checkPattern } from '../core';

/** Options of `WriterDiscovery.multiHost()`. */
export interface MultiHostOptions {
  /**
   * Where the image keeps the certificates that RDS's are signed with, an absolute path; told as `PGSSLROOTCERT`.
   * https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.SSL.html
   *
   * @default - not told: the service knows where they are
   */
  readonly rootCertificatePath?: string;
}

/** Checks where an image keeps certificates. */
export function checkCertificatePath(path: string | undefined): void {
  checkPattern('rootCertificatePath', path, /^\/[!-~]+$/, 'an absolute path, such as \'/etc/ssl/rds/global-bundle.pem\'');
}

/** Both hosts in the variables of libpq: https://www.postgresql.org/docs/current/libpq-envars.html */
export function bindMultiHost({ rootCertificatePath }: MultiHostOptions, bound: WriterDiscoveryBindOptions): WriterDiscoveryConfig {
  checkCertificatePath(rootCertificatePath);
  const sides = sidesOf(bound);
  return {
    environment: {
      PGHOST: Object.values(sides).map(({ database }) => database.endpoint.hostname).join(','),
      // One port is that of every host.
      PGPORT: portsOf(sides).join(','),
      PGDATABASE: databaseNameOf(sides),
      PGTARGETSESSIONATTRS: 'read-write',
      PGSSLMODE: 'verify-full',
      // Without it a host that does not answer keeps a client from the next one for minutes.
      PGCONNECT_TIMEOUT: '3',
      ...(rootCertificatePath !== undefined && { PGSSLROOTCERT: rootCertificatePath }),
    },
    secretEnvironment: { ...LOGIN_VARIABLES },
    applicationSecret: bound.applicationSecret,
    sides,
  };
}
