package com.example.payments;

import io.github.cdkpaymentmigration.MigrationSide;
import io.github.cdkpaymentmigration.PaymentMigration;
import software.amazon.awscdk.App;
import software.amazon.awscdk.Environment;
import software.amazon.awscdk.Stack;
import software.amazon.awscdk.StackProps;

/** Two environments with everything by default. */
public final class QuickStart {
    public static void main(final String[] args) {
        App app = new App();
        Stack stack = new Stack(app, "Payments", StackProps.builder()
            .env(Environment.builder().account("111111111111").region("eu-west-1").build())
            .build());
        PaymentMigration.Builder.create(stack, "Migration").source(MigrationSide.provisioned()).build();
        app.synth();
    }

    private QuickStart() {
    }
}
