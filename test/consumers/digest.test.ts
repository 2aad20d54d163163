import { digest } from '../../projenrc/digest';

const resource = (path: string, Type: string, Properties = {}) => ({ Type, Properties, Metadata: { 'aws:cdk:path': `Payments/Migration/${path}` } });

test('the digest of npm start names sides, parts, services and what is billed by the hour', () => {
  const table = digest({
    Resources: {
      Vpc: resource('Source/Network/Resource', 'AWS::EC2::VPC'),
      Endpoint: resource('Source/Network/Endpoint', 'AWS::EC2::VPCEndpoint', { VpcEndpointType: 'Interface', SubnetIds: ['a', 'b', 'c'] }),
      Gateway: resource('Source/Network/Gateway', 'AWS::EC2::VPCEndpoint', { VpcEndpointType: 'Gateway' }),
      Handler: resource('Source/Network/Handler', 'AWS::Lambda::Function'),
      Writer: resource('Target/Database/Writer', 'AWS::RDS::DBInstance', { DBInstanceClass: 'db.r6g.large' }),
      Reader: resource('Target/Database/Reader', 'AWS::RDS::DBInstance', { DBInstanceClass: 'db.r6g.large' }),
      Routes: resource('Link/AccepterRoutes', 'Custom::PeerRoutes'),
      Login: resource('ApplicationLogin/Secret', 'AWS::SecretsManager::Secret'),
    },
  });
  expect(table.split('\n').map((line) => line.split(/ {2,}/))).toEqual([
    ['side', 'part', 'resources', 'what', 'billed by the hour'],
    ['source', 'network', '4', 'EC2 3, Lambda 1', '1 x interface endpoint in 3 zones'],
    ['target', 'database', '2', 'RDS 2', '2 x db.r6g.large'],
    ['both', 'link', '1', 'custom 1'],
    ['both', 'application login', '1', 'SecretsManager 1'],
  ]);
});
