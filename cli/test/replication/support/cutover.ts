import type { PairOfDatabases } from './pair';
import type { Direction, Side, Stream, TransferResult } from '../../../../src/cutover/contract';
import { dropOldSlots, prepare } from '../../../../src/cutover/prepare';
import { TOOLS } from '../../../../src/cutover/tools';
import { transfer } from '../../../../src/cutover/transfer';
import { takerOf, type Replicator } from '../../../src/replication';

/** What the workflow does: the handlers' own steps, and the replicator's between them. */
export class Cutover {
  constructor(private readonly pair: PairOfDatabases, private readonly replicator: Replicator) {}

  /** Moves authority out of the giver, whose stream this is. */
  async move(giver: Side, stream: Stream, attempt: number): Promise<TransferResult> {
    const direction = directionFrom(giver);
    return this.pair.handling(async (databases) => {
      await prepare(databases, { action: 'prepare', direction, attempt, plugin: this.replicator.plugin });
      return transfer(databases, { action: 'transfer', direction, attempt, streams: [stream] }, TOOLS);
    });
  }

  /** After the pause: the old stream ends, its slot goes, and only then the way back starts. */
  async turnAround(giver: Side, { attempt, outcome, reason, problem, wayBack }: TransferResult): Promise<Stream> {
    if (outcome !== 'completed' || !wayBack) throw new Error(`transfer: got ${outcome} (${reason}, ${problem})`);
    await this.replicator.stop(giver);
    await this.pair.handling(async (databases) => dropOldSlots(databases, { action: 'drop-old-slots', direction: directionFrom(giver), attempt }));
    return this.replicator.start(takerOf(giver), wayBack);
  }
}

function directionFrom(giver: Side): Direction {
  return giver === 'source' ? 'cutover' : 'rollback';
}
