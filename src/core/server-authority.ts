import { Aws, CfnMapping, Token } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { invalidInput } from './checks';
import { RDS_AUTHORITIES } from './rds-authorities';

const ID = 'RdsAuthorities';
const PEM_KEY = 'Pem';

/**
 * The authorities, as PEM, of which one has signed the certificate of a server of RDS's or Aurora's in a Region. Of a Region that only the
 * deployment knows, the template has to choose among all.
 *
 * @param prop where somebody may say them who knows better
 */
export function rdsAuthorities(scope: Construct, prop: string, region: string): string {
  if (Token.isUnresolved(region)) {
    const mapping = scope.node.tryFindChild(ID) as CfnMapping | undefined ?? new CfnMapping(scope, ID, {
      mapping: Object.fromEntries(Object.entries(RDS_AUTHORITIES).map(([name, pem]) => [name, { [PEM_KEY]: pem }])),
    });
    return mapping.findInMap(Aws.REGION, PEM_KEY);
  }
  const pem = RDS_AUTHORITIES[region];
  if (pem === undefined) throw invalidInput(prop, undefined, `the PEM of RDS's authorities in ${region}, which this release does not know`);
  return pem;
}
