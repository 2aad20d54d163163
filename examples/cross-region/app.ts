import { App, Stack } from 'aws-cdk-lib';
import { MigrationSide, PaymentMigration } from 'cdk-payment-migration';

const app = new App();
const account = '111111111111';
// The migration's stack uses what the target's stack makes, such as the id of its VPC: both stacks must allow that across Regions.
const target = new Stack(app, 'PaymentsFrankfurt', {
  env: { account, region: 'eu-central-1' },
  crossRegionReferences: true,
});
const stack = new Stack(app, 'Payments', {
  env: { account, region: 'eu-west-1' },
  crossRegionReferences: true,
});

new PaymentMigration(stack, 'Migration', {
  source: MigrationSide.provisioned(),
  target: MigrationSide.provisioned({ scope: target }),
});
app.synth();
