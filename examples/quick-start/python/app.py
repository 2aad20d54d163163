from aws_cdk import App, Duration, Environment, Stack
from aws_cdk.aws_ecs import ContainerImage
from aws_cdk.aws_route53 import HostedZone
from cdk_payment_migration import CutoverStrategy, DnsCutoverOptions, MigrationSide, PaymentMigration, ServiceOptions

app = App()
stack = Stack(app, "Payments", env=Environment(account="111111111111", region="eu-west-1"))
PaymentMigration(
    stack,
    "Migration",
    source=MigrationSide.provisioned(),
    service=ServiceOptions(image=ContainerImage.from_registry("public.ecr.aws/nginx/nginx:stable")),
    cutover=DnsCutoverOptions(
        hosted_zone=HostedZone.from_hosted_zone_attributes(stack, "Zone", hosted_zone_id="Z0123456789ABCDEFGHIJ", zone_name="example.com"),
        record_name="pay",
        strategy=CutoverStrategy.canary(percentage=5, interval=Duration.minutes(10)),
    ),
)
app.synth()
