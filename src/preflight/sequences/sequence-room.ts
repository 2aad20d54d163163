import { SOURCE, statementCheck, type FindingKind } from '../check';
import { relations, type Scope } from '../scope';

const EXHAUSTED: FindingKind = {
  id: 'sequence-near-exhaustion',
  severity: 'warning',
  why: 'When it is used up, every insert fails; each move and each way back uses up a gap of it.',
  remedy: 'Widen the sequence and its column (ALTER SEQUENCE … AS bigint), before the migration.',
};
const NO_ROOM: FindingKind = {
  id: 'sequence-without-room',
  severity: 'blocker',
  why: 'The cutover moves each sequence on by a gap, and never beyond its end, nor beyond what the column holds.',
  remedy: 'Widen the sequence and its column (ALTER SEQUENCE … AS bigint), or make the gap smaller.',
};
const CYCLES: FindingKind = {
  id: 'sequence-cycles',
  severity: 'blocker',
  why: 'A sequence that starts again gives numbers a second time: which of them are in use is not known by its position.',
  remedy: 'ALTER SEQUENCE … NO CYCLE, or take over its position by hand and accept this finding.',
};

/** Which part of its range is little. */
const LEFT = 0.2;

/**
 * Sequences with what they have left: up to their end, or to that of the column that owns them, where it is narrower.
 *
 * An ascending sequence ends at its maximum, a descending one at its minimum.
 */
const sequences = (scope: Scope) => `(
  SELECT t.said, q.seqcycle, q.seqincrement, at.value, CASE WHEN q.seqincrement > 0 THEN limits.high - at.value ELSE at.value - limits.low END AS remaining,
    limits.high::numeric - limits.low AS range
  FROM ${relations(scope, "'S'")} JOIN pg_sequence q ON q.seqrelid = t.oid
    LEFT JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = t.oid AND d.refclassid = 'pg_class'::regclass AND d.refobjsubid > 0 AND d.deptype IN ('a', 'i')
    LEFT JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
    CROSS JOIN LATERAL (SELECT
      least(q.seqmax, CASE a.atttypid WHEN 'int2'::regtype THEN 32767 WHEN 'int4'::regtype THEN 2147483647 ELSE q.seqmax END)::numeric AS high,
      greatest(q.seqmin, CASE a.atttypid WHEN 'int2'::regtype THEN -32768 WHEN 'int4'::regtype THEN -2147483648 ELSE q.seqmin END)::numeric AS low) limits
    CROSS JOIN LATERAL (SELECT coalesce(pg_sequence_last_value(t.oid), q.seqstart)::numeric AS value) at
) s`;

export const NEAR_EXHAUSTION = statementCheck(EXHAUSTED, SOURCE, ({ request }) => `
  SELECT s.said AS object, format('at %s, with %s left of %s', s.value, s.remaining, s.range) AS what
  FROM ${sequences(request)} WHERE NOT s.seqcycle AND s.remaining < s.range * ${LEFT} AND s.remaining / abs(s.seqincrement) >= ${request.sequenceGap} ORDER BY 1`);

export const WITHOUT_ROOM = statementCheck(NO_ROOM, SOURCE, ({ request }) => `
  SELECT s.said AS object, format('at %s by %s: %s numbers are left, %s are needed', s.value, s.seqincrement, greatest(floor(s.remaining / abs(s.seqincrement)), 0), ${request.sequenceGap}) AS what
  FROM ${sequences(request)} WHERE NOT s.seqcycle AND s.remaining / abs(s.seqincrement) < ${request.sequenceGap} ORDER BY 1`);

export const CYCLING = statementCheck(CYCLES, SOURCE, ({ request }) => `
  SELECT t.said AS object, 'CYCLE' AS what FROM ${relations(request, "'S'")} JOIN pg_sequence q ON q.seqrelid = t.oid WHERE q.seqcycle ORDER BY 1`);
