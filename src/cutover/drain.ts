import { CLOSING_PATIENCE_MS } from './close';
import { SEQUENCE_GAP, type Readiness } from './look';
import type { TransferSteps } from './transfer-steps';

/**
 * Everything that the giver has arrives on the taker, which then writes down where the way back starts. What the two sides do does not wait
 * for each other where it need not.
 *
 * @param hasStandbys whether the giver has standbys that may not have heard of the closing; unknown counts as yes
 */
export async function drain(steps: TransferSteps, { slot }: Readiness, hasStandbys: boolean): Promise<void> {
  const { attempt, giver, taker, streamNames } = steps;
  await Promise.all([
    mark(steps, hasStandbys),
    steps.step('raise', () => steps.on(taker, 'SELECT payment_migration.raise_to($1)', [attempt])),
  ]);
  await Promise.all([
    steps.step('await-marker', () => steps.until(async () => arrived(steps))),
    moveSequences(steps),
  ]);
  await steps.step('record-way-back', () => steps.on(taker, 'SELECT payment_migration.record_way_back($1, $2, $3, $4, $5)',
    [attempt, giver, streamNames, slot, CLOSING_PATIENCE_MS]));
}

async function mark(steps: TransferSteps, hasStandbys: boolean): Promise<void> {
  const slots = steps.streams.map((stream) => stream.slot);
  if (steps.writersBySession) await steps.terminate(steps.deadline);
  await steps.step('standbys', async () => { if (hasStandbys) await awaitStandbys(steps); });
  await steps.step('mark', () => steps.on(steps.giver, 'SELECT payment_migration.mark($1, $2, $3)', [steps.attempt, steps.streamNames, slots]));
}

async function awaitStandbys(steps: TransferSteps): Promise<void> {
  const { lsn } = await (await steps.databases.on(steps.giver)).one<{ lsn: string }>('SELECT pg_current_wal_flush_lsn()::text AS lsn');
  await steps.until(async () => (await standbysBehind(steps, lsn)).length === 0);
}

/** A standby that does not know of the closing would come up open when it is promoted. What came after the closing is not waited for. */
async function standbysBehind({ databases, giver }: TransferSteps, lsn: string): Promise<string[]> {
  const session = await databases.on(giver);
  const { behind } = await session.one<{ behind: string[] }>('SELECT payment_migration.standbys_behind($1) AS behind', [lsn]);
  return behind;
}

/** While the marker is under way: the giver's sequences stand still since it is closed. */
async function moveSequences(steps: TransferSteps): Promise<void> {
  const { giver, taker, request, attempt } = steps;
  const { all } = await steps.within(async () => (await steps.databases.on(giver)).one<{ all: unknown }>('SELECT payment_migration.sequences() AS "all"'));
  const { kept } = await steps.step('sequences', async () => (await steps.databases.on(taker)).one<{ kept: boolean }>(
    'SELECT payment_migration.set_sequences($1, $2, $3) AS kept', [JSON.stringify(all), request.sequenceGap ?? SEQUENCE_GAP, attempt]));
  // Not before: a session could take numbers anew.
  if (kept) await steps.within(() => steps.on(taker, 'SELECT payment_migration.terminate_clients()'));
}

async function arrived({ databases, taker, giver, attempt, streamNames }: TransferSteps): Promise<boolean> {
  const session = await databases.on(taker);
  const { here } = await session.one<{ here: boolean }>(
    'SELECT payment_migration.markers_here($1, $2, $3) AND cardinality(payment_migration.unready_tables()) = 0 AS here', [giver, attempt, streamNames]);
  return here;
}
