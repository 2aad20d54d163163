import type { Duration } from 'aws-cdk-lib';
import type { ITopic } from 'aws-cdk-lib/aws-sns';

/** How Route 53 asks a side whether it serves. */
export interface TrafficHealthCheckOptions {
  /**
   * How often each of Route 53's checkers asks by HTTPS: 10 or 30 seconds. It cannot be changed later without another health check.
   *
   * @default Duration.seconds(30)
   */
  readonly interval?: Duration;

  /**
   * How many answers in a row, or minutes of a metric, change its mind: 1 to 10.
   *
   * @default 3
   */
  readonly failureThreshold?: number;

  /**
   * Who is told when a load balancer that the internet does not reach has no healthy target.
   *
   * @default - nobody but Route 53
   */
  readonly alarmTopic?: ITopic;
}
