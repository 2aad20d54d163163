package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdk-payment-migration/cdk-payment-migration-go/cdkpaymentmigration"
)

func main() {
	defer jsii.Close()

	app := awscdk.NewApp(nil)
	stack := awscdk.NewStack(app, jsii.String("Payments"), &awscdk.StackProps{
		Env: &awscdk.Environment{Account: jsii.String("111111111111"), Region: jsii.String("eu-west-1")},
	})
	cdkpaymentmigration.NewPaymentMigration(stack, jsii.String("Migration"), &cdkpaymentmigration.PaymentMigrationProps{
		Source: cdkpaymentmigration.MigrationSide_Provisioned(nil),
	})
	app.Synth(nil)
}
