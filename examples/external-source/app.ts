import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import { ContainerImage } from 'aws-cdk-lib/aws-ecs';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { MigrationDatabase, MigrationSide, PaymentMigration, TrafficEndpoint } from 'cdk-payment-migration';

const app = new App();
const stack = new Stack(app, 'Payments', { env: { account: '111111111111', region: 'eu-west-1' } });

// JSON with username, password, host and port, and `certificateAuthority` with what the server's certificate is signed with, in PEM.
const secret = Secret.fromSecretCompleteArn(
  stack,
  'MigrationLogin',
  'arn:aws:secretsmanager:eu-west-1:111111111111:secret:payments/migration-a1B2c3',
);

new PaymentMigration(stack, 'Migration', {
  source: MigrationSide.existing({
    database: MigrationDatabase.external({ host: 'postgres.payments.example.com', databaseName: 'payments', majorVersion: '16', secret }),
    endpoint: TrafficEndpoint.fromDomainName('pay.datacentre.example.com'),
  }),
  // Replication checks the server's certificate against it, too.
  replication: { sourceEndpoint: { certificateAuthority: readFileSync(join(__dirname, 'authority.pem'), 'utf8') } },
  service: {
    image: ContainerImage.fromAsset(join(__dirname, '../service')),
    certificate: Certificate.fromCertificateArn(
      stack,
      'Certificate',
      'arn:aws:acm:eu-west-1:111111111111:certificate/0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9',
    ),
  },
});
app.synth();
