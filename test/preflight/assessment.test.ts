import { AssessmentStandIn } from './support/assessment-stand-in';
import { assessedBefore, PremigrationAssessment } from '../../src/preflight/assessment';
import type { AssessmentRequest } from '../../src/preflight/contract';
import { assessmentOf, databaseReferences } from '../../src/preflight/settings';

const ASSESSMENT: AssessmentRequest = {
  taskArn: 'arn:aws:dms:eu-west-1:111111111111:task:LOAD', serviceAccessRoleArn: 'arn:aws:iam::111111111111:role/assess', bucket: 'results', folder: 'preflight',
};

let dms: AssessmentStandIn;
beforeEach(() => { dms = new AssessmentStandIn(); });

async function assess(request: Partial<AssessmentRequest> = {}, until = 300_000) {
  const assessment = new PremigrationAssessment(dms.client(), { ...ASSESSMENT, ...request }, { ...dms.tools, remainingMs: () => Infinity });
  await assessment.start();
  const { found, runArn } = await assessment.findings(until);
  return { runArn, found: found.map(({ kind: { id }, object, what }) => [id, object, what]) };
}

test('what failed and what was doubtful is told, over all pages; what passed or was skipped is not', async () => {
  dms.results = { one: 'passed', two: 'failed', three: 'skipped', four: 'error', five: 'warning', six: 'cancelled' };
  expect((await assess()).found).toEqual([
    ['dms-assessment-failed', 'two', 'DMS says: failed, in s3://results/preflight'],
    ['dms-assessment-failed', 'four', 'DMS says: error, in s3://results/preflight'],
    ['dms-assessment-warning', 'five', 'DMS says: warning, in s3://results/preflight'],
    ['dms-assessment-failed', 'six', 'DMS says: cancelled, in s3://results/preflight'],
  ]);
});

test('a run that found nothing is told by its number alone, and was encrypted', async () => {
  dms.results = { one: 'passed' };
  expect(await assess()).toEqual({ runArn: dms.started[0].arn, found: [] });
  expect(dms.started[0]).toMatchObject({ ReplicationTaskArn: ASSESSMENT.taskArn, ResultLocationBucket: 'results', ResultLocationFolder: 'preflight', ResultEncryptionMode: 'SSE_S3' });
  dms.time += 1_000_000;
  await assess({ kmsKeyArn: 'arn:aws:kms:eu-west-1:111111111111:key/1' }, 2_000_000);
  expect(dms.started[1]).toMatchObject({ ResultEncryptionMode: 'SSE_KMS', ResultKmsKeyArn: 'arn:aws:kms:eu-west-1:111111111111:key/1' });
});

test('a list that lags is waited for', async () => {
  dms.staleMs = 20_000;
  dms.results = { one: 'failed' };
  expect((await assess()).found).toEqual([['dms-assessment-failed', 'one', expect.any(String)]]);
});

test('a run that takes longer is named, goes on, and is the next call\'s', async () => {
  dms.takesMs = 600_000;
  dms.results = { one: 'failed' };
  const first = await assess({}, 100_000);
  expect(first).toEqual({ runArn: dms.started[0].arn, found: [['dms-assessment-unfinished', dms.started[0].arn, 'the run is provisioning, and the time is over']] });
  expect(dms.time).toBeLessThanOrEqual(100_000);
  // Without naming it as well: one is under way.
  const second = await assess({}, 700_000);
  expect(second).toMatchObject({ runArn: first.runArn, found: [['dms-assessment-failed', 'one', expect.any(String)]] });
  expect(await assess({ runArn: first.runArn }, 700_000)).toMatchObject({ runArn: first.runArn });
  expect(dms.started).toHaveLength(1);
});

test.each(['error-provisioning', 'error-executing', 'invalid state', 'deleting'])('a run that ends as %s is no good news', async (status) => {
  dms.endsAs = status;
  expect((await assess()).found).toEqual([['dms-assessment-unfinished', dms.started[0].arn, `the run is ${status}`]]);
});

test('DMS refusing is a finding, not the end of the preflight', async () => {
  dms.refuses = { name: 'AccessDeniedFault', message: 'not allowed to pass the role' };
  expect((await assess()).found).toEqual([['dms-assessment-not-run', ASSESSMENT.taskArn, 'AccessDeniedFault: not allowed to pass the role']]);
});

test('a run that is named and not there is told', async () => {
  expect((await assess({ runArn: 'arn:gone' }, 20_000)).found).toEqual([['dms-assessment-unfinished', 'arn:gone', 'the run is not found, and the time is over']]);
});

test('what somebody else has asked DMS is told the same way', async () => {
  const individual = [{ name: 'one', status: 'failed' }, { name: 'two', status: 'passed' }];
  const { found, runArn } = await assessedBefore({ runArn: 'arn:run', status: 'running', individual }).findings(0);
  expect(found.map(({ kind: { id }, object, what }) => [id, object, what])).toEqual([
    ['dms-assessment-failed', 'one', 'DMS says: failed'], ['dms-assessment-unfinished', 'arn:run', 'the run is running'],
  ]);
  expect(runArn).toBe('arn:run');
});

describe('what the function was made with', () => {
  const env = { ASSESSMENT: JSON.stringify(ASSESSMENT) };

  test('is assessed, unless the request says more', () => {
    expect(assessmentOf({ action: 'preflight' }, env)).toEqual(ASSESSMENT);
    expect(assessmentOf({ action: 'preflight', assessment: { ...ASSESSMENT, runArn: 'arn:run' } }, env)).toEqual({ ...ASSESSMENT, runArn: 'arn:run' });
  });

  test('is not where DMS has no part, or nobody asked', () => {
    expect(assessmentOf({ action: 'preflight', profile: 'native' }, env)).toBeUndefined();
    expect(assessmentOf({ action: 'preflight' }, {})).toBeUndefined();
    // Then the load runs, and cannot be assessed.
    expect(assessmentOf({ action: 'preflight', stage: 'before-cutover' }, env)).toBeUndefined();
    expect(assessmentOf({ action: 'preflight', stage: 'before-cutover', assessment: { ...ASSESSMENT, runArn: 'arn:run' } }, env)).toMatchObject({ runArn: 'arn:run' });
  });

  test('says where the databases are', () => {
    expect(() => databaseReferences({})).toThrow('environment variable SOURCE_SECRET_ID: got none');
  });
});
