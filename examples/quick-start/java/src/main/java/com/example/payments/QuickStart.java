package com.example.payments;

import io.github.cdkpaymentmigration.CutoverStrategy;
import io.github.cdkpaymentmigration.DnsCutoverOptions;
import io.github.cdkpaymentmigration.GradualShiftOptions;
import io.github.cdkpaymentmigration.MigrationSide;
import io.github.cdkpaymentmigration.PaymentMigration;
import io.github.cdkpaymentmigration.ServiceOptions;
import software.amazon.awscdk.App;
import software.amazon.awscdk.Duration;
import software.amazon.awscdk.Environment;
import software.amazon.awscdk.Stack;
import software.amazon.awscdk.StackProps;
import software.amazon.awscdk.services.ecs.ContainerImage;
import software.amazon.awscdk.services.route53.HostedZone;
import software.amazon.awscdk.services.route53.HostedZoneAttributes;

/** Two environments with a service each, and one name that moves from the one to the other. */
public final class QuickStart {
    public static void main(final String[] args) {
        App app = new App();
        Stack stack = new Stack(app, "Payments", StackProps.builder()
            .env(Environment.builder().account("111111111111").region("eu-west-1").build())
            .build());
        PaymentMigration.Builder.create(stack, "Migration")
            .source(MigrationSide.provisioned())
            .service(ServiceOptions.builder().image(ContainerImage.fromRegistry("public.ecr.aws/nginx/nginx:stable")).build())
            .cutover(DnsCutoverOptions.builder()
                .hostedZone(HostedZone.fromHostedZoneAttributes(stack, "Zone", HostedZoneAttributes.builder()
                    .hostedZoneId("Z0123456789ABCDEFGHIJ").zoneName("example.com").build()))
                .recordName("pay")
                .strategy(CutoverStrategy.canary(GradualShiftOptions.builder().percentage(5).interval(Duration.minutes(10)).build()))
                .build())
            .build();
        app.synth();
    }

    private QuickStart() {
    }
}
