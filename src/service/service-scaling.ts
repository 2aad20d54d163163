import { Duration } from 'aws-cdk-lib';
import type { FargateService } from 'aws-cdk-lib/aws-ecs';
import type { ApplicationTargetGroup } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import type { SettledService } from './settled-service';

/** Tasks come within a minute of being needed, and go slowly. */
const COOLDOWN = { scaleOutCooldown: Duration.minutes(1), scaleInCooldown: Duration.minutes(5) };

/** Keeps the number of tasks at what CPU, memory and requests ask for, whichever asks for most, and never under the floor. */
export function scaleService(service: FargateService, targetGroup: ApplicationTargetGroup, settled: SettledService): void {
  const tasks = service.autoScaleTaskCount({ minCapacity: settled.minCapacity, maxCapacity: settled.maxCapacity });
  tasks.scaleOnCpuUtilization('Cpu', { targetUtilizationPercent: settled.targetCpuUtilizationPercent, ...COOLDOWN });
  tasks.scaleOnMemoryUtilization('Memory', { targetUtilizationPercent: settled.targetMemoryUtilizationPercent, ...COOLDOWN });
  tasks.scaleOnRequestCount('Requests', { requestsPerTarget: settled.requestsPerTarget, targetGroup, ...COOLDOWN });
}
