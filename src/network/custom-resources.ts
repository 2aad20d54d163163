import { EC2Client } from '@aws-sdk/client-ec2';
import { CLOSED_DEFAULT_SECURITY_GROUP_TYPE, PEER_ROUTES_TYPE } from './contract';
import { closedDefaultSecurityGroup } from './handlers/default-security-group';
import { peerRoutes } from './handlers/peer-routes';
import { pause, type CustomResources } from '../core/custom-resource-reply';

const clients = new Map<string, EC2Client>();

function clientIn(region: string): EC2Client {
  const client = clients.get(region) ?? new EC2Client({ region });
  clients.set(region, client);
  return client;
}

/** The custom resources of this room. */
export const networkResources: CustomResources = {
  [CLOSED_DEFAULT_SECURITY_GROUP_TYPE]: async (event) => closedDefaultSecurityGroup({ ec2: new EC2Client({}), sleep: pause })(event),
  [PEER_ROUTES_TYPE]: async (event) => peerRoutes({ ec2: clientIn, now: Date.now, sleep: pause })(event),
};
