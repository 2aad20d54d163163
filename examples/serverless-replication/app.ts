import { App, Stack } from 'aws-cdk-lib';
import { MigrationSide, PaymentMigration, ReplicationCapacity } from 'cdk-payment-migration';

const app = new App();
const stack = new Stack(app, 'Payments', { env: { account: '111111111111', region: 'eu-west-1' } });
new PaymentMigration(stack, 'Migration', {
  source: MigrationSide.provisioned(),
  replication: { capacity: ReplicationCapacity.serverless({ minCapacity: 4, maxCapacity: 32 }) },
});
app.synth();
