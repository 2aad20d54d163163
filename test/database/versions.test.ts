import { Aws, Lazy } from 'aws-cdk-lib';
import { AuroraPostgresEngineVersion, PostgresEngineVersion } from 'aws-cdk-lib/aws-rds';
import {
  AURORA_POSTGRES_DEFAULT,
  checkMajor,
  DMS_ENGINE_DEFAULT,
  DMS_SOURCE_MAJORS,
  POSTGRES_DEFAULT_MAJOR,
  RDS_POSTGRES_DEFAULT,
} from '../../src/database/versions';

const MATRIX = '13 from 3.4.3 on, 14 from 3.4.7 on, 15 from 3.5.1 on, 16 from 3.5.3 on, 17 from 3.6.1 on';

describe('defaults', () => {
  test('both engines have the default major', () => {
    expect(AURORA_POSTGRES_DEFAULT.auroraPostgresMajorVersion).toBe(POSTGRES_DEFAULT_MAJOR);
    expect(RDS_POSTGRES_DEFAULT.postgresMajorVersion).toBe(POSTGRES_DEFAULT_MAJOR);
  });

  test.each([
    ['Aurora PostgreSQL', AuroraPostgresEngineVersion, AURORA_POSTGRES_DEFAULT.auroraPostgresFullVersion],
    ['RDS for PostgreSQL', PostgresEngineVersion, RDS_POSTGRES_DEFAULT.postgresFullVersion],
  ])('%s has the newest minor that the CDK names', (_, versions, version) => {
    const minors = Object.getOwnPropertyNames(versions).flatMap((name) => /^VER_17_(\d+)$/.exec(name)?.[1] ?? []).map(Number);
    expect(version).toBe(`${POSTGRES_DEFAULT_MAJOR}.${Math.max(...minors)}`);
  });

  test('the default DMS engine reads the default major, and every major in the matrix', () => {
    expect(Object.keys(DMS_SOURCE_MAJORS)).toContain(POSTGRES_DEFAULT_MAJOR);
    for (const major of Object.keys(DMS_SOURCE_MAJORS)) expect(() => checkMajor('version', major)).not.toThrow();
    expect(DMS_ENGINE_DEFAULT).toBe('3.6.1');
  });
});

describe('checkMajor', () => {
  test.each([
    ['13', '3.4.3', '3.4.2'],
    ['14', '3.4.7', '3.4.6'],
    ['15', '3.5.1', '3.4.7'],
    ['16', '3.5.3', '3.5.2'],
    ['17', '3.6.1', '3.6.0'],
  ])('PostgreSQL %s needs DMS %s', (major, lowest, older) => {
    expect(() => checkMajor('version', major, lowest)).not.toThrow();
    expect(() => checkMajor('version', major, older)).toThrow(`version: got '${major}', allowed: a PostgreSQL major that DMS ${older} reads: ${MATRIX}`);
  });

  test('compares versions by number, not by letter', () => {
    expect(() => checkMajor('version', '17', '3.10.0')).not.toThrow();
    expect(() => checkMajor('version', '17', '10.0.0')).not.toThrow();
  });

  test.each(['18', '9.6', '17.9', '', 'constructor'])("refuses '%s' and names what DMS reads", (major) => {
    expect(() => checkMajor('majorVersion', major)).toThrow(`majorVersion: got '${major}', allowed: a PostgreSQL major that DMS 3.6.1 reads: ${MATRIX}`);
  });

  test('leaves the unknown to the deployment', () => {
    const token = Lazy.string({ produce: () => '9.6' });
    expect(() => checkMajor('version', undefined)).not.toThrow();
    expect(() => checkMajor('version', token)).not.toThrow();
    expect(() => checkMajor('version', '9.6', Aws.NO_VALUE)).not.toThrow();
  });
});
