import { Duration } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, MathExpression, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import type { EndpointMetrics } from './endpoint-metrics';
import { acknowledge } from '../core';

/** More than this many answers with 5xx a minute are no accident of one request. */
const ERRORS_A_MINUTE = 10;
const MINUTES = 3;

/**
 * Says that a deployment does harm: tasks that are not healthy, or answers with 5xx, three minutes running. One alarm for both, since ECS asks
 * only whether it has to take the deployment back.
 */
export function deploymentAlarm(scope: Construct, metrics: EndpointMetrics, topic?: ITopic): Alarm {
  const alarm = new Alarm(scope, 'DeploymentAlarm', {
    alarmDescription: `Tasks are not healthy, or answer more than ${ERRORS_A_MINUTE} requests a minute with 5xx: ECS takes a deployment back that is under way`,
    metric: new MathExpression({
      expression: `IF(FILL(unhealthy, 0) > 0 OR FILL(errors, 0) > ${ERRORS_A_MINUTE}, 1, 0)`,
      usingMetrics: { unhealthy: metrics.metricUnhealthyHosts(), errors: metrics.metricTargetErrors() },
      label: 'Unhealthy tasks, or errors',
      period: Duration.minutes(1),
    }),
    threshold: 1,
    comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    evaluationPeriods: MINUTES,
    datapointsToAlarm: MINUTES,
    treatMissingData: TreatMissingData.NOT_BREACHING,
  });
  if (topic) {
    alarm.addAlarmAction(new SnsAction(topic));
  } else {
    acknowledge(alarm, ['HIPAA.Security', 'NIST.800.53.R5'].map((pack) => `${pack}-CloudWatchAlarmAction`),
      'ECS itself reads the alarm to take a deployment back; people are told by other alarms, or by a topic that the caller names');
  }
  return alarm;
}
