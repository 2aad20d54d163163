import { Duration, Lazy, Size, type Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { AuroraPostgresEngineVersion, CfnDBCluster, DatabaseCluster, DatabaseClusterEngine, type IClusterEngine } from 'aws-cdk-lib/aws-rds';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { MigrationDatabase, type AuroraPostgresOptions, type RdsPostgresOptions } from '../../src';
import { bindIn } from '../support/database-templates';
import { importedSecret, stackIn } from '../support/synthesis';

/** Mistakes that only show at the edges of a value, and sound input that resembles one. */
describe('sound input that resembles a mistake', () => {
  test('a secret of a team\'s own that is called like the one of RDS', () => {
    const stack = stackIn();
    const secret = new Secret(stack, 'MasterUserSecret');
    const { migrationSecret } = bindIn(stack, MigrationDatabase.external({ host: 'db.example.com', databaseName: 'payments', secret }));
    expect(migrationSecret).toBe(secret);
  });

  test('as much storage as there can be, which has no room to grow', () => {
    const stack = stackIn();
    bindIn(stack, MigrationDatabase.rdsPostgres({ storage: Size.tebibytes(64) }));
    const [{ Properties }] = Object.values(Template.fromStack(stack).findResources('AWS::RDS::DBInstance'));
    expect(Properties.AllocatedStorage).toBe('65536');
    expect(Properties.MaxAllocatedStorage).toBeUndefined();
  });
});

describe('mistakes at the edges', () => {
  const external = (host: string) => () => {
    const stack = stackIn();
    return bindIn(stack, MigrationDatabase.external({ host, databaseName: 'payments', secret: importedSecret(stack) }));
  };
  const aurora = (options: AuroraPostgresOptions) => () => bindIn(stackIn(), MigrationDatabase.auroraPostgres(options));
  const rds = (options: RdsPostgresOptions) => () => bindIn(stackIn(), MigrationDatabase.rdsPostgres(options));

  test.each<[string, () => unknown, string]>([
    ['a proxy in China', external('pay.proxy-abc.rds.cn-north-1.amazonaws.com.cn'), 'an RDS Proxy'],
    ['a proxy in capitals', external('PAY.PROXY-ABC.eu-west-1.RDS.amazonaws.com'), 'an RDS Proxy'],
    ['readers as a token', aurora({ readers: Lazy.number({ produce: () => 2 }) }), "readers: got 'a token', allowed: a literal number"],
    ['backups of hours', aurora({ backupRetention: Duration.hours(200) }),
      'backupRetention: got 8.333333333333334, allowed: a whole number from 7 to 35 days'],
    ['rotation each hour', aurora({ rotationInterval: Duration.hours(1) }), 'rotationInterval: got 1, allowed: a whole number from 4 to 23976 hours'],
    ['storage of a part', rds({ storage: Size.mebibytes(30_000) }), 'storage: got 29.296875, allowed: a whole number from 20 to 65536 GiB'],
    ['storage that cannot grow by a tenth', rds({ storage: Size.gibibytes(100), maxStorage: Size.gibibytes(109) }),
      'maxStorage: got 109, allowed: a whole number from 110 to 65536 GiB'],
  ])('%s', (_, act, message) => {
    expect(act).toThrow(message);
  });

  test('an identifier that RDS would refuse', () => {
    expect(() => bindIn(stackIn(), MigrationDatabase.auroraPostgres(), { identifier: 'payments--blue' })).toThrow("identifier: got 'payments--blue', allowed: ");
  });

  const imported = (stack: Stack, engine: IClusterEngine = DatabaseClusterEngine.AURORA_POSTGRESQL) => (
    DatabaseCluster.fromDatabaseClusterAttributes(stack, 'Cluster', {
      clusterIdentifier: 'payments', clusterEndpointAddress: 'payments.cluster-abc.eu-west-1.rds.amazonaws.com', port: 5432, engine,
    })
  );

  test('a cluster that replicates another', () => {
    const stack = stackIn();
    const cluster = imported(stack);
    new CfnDBCluster(cluster, 'Resource', { engine: 'aurora-postgresql', replicationSourceIdentifier: 'arn:aws:rds:eu-west-1:111111111111:cluster:a' });
    expect(() => bindIn(stack, MigrationDatabase.fromCluster(cluster, { databaseName: 'payments', secret: importedSecret(stack) })))
      .toThrow("cluster: got 'Payments/Cluster, a read replica', allowed: what it replicates");
  });

  test('a version that the cluster contradicts', () => {
    const stack = stackIn();
    const cluster = imported(stack, DatabaseClusterEngine.auroraPostgres({ version: AuroraPostgresEngineVersion.of('16.8', '16') }));
    const options = { databaseName: 'payments', secret: importedSecret(stack), majorVersion: '15' };
    expect(() => bindIn(stack, MigrationDatabase.fromCluster(cluster, options))).toThrow("majorVersion: got '15', allowed: the 16 that cluster has");
  });
});
