import { Token } from 'aws-cdk-lib';
import { invalidInput } from '../core';

/** How much memory there is for a number of CPU units: from, to, in steps of, in MiB. */
interface Memory {
  readonly from: number;
  readonly to: number;
  readonly step: number;
}

const GIB = 1024;

/** https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html */
const SIZES: Readonly<Record<number, Memory>> = {
  512: { from: GIB, to: 4 * GIB, step: GIB },
  1024: { from: 2 * GIB, to: 8 * GIB, step: GIB },
  2048: { from: 4 * GIB, to: 16 * GIB, step: GIB },
  4096: { from: 8 * GIB, to: 30 * GIB, step: GIB },
  8192: { from: 16 * GIB, to: 60 * GIB, step: 4 * GIB },
  16_384: { from: 32 * GIB, to: 120 * GIB, step: 8 * GIB },
};
/** The smallest has half a GiB, and then two steps of different size. */
const SMALLEST = { cpu: 256, memory: [GIB / 2, GIB, 2 * GIB] };

/** Checks that Fargate has tasks of that size: ECS would refuse others when they are deployed. */
export function checkFargateSize(cpu: number, memoryMiB: number): void {
  if (Token.isUnresolved(cpu)) return;
  if (cpu !== SMALLEST.cpu && !(cpu in SIZES)) throw invalidInput('service.cpu', cpu, [SMALLEST.cpu, ...Object.keys(SIZES)].join(', '));
  if (Token.isUnresolved(memoryMiB)) return;
  const prop = 'service.memoryLimitMiB';
  if (cpu === SMALLEST.cpu) {
    if (!SMALLEST.memory.includes(memoryMiB)) throw invalidInput(prop, memoryMiB, `${SMALLEST.memory.join(', ')} with ${cpu} CPU units`);
    return;
  }
  const { from, to, step } = SIZES[cpu];
  if (memoryMiB < from || memoryMiB > to || (memoryMiB - from) % step !== 0) {
    throw invalidInput(prop, memoryMiB, `${from} to ${to} in steps of ${step} with ${cpu} CPU units`);
  }
}
