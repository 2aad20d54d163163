import { customResource, dispatch } from './core/custom-resource-reply';
import { cutoverResources } from './cutover/custom-resources';
import { networkResources } from './network/custom-resources';
import { replicationResources } from './replication/custom-resources';
import { serviceResources } from './service/custom-resources';
import { trafficResources } from './traffic/custom-resources';

/** One function behind all custom resources: each of its own would need a log, and what scanners ask of every function, too. */
export const handler = customResource(dispatch({
  ...networkResources, ...replicationResources, ...serviceResources, ...cutoverResources, ...trafficResources,
}));
