import { Stack } from 'aws-cdk-lib';
import type { IVpc } from 'aws-cdk-lib/aws-ec2';
import { ContainerImage } from 'aws-cdk-lib/aws-ecs';
import { Key } from 'aws-cdk-lib/aws-kms';
import { HostedZone, type IHostedZone } from 'aws-cdk-lib/aws-route53';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { Protection } from '../../../src/core';
import { MigrationDatabase } from '../../../src/database';
import { MigrationNetwork, type IMigrationNetwork } from '../../../src/network';
import {
  WriterDiscovery,
  type DiscoverySide,
  type ServiceOptions,
  type TrafficEndpoint,
  type TrafficEndpointBindOptions,
  type TrafficEndpointConfig,
  type WriterDiscoveryBindOptions,
  type WriterDiscoveryConfig,
} from '../../../src/service';
import { importedSecret, importedVpc } from '../../support/synthesis';

export const IMAGE = ContainerImage.fromRegistry('public.ecr.aws/payments/service@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa');
export const SERVICE: ServiceOptions = { image: IMAGE };
export const NAMES = ['pay.example.com', 'pay-source.example.com'];

export function hostedZone(stack: Stack): IHostedZone {
  return HostedZone.fromHostedZoneAttributes(stack, 'HostedZone', { hostedZoneId: 'Z0123456789ABCDEFGHIJ', zoneName: 'example.com' });
}

export function networkIn(scope: Construct, id: string, vpc: IVpc = importedVpc(scope, `${id}Vpc`)): IMigrationNetwork {
  return MigrationNetwork.fromVpc(scope, id, vpc);
}

/** A database that is known by its address only. */
export function externalSide(scope: Construct, id: string, hostname: string, port?: number, databaseName = 'payments'): DiscoverySide {
  const database = MigrationDatabase.external({ host: hostname, port, databaseName, secret: importedSecret(scope, `${id}Secret`), majorVersion: '17' });
  return { database: database.bind(new Construct(scope, `${id}Database`), {}) };
}

export function discoveryIn(
  scope: Construct,
  discovery = WriterDiscovery.multiHost(),
  options: Partial<WriterDiscoveryBindOptions> = {},
): WriterDiscoveryConfig {
  return discovery.bind(new Construct(scope, 'Discovery'), {
    source: options.source ?? externalSide(scope, 'Source', 'old.example.com'),
    target: options.target ?? externalSide(scope, 'Target', 'new.example.com'),
    applicationSecret: options.applicationSecret ?? new Secret(scope, 'Login', { encryptionKey: new Key(scope, 'LoginKey') }),
    identifier: 'suffix',
    ...options,
  });
}

/** Binds an endpoint in an empty scope: internal, in a VPC that exists, unless said otherwise. */
export function bindIn(stack: Stack, endpoint: TrafficEndpoint, options: Partial<TrafficEndpointBindOptions> = {}): TrafficEndpointConfig {
  return endpoint.bind(new Construct(stack, 'Endpoint'), {
    identifier: 'suffix-source',
    network: 'network' in options ? options.network : networkIn(stack, 'Network'),
    service: SERVICE,
    internetFacing: false,
    domainNames: NAMES,
    hostedZone: hostedZone(stack),
    protection: Protection.production(),
    ...options,
  });
}
