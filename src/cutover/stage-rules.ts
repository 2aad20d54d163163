import type { Side, SideState, StateResult } from './contract';
import type { StageGuardProperties } from './stage-guard-contract';

type Stage = StageGuardProperties['Stage'];
type Looked = StateResult['sides'][Side];

/** What a deletion of the stack comes to: nothing to do, the migration's end with authority on the source, or no. */
export type Deletion = { readonly verdict: 'nothing-there' | 'finish' } | { readonly verdict: 'refused'; readonly why: string };

/** Why a stack may not go from one stage to the other now; undefined where it may. */
export function whyNotTo(to: Stage, from: Stage, now: StateResult): string | undefined {
  const { source, target } = now.sides;
  if (to === 'HOLDING' && from === 'MIGRATING' && now.authority !== 'target') {
    return `HOLDING takes away the task that loads the target, and the target has no write authority: ${describe(now)}. Complete the cutover first`;
  }
  // Under HOLDING the target had authority; a target without anything of the migration has it for good.
  if (to === 'RETIRED' && from === 'HOLDING' && !isUnarmed(target)) {
    return `the migration is not finished with write authority on the target: ${describe(now)}. Call finish first`;
  }
  if (to === 'RETIRED' && from === 'MIGRATING' && !(isUnarmed(target) && isSealed(source))) {
    return `the migration is not finished with write authority on the target: ${describe(now)}. Call finish first; where the source was released since, deploy HOLDING first`;
  }
  return undefined;
}

/** Between the closing and the end of a migration its stack is what payments may need to go on, or back. */
export function deletion(now: StateResult): Deletion {
  const { source, target } = now.sides;
  const sides = [source, target];
  if (sides.every(isUnarmed)) return { verdict: 'nothing-there' };
  // Finished: one side has nothing of ours any more, the other is sealed.
  if (sides.some(isUnarmed) && sides.some(isSealed)) return { verdict: 'nothing-there' };
  if (now.authority === 'source' && (isUnarmed(target) || (isArmed(target) && ['standby', 'moved'].includes(target.state ?? '')))) {
    return { verdict: 'finish' };
  }
  return { verdict: 'refused', why: `write authority is not where it was before the migration, or cannot be read: ${describe(now)}` };
}

function describe(now: StateResult): string {
  return (['source', 'target'] as const).map((side) => `${side} ${inWords(now.sides[side])}`).join(', ');
}

function inWords(side: Looked): string {
  if ('unreachable' in side) return `unreachable (${side.unreachable})`;
  if (!side.armed) return 'without anything of the migration';
  return `${side.state}(${side.attempt})${side.sealed === true ? ', sealed' : ''}`;
}

function isArmed(side: Looked): side is SideState {
  return 'armed' in side && side.armed;
}

function isUnarmed(side: Looked): boolean {
  return 'armed' in side && !side.armed;
}

function isSealed(side: Looked): boolean {
  return isArmed(side) && side.sealed === true;
}
