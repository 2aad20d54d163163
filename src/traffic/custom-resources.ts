import { Route53Client } from '@aws-sdk/client-route-53';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { DNS_RECORDS_TYPE } from './contract';
import { dnsRecords } from './handlers/dns-records';
import type { Route53 } from './handlers/services';
import { pause, type CustomResources } from '../core/custom-resource-reply';

/** Named with each request, so that the zone's account sees in its trail who came. */
const SESSION = 'payment-migration-dns';

async function route53(RoleArn?: string): Promise<Route53> {
  if (RoleArn === undefined) return new Route53Client({});
  const { Credentials } = await new STSClient({}).send(new AssumeRoleCommand({ RoleArn, RoleSessionName: SESSION }));
  return new Route53Client({
    credentials: {
      accessKeyId: Credentials!.AccessKeyId!,
      secretAccessKey: Credentials!.SecretAccessKey!,
      sessionToken: Credentials!.SessionToken,
    },
  });
}

/** The custom resources of this room. */
export const trafficResources: CustomResources = {
  [DNS_RECORDS_TYPE]: dnsRecords({ route53, now: Date.now, sleep: pause }),
};
