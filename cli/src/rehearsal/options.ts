import type { Direction, Step } from '../../../src/cutover/contract';

export type ApplyProfile = 'native' | 'dms';

/** What can be made to go wrong while authority is moved for the first time. */
const STRIKING = ['source-crash', 'target-crash', 'long-transaction', 'handler-lost'] as const;
/** What is not as it should be before that: authority stays where it is. */
const FOUND = ['schema-drift', 'table-added', 'corrupt-row'] as const;
export type FaultName = typeof STRIKING[number] | typeof FOUND[number];
export const FAULT_NAMES: readonly FaultName[] = [...STRIKING, ...FOUND];

/** Where faults can strike: the steps of a transfer, in their order. */
export const FAULT_STEPS: readonly Step[] = [
  'look', 'close', 'raise', 'standbys', 'mark', 'await-marker', 'sequences', 'record-way-back', 'flip', 'open-row', 'open-gate', 'terminate',
];

export interface Fault {
  readonly name: FaultName;
  /** Strikes when this step begins; undefined where it is there before the transfer. */
  readonly step?: Step;
}

export interface RehearsalOptions {
  /** Payments, refunds and settlements per second. */
  readonly rate: number;
  readonly seedRows: number;
  /** Connections that write. */
  readonly clients: number;
  readonly repeat: number;
  /** What follows the cutover: back, and forward again, ... */
  readonly then: readonly Direction[];
  readonly faults: readonly Fault[];
  readonly applyProfile: ApplyProfile;
  /** Where `pg_dump` and its like are, beside the path. */
  readonly clientFolder?: string;
  /** Where the report and the logs go. */
  readonly reportFolder: string;
  /** How long clients write before each transfer and after the last one. */
  readonly settleMs: number;
  /** How long clients write on the target before they go back. */
  readonly stayMs: number;
}

/** Where a fault strikes unless a step is named. */
const USUAL_STEPS: Partial<Record<FaultName, Step>> = { 'source-crash': 'mark', 'target-crash': 'await-marker', 'handler-lost': 'flip' };

/** `handler-lost` or `handler-lost:flip`. */
export function parseFault(text: string): Fault {
  const [name, step, ...rest] = text.split(':');
  const known = FAULT_NAMES.find((candidate) => candidate === name);
  if (!known || rest.length > 0) throw new Error(`fault: got '${text}', allowed: ${FAULT_NAMES.join(', ')}; each may be followed by a colon and a step`);
  if (step === undefined) return { name: known, step: USUAL_STEPS[known] };
  if (USUAL_STEPS[known] === undefined) throw new Error(`step of ${known}: got '${step}', allowed: none; it is there before the transfer begins`);
  const where = FAULT_STEPS.find((candidate) => candidate === step);
  if (!where) throw new Error(`step of ${known}: got '${step}', allowed: ${FAULT_STEPS.join(', ')}`);
  return { name: known, step: where };
}

/** Whether authority is to stay where it is. */
export function isToBeRefused({ faults }: Pick<RehearsalOptions, 'faults'>): boolean {
  return faults.some(({ name }) => FOUND.some((found) => found === name));
}

/** Each fault strikes once: a second one of its kind would never come. */
export function checkFaults(faults: readonly Fault[]): void {
  const twice = faults.find(({ name }, index) => faults.findIndex((fault) => fault.name === name) !== index);
  if (twice) throw new Error(`fault: got ${twice.name} twice, allowed: each once`);
  const never = isToBeRefused({ faults }) && faults.find(({ name }) => STRIKING.some((striking) => striking === name));
  if (never) throw new Error(`fault: got ${never.name} with one that is found before a transfer begins, allowed: either`);
}

/** A whole number in a range, as an option of the command line. */
export function parseCount(name: string, min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < min || value > max) throw new Error(`${name}: got '${text}', allowed: a whole number from ${min} to ${max}`);
    return value;
  };
}
