import { Token } from 'aws-cdk-lib';
import { AuroraPostgresEngineVersion, PostgresEngineVersion } from 'aws-cdk-lib/aws-rds';
import { invalidInput } from '../core';

/** The newest major that DMS is documented to read. */
export const POSTGRES_DEFAULT_MAJOR = '17';
export const AURORA_POSTGRES_DEFAULT = AuroraPostgresEngineVersion.VER_17_9;
export const RDS_POSTGRES_DEFAULT = PostgresEngineVersion.VER_17_9;

/**
 * The first engine that reads the default major, so the three defaults must move together. DMS would pick an older one by itself.
 *
 * https://docs.aws.amazon.com/dms/latest/userguide/CHAP_ReleaseNotes.html
 */
export const DMS_ENGINE_DEFAULT = '3.6.1';

/**
 * The lowest DMS engine that reads each major. 18 is not documented.
 *
 * https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Source.PostgreSQL.html
 */
export const DMS_SOURCE_MAJORS: Readonly<Record<string, string>> = {
  13: '3.4.3',
  14: '3.4.7',
  15: '3.5.1',
  16: '3.5.3',
  17: '3.6.1',
};

/** Checks that DMS can read a major: the target's too, since a rollback replicates the other way. */
export function checkMajor(prop: string, major: string | undefined, dmsVersion = DMS_ENGINE_DEFAULT): void {
  if (major === undefined || Token.isUnresolved(major) || Token.isUnresolved(dmsVersion)) return;
  const matrix = Object.entries(DMS_SOURCE_MAJORS);
  if (!matrix.some(([known, lowest]) => known === major && isAtLeast(dmsVersion, lowest))) {
    const needs = matrix.map(([known, lowest]) => `${known} from ${lowest} on`).join(', ');
    throw invalidInput(prop, major, `a PostgreSQL major that DMS ${dmsVersion} reads: ${needs}`);
  }
}

function isAtLeast(version: string, lowest: string): boolean {
  return version.localeCompare(lowest, 'en', { numeric: true }) >= 0;
}
