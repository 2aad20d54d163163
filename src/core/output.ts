import { CfnOutput } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

/** Tells a value to whoever deploys the stack, where there is one. */
export function output(scope: Construct, id: string, value: string | undefined): void {
  if (value !== undefined) new CfnOutput(scope, id, { value });
}
