import { randomBytes } from 'node:crypto';
import { generate } from 'selfsigned';

/** What a server shows, and what its clients trust. All in PEM. */
export interface ServerCertificate {
  readonly certificateAuthority: string;
  readonly certificate: string;
  readonly key: string;
}

const DAY_MS = 86_400_000;

/** A certificate for localhost, signed by an authority that is made for it alone and whose key nobody keeps. */
export async function serverCertificate(): Promise<ServerCertificate> {
  const validity = { notBeforeDate: new Date(Date.now() - DAY_MS), notAfterDate: new Date(Date.now() + 30 * DAY_MS) };
  const common = { keyType: 'ec', algorithm: 'sha256', ...validity } as const;
  // A name of its own: clients that trust several servers look the authority up by name.
  const authority = await generate([{ name: 'commonName', value: `payment-migration ${randomBytes(8).toString('hex')}` }], {
    ...common,
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  const server = await generate([{ name: 'commonName', value: 'localhost' }], {
    ...common,
    ca: { key: authority.private, cert: authority.cert },
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      { name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }, { type: 7, ip: '127.0.0.1' }] },
    ],
  });
  return { certificateAuthority: authority.cert, certificate: server.cert, key: server.private };
}
