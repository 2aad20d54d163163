import { TARGET, type Check, type FindingKind } from '../check';
import { READABLE, relations } from '../scope';

const NOT_EMPTY: FindingKind = {
  id: 'target-not-empty',
  severity: 'blocker',
  why: 'Rows that are not the source\'s would stay among the payments, or stop the load where their keys are the same.',
  remedy: 'TRUNCATE the target\'s tables after making sure whose the rows are, or take another database.',
};
const OURS: FindingKind = {
  id: 'target-holds-our-load',
  severity: 'info',
  why: 'The target was armed as the target of a migration, and its rows came with it.',
  remedy: 'Nothing. To load again from nothing, empty the tables first.',
};

const TOLD = 20;

/** What a target has that was armed: the gate keeps everybody else from writing into it from then on. */
const ARMED = "SELECT to_regclass('payment_migration.authority') IS NOT NULL AS armed";
const AUTHORITY = "SELECT side FROM payment_migration.authority WHERE side = 'target'";

export const EMPTY_TARGET: Check = {
  name: NOT_EMPTY.id,
  kinds: [NOT_EMPTY, OURS],
  sides: TARGET,
  run: async (context, side) => {
    const { read, request, facts } = context;
    if (request.stage === 'before-cutover') return [];
    const names = (await read<{ said: string }>(side, `SELECT t.said FROM ${relations(request, "'r'")} WHERE ${READABLE} ORDER BY 1`)).map(({ said }) => said);
    const filled: string[] = [];
    for (const name of names) {
      const [{ some }] = await read<{ some: boolean }>(side, `SELECT EXISTS (SELECT FROM ONLY ${name}) AS some`);
      if (some) filled.push(name);
    }
    if (filled.length === 0) return [];
    const [{ armed }] = await read<{ armed: boolean }>(side, ARMED);
    if (armed && (await read(side, AUTHORITY)).length > 0) {
      return [{ kind: OURS, object: facts[side].database, what: `${filled.length} tables hold rows, under our gate` }];
    }
    const named = filled.slice(0, TOLD).join(', ');
    return [{ kind: NOT_EMPTY, object: facts[side].database, what: `rows are in ${filled.length} tables: ${named}${filled.length > TOLD ? ', …' : ''}` }];
  },
};
