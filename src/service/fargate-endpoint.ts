import { Stack } from 'aws-cdk-lib';
import { Peer, Port, SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import {
  AlarmBehavior,
  AvailabilityZoneRebalancing,
  FargatePlatformVersion,
  FargateService,
  PropagatedTagSource,
} from 'aws-cdk-lib/aws-ecs';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { serviceCluster } from './cluster';
import { deploymentAlarm } from './deployment-alarm';
import type { WriterDiscoveryConfig } from './discovery-binding';
import { EndpointHealthCheck, type TrafficEndpointBindOptions, type TrafficEndpointConfig } from './endpoint-binding';
import { EndpointMetrics } from './endpoint-metrics';
import { checkDomainName, sameName } from './existing-endpoint';
import { ServiceLoadBalancer } from './load-balancer';
import type { FargateEndpointOptions } from './service-options';
import { scaleService } from './service-scaling';
import { ServiceTask } from './service-task';
import { settleService } from './settled-service';
import { WebAcl } from './web-acl';
import { acknowledge, checkPattern, encryptionKey, invalidInput, knownToDiffer, type Protection } from '../core';
import { openWayToDatabase } from '../database';
import type { IMigrationNetwork } from '../network';
import { AccessLogs } from '../storage';

/** Makes a service on Fargate behind a load balancer. */
export function bindFargate(scope: Construct, options: FargateEndpointOptions, bound: TrafficEndpointBindOptions): TrafficEndpointConfig {
  const network = networkOf(scope, bound);
  checkNames(bound);
  const service = settleService(bound.service, options);
  const { protection, identifier, discovery, internetFacing } = bound;
  const key = bound.encryptionKey ?? encryptionKey(scope, 'EncryptionKey', `${identifier}: logs of the service`, protection);
  const accessLogsBucket = bound.accessLogsBucket ?? ownAccessLogs(scope, protection);
  const shared = { encryptionKey: key, logRetention: service.logRetention, protection };

  const front = new ServiceLoadBalancer(scope, 'LoadBalancer', { ...bound, network, service, accessLogsBucket });
  const { loadBalancer, targetGroup } = front;
  new WebAcl(scope, 'WebAcl', { ...service.firewall, ...shared, loadBalancer, identifier });

  const { cluster, insights } = serviceCluster(scope, { ...shared, vpc: network.vpc });
  const task = new ServiceTask(scope, 'Task', { service, discovery, encryptionKey: key, protection });
  const securityGroup = taskSecurityGroup(scope, network, discovery);
  const alarm = deploymentAlarm(scope, new EndpointMetrics({ loadBalancer, targetGroup }), bound.alarmTopic);
  const fargate = new FargateService(scope, 'Service', {
    cluster,
    taskDefinition: task.definition,
    platformVersion: FargatePlatformVersion.LATEST,
    vpcSubnets: network.serviceSubnets,
    securityGroups: [securityGroup],
    assignPublicIp: false,
    // Scaling decides how many tasks there are; a number here would set it back with each deployment.
    minHealthyPercent: 100,
    maxHealthyPercent: 200,
    availabilityZoneRebalancing: AvailabilityZoneRebalancing.ENABLED,
    healthCheckGracePeriod: service.healthCheckGracePeriod,
    circuitBreaker: { enable: true, rollback: true },
    deploymentAlarms: { alarmNames: [alarm.alarmName], behavior: AlarmBehavior.ROLLBACK_ON_ALARM },
    enableExecuteCommand: false,
    enableECSManagedTags: true,
    propagateTags: PropagatedTagSource.SERVICE,
  });
  // Tasks cannot start before the role may read their secrets; and Container Insights would make its own log group.
  fargate.node.addDependency(task.executionRole, insights, front.listener);
  // Nor before there is a way to the registry.
  fargate.node.addDependency(network.vpc.selectSubnets(network.serviceSubnets).internetConnectivityEstablished);
  fargate.attachToApplicationTargetGroup(targetGroup);
  scaleService(fargate, targetGroup, service);

  return {
    loadBalancer,
    internetFacing,
    healthCheck: internetFacing ? EndpointHealthCheck.HTTPS : EndpointHealthCheck.METRIC,
    healthCheckPath: service.healthCheckPath,
    healthCheckPort: 443,
    service: fargate,
    cluster,
    targetGroup,
    serviceConnections: fargate.connections,
    metrics: new EndpointMetrics({ loadBalancer, targetGroup, service: fargate }),
  };
}

function networkOf(scope: Construct, { network }: TrafficEndpointBindOptions): IMigrationNetwork {
  if (!network) throw invalidInput('network', network, 'the network that the service runs in');
  const { region } = Stack.of(scope);
  if (knownToDiffer(network.vpc.env.region, region)) {
    throw invalidInput('network', `a VPC in ${network.vpc.env.region}`, `one in ${region}, where the service is made`);
  }
  return network;
}

function ownAccessLogs(scope: Construct, protection: Protection): IBucket {
  const { bucket } = new AccessLogs(scope, 'AccessLogs', { protection });
  acknowledge(bucket, ['AwsSolutions-S1', ...['HIPAA.Security', 'NIST.800.53.R5', 'PCI.DSS.321'].map((pack) => `${pack}-S3BucketLoggingEnabled`)],
    'It holds access logs itself: those of a bucket that logs to itself would never come to an end');
  return bucket;
}

function checkNames({ identifier, domainNames }: TrafficEndpointBindOptions): void {
  checkPattern('identifier', identifier, /^[a-z][a-z0-9-]{0,62}$/, '1 to 63 lower-case letters, digits and hyphens, a letter first');
  domainNames.forEach((name, index) => {
    checkDomainName('domainNames', name);
    if (domainNames.slice(0, index).some((other) => sameName(other, name))) throw invalidInput('domainNames', name, 'each name once');
  });
}

/** Nobody but the load balancer reaches the tasks; they reach both databases, whichever has write authority, and what is behind HTTPS. */
function taskSecurityGroup(scope: Construct, network: IMigrationNetwork, discovery?: WriterDiscoveryConfig): SecurityGroup {
  const securityGroup = new SecurityGroup(scope, 'SecurityGroup', {
    vpc: network.vpc,
    description: 'Tasks of the service, which reach both databases and HTTPS; the load balancer alone reaches them',
    allowAllOutbound: false,
  });
  // Not AWS endpoints alone: registries of images, S3 behind its gateway endpoint, and providers of payments have public addresses.
  securityGroup.addEgressRule(Peer.anyIpv4(), Port.HTTPS, 'AWS endpoints, image registries, payment providers');
  const visitor = { securityGroup, home: network, subnets: network.serviceSubnets, name: 'the service', room: 'service' };
  for (const [side, { database, network: home }] of Object.entries(discovery?.sides ?? {})) openWayToDatabase(visitor, side, database, home);
  return securityGroup;
}
