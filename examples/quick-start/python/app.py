from aws_cdk import App, Environment, Stack
from cdk_payment_migration import MigrationSide, PaymentMigration

app = App()
stack = Stack(app, "Payments", env=Environment(account="111111111111", region="eu-west-1"))
PaymentMigration(stack, "Migration", source=MigrationSide.provisioned())
app.synth()
