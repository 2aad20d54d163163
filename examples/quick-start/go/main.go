package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsecs"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsroute53"
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
		Source:  cdkpaymentmigration.MigrationSide_Provisioned(nil),
		Service: &cdkpaymentmigration.ServiceOptions{Image: awsecs.ContainerImage_FromRegistry(jsii.String("public.ecr.aws/nginx/nginx:stable"), nil)},
		Cutover: &cdkpaymentmigration.DnsCutoverOptions{
			HostedZone: awsroute53.HostedZone_FromHostedZoneAttributes(stack, jsii.String("Zone"), &awsroute53.HostedZoneAttributes{
				HostedZoneId: jsii.String("Z0123456789ABCDEFGHIJ"),
				ZoneName:     jsii.String("example.com"),
			}),
			RecordName: jsii.String("pay"),
			Strategy: cdkpaymentmigration.CutoverStrategy_Canary(&cdkpaymentmigration.GradualShiftOptions{
				Percentage: jsii.Number(5),
				Interval:   awscdk.Duration_Minutes(jsii.Number(10)),
			}),
		},
	})
	app.Synth(nil)
}
