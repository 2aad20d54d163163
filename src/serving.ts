import { Stack } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import type { Protection } from './core';
import type { MigrationEnvironment } from './environment';
import type { PaymentMigrationProps } from './payment-migration-props';
import { WriterDiscovery, type WriterDiscoveryConfig } from './service';
import type { MigrationBuckets } from './storage';
import { DnsCutover, Edge, recordNames } from './traffic';

/** What a migration has settled before anything serves. */
export interface ServingSettings {
  readonly environmentSuffix: string;
  /** Undefined where the migration is over. */
  readonly source?: MigrationEnvironment;
  readonly target: MigrationEnvironment;
  readonly applicationSecret: ISecret;
  readonly buckets: MigrationBuckets;
  readonly encryptionKey: IKey;
  readonly protection: Protection;
  readonly alarmTopic?: ITopic;
}

/** What serves on both sides, and the name that clients know both by. */
export class Serving {
  public readonly discovery?: WriterDiscoveryConfig;
  public readonly dnsCutover?: DnsCutover;

  constructor(migration: Construct, settings: ServingSettings, { service, cutover, writerDiscovery }: PaymentMigrationProps) {
    const { environmentSuffix: identifier, source, target, applicationSecret, buckets, encryptionKey, protection, alarmTopic } = settings;
    if (service || writerDiscovery) {
      this.discovery = (writerDiscovery ?? WriterDiscovery.multiHost()).bind(new Construct(migration, 'WriterDiscovery'), {
        source, target, applicationSecret, identifier, encryptionKey, protection,
      });
    }
    const names = cutover && recordNames(cutover.hostedZone.zoneName, cutover);
    for (const [prop, side] of Object.entries({ source, target })) {
      const here = side && Stack.of(side) === Stack.of(migration);
      side?._serve(prop, {
        service,
        internetFacing: (cutover?.edge ?? Edge.alb()).internetFacing,
        domainNames: names ? [names.shared, names[prop as 'source' | 'target']] : [],
        // Only who owns the zone can validate a certificate in it.
        hostedZone: cutover?.hostedZoneRole ? undefined : cutover?.hostedZone,
        discovery: this.discovery,
        // Load balancers log into, and alarms tell, what is of their own Region.
        ...(here ? { accessLogsBucket: buckets.accessLogsBucket, encryptionKey, alarmTopic } : {}),
      });
    }
    // When the migration is over, the records are the team's: they stay where they led.
    if (!source || !cutover) return;
    this.dnsCutover = new DnsCutover(migration, 'DnsCutover', {
      ...cutover,
      identifier,
      source: source.endpoint,
      target: target.endpoint,
      encryptionKey,
      protection,
    });
  }
}
