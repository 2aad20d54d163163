import type { AcknowledgedOperation, Handover } from './contract';

/** Each change of the side that answers, in the order of the answers' times. */
export function handovers(acknowledged: readonly Pick<AcknowledgedOperation, 'side' | 'at'>[]): Handover[] {
  const ordered = [...acknowledged].sort((a, b) => a.at - b.at);
  return ordered.slice(1).flatMap(({ side: to, at: firstAt }, index) => {
    const { side: from, at: lastAt } = ordered[index];
    return from === to ? [] : [{ from, to, lastAt, firstAt, gapMs: firstAt - lastAt }];
  });
}
