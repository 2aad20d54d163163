import type { CompareResult, PlanResult, RecheckResult } from '../../src/validation/contract';
import { summarise } from '../../src/validation/summarise';

const METHOD = { hash: 'native', value: ['id'], text: [], excluded: [] } as const;
const PLAN: PlanResult = { hash: 'native', tables: [{ table: 's.t', rows: 9, comparable: true, parts: [{ upTo: ['5'] }, { after: ['5'] }], refused: [] }] };
const step = (over: Partial<CompareResult>): CompareResult => ({
  table: 's.t', part: { upTo: ['5'] }, key: ['id'], done: true, rows: 5, seconds: 1, statements: 2, suspects: [], more: false, method: METHOD, refused: [], ...over,
});
const FIRST = step({});
const SECOND = step({ part: { after: ['5'] }, rows: 4 });
const RECHECKED: RecheckResult = { table: 's.t', suspects: [['6']], catchUp: 'marker', confirmed: [], unresolved: [], seconds: 1 };
const verdict = (compared: readonly CompareResult[], rechecked: readonly RecheckResult[] = [], plan = PLAN) => {
  const { equal, tables: [{ equal: same, refused, unresolved, rows }] } = summarise({ action: 'summarise', plan, compared, rechecked });
  expect(same).toBe(equal);
  return { equal, refused: refused.map(({ why }) => why), unresolved, rows };
};

test('every part to its end, and nothing found', () => {
  expect(summarise({ action: 'summarise', plan: PLAN, compared: [FIRST, SECOND], rechecked: [] })).toEqual({
    equal: true,
    seconds: 2,
    invariants: [],
    tables: [{ table: 's.t', rows: 9, equal: true, seconds: 2, method: METHOD, confirmed: [], unresolved: [], refused: [] }],
  });
});

test('a part that is missing, or stops at a cursor, or begins after one, is not equal', () => {
  const why = ['1 of its 2 parts were not compared to the end'];
  expect(verdict([FIRST])).toMatchObject({ equal: false, refused: why });
  expect(verdict([FIRST, FIRST])).toMatchObject({ equal: false, refused: why, rows: 5 });
  expect(verdict([FIRST, { ...SECOND, done: false, cursor: ['7'] }])).toMatchObject({ equal: false, refused: why });
  expect(verdict([FIRST, { ...SECOND, from: ['7'] }])).toMatchObject({ equal: false, refused: why });
  expect(verdict([{ ...SECOND, from: ['7'], rows: 2 }, FIRST, { ...SECOND, done: false, cursor: ['7'], rows: 2 }])).toMatchObject({ equal: true, rows: 9 });
});

test('suspects are equal only after all of them were read again', () => {
  const suspicious = { ...SECOND, suspects: [['6'], ['7']] };
  expect(verdict([FIRST, suspicious])).toMatchObject({ equal: false, unresolved: [{ key: { id: '6' } }, { key: { id: '7' } }] });
  expect(verdict([FIRST, suspicious], [RECHECKED])).toMatchObject({ equal: false, unresolved: [{ key: { id: '7' } }] });
  // A call may be repeated.
  expect(verdict([FIRST, suspicious], [RECHECKED, RECHECKED])).toMatchObject({ equal: false, unresolved: [{ key: { id: '7' } }] });
  expect(verdict([FIRST, suspicious], [{ ...RECHECKED, suspects: suspicious.suspects }])).toMatchObject({ equal: true });
  expect(verdict([FIRST, suspicious], [{ ...RECHECKED, suspects: suspicious.suspects, unresolved: [{ key: { id: '6' } }] }])).toMatchObject({ equal: false });
});

test('refused columns, too many differences, nothing planned and invariants that do not hold are not equal', () => {
  expect(verdict([{ ...FIRST, refused: [{ column: 'a', why: 'b' }] }, SECOND])).toMatchObject({ equal: false, refused: ['b'] });
  expect(verdict([FIRST, { ...SECOND, more: true }])).toMatchObject({ equal: false });
  expect(summarise({ action: 'summarise', plan: { hash: 'md5', tables: [] }, compared: [], rechecked: [] }).equal).toBe(false);
  const invariants = { seconds: 1, invariants: [{ name: 'a', verdict: 'unresolved', violatedOn: [] }] } as const;
  expect(summarise({ action: 'summarise', plan: PLAN, compared: [FIRST, SECOND], rechecked: [], invariants })).toMatchObject({ equal: false, tables: [{ equal: true }], seconds: 3 });
});
