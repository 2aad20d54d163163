import type { Protection } from '../core';

/** How many NAT gateways give the private subnets a way out; each is billed by the hour. */
export enum NatStrategy {
  /** One in each Availability Zone: the loss of a zone cuts off that zone's subnets only. */
  ONE_PER_AZ = 'ONE_PER_AZ',
  /** One for the whole VPC: the loss of its zone cuts off all. */
  SINGLE = 'SINGLE',
  /** None: what runs in the private subnets reaches AWS through endpoints only. */
  NONE = 'NONE',
}

/** What the protection profile asks for where something needs a way out. */
export function natStrategyFor(protection: Protection): NatStrategy {
  return protection.highlyAvailable ? NatStrategy.ONE_PER_AZ : NatStrategy.SINGLE;
}

export function natGatewayCount(strategy: NatStrategy, zones: number): number {
  return { [NatStrategy.ONE_PER_AZ]: zones, [NatStrategy.SINGLE]: 1, [NatStrategy.NONE]: 0 }[strategy];
}
