import { App, Duration, Stack } from 'aws-cdk-lib';
import { ContainerImage } from 'aws-cdk-lib/aws-ecs';
import { HostedZone } from 'aws-cdk-lib/aws-route53';
import { CutoverStrategy, MigrationSide, PaymentMigration } from 'cdk-payment-migration';

const app = new App();
const stack = new Stack(app, 'Payments', { env: { account: '111111111111', region: 'eu-west-1' } });
new PaymentMigration(stack, 'Migration', {
  source: MigrationSide.provisioned(),
  service: { image: ContainerImage.fromRegistry('public.ecr.aws/nginx/nginx:stable') },
  cutover: {
    hostedZone: HostedZone.fromHostedZoneAttributes(stack, 'Zone', { hostedZoneId: 'Z0123456789ABCDEFGHIJ', zoneName: 'example.com' }),
    recordName: 'pay',
    strategy: CutoverStrategy.canary({ percentage: 5, interval: Duration.minutes(10) }),
  },
});
app.synth();
