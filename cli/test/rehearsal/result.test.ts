import { isFine, together, type RehearsalResult } from '../../src/rehearsal/result';

const GOOD: RehearsalResult = {
  outcome: 'completed',
  expected: 'completed',
  authority: 'target',
  runs: 1,
  preflight: { blockers: 0, warnings: 1 },
  schema: { by: 'pg_dump 18' },
  validation: { equal: true, seconds: 1.5, rows: 1_000, confirmed: 0, unresolved: 0 },
  audit: { acknowledged: 100, lost: 0, duplicated: 0, unbalanced: 0 },
  cutovers: [{ direction: 'cutover', pauseMs: 20, clientGapMs: 40, steps: [], troubles: [] }],
  faults: [],
  seconds: 20.1,
};

describe('several rehearsals', () => {
  test('are summed, with all cutovers', () => {
    const preflight = { blockers: 1, warnings: 2 };
    const validation = { equal: false, seconds: 2.2, rows: 10, confirmed: 2, unresolved: 3 };
    const other = { ...GOOD, preflight, validation, audit: { acknowledged: 50, lost: 1, duplicated: 2, unbalanced: 3 }, faults: ['the source crashes before mark'], seconds: 30.2 };
    expect(together([GOOD, other])).toEqual({
      ...GOOD,
      runs: 2,
      preflight: { blockers: 1, warnings: 2 },
      validation: { equal: false, seconds: 3.7, rows: 1_010, confirmed: 2, unresolved: 3 },
      audit: { acknowledged: 150, lost: 1, duplicated: 2, unbalanced: 3 },
      cutovers: [...GOOD.cutovers, ...GOOD.cutovers],
      faults: ['the source crashes before mark'],
      seconds: 50.3,
    });
  });

  test('are not equal where one came to no validation', () => {
    expect(together([GOOD, { ...GOOD, validation: null }]).validation).toMatchObject({ equal: false, rows: 1_000 });
    expect(together([{ ...GOOD, validation: null }]).validation).toBeNull();
  });

  test.each([['refused'], ['failed']] as const)('are as bad as the worst: %s', (outcome) => {
    expect(together([GOOD, { ...GOOD, outcome, problem: 'it was so' }, GOOD])).toMatchObject({ outcome, problem: 'it was so', runs: 3 });
  });
});

describe('a rehearsal is fine', () => {
  test('when it ended as expected and nothing is missing', () => {
    expect(isFine(GOOD)).toBe(true);
    expect(isFine({ ...GOOD, outcome: 'rolled-back', expected: 'rolled-back' })).toBe(true);
  });

  test.each<[string, Partial<RehearsalResult>]>([
    ['something is lost', { audit: { ...GOOD.audit, lost: 1 } }],
    ['something is there twice', { audit: { ...GOOD.audit, duplicated: 1 } }],
    ['something is unbalanced', { audit: { ...GOOD.audit, unbalanced: 1 } }],
    ['it ended otherwise', { outcome: 'rolled-back' }],
    ['it was refused', { outcome: 'refused' }],
  ])('never when %s', (_, change) => {
    expect(isFine({ ...GOOD, ...change })).toBe(false);
  });
});
