import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkArm } from '../../src/cutover/arm-request';
import { METRICS, type AuthorityRequest, type FenceRequest } from '../../src/cutover/contract';
import { checkAttempt, checkTransfer } from '../../src/cutover/transfer-request';

const TEXT = readFileSync(join(__dirname, '../../docs/cutover.md'), 'utf8');
const requests = [...TEXT.matchAll(/```json\n(.+?)\n```/gs)].map(([, json]) => JSON.parse(json) as AuthorityRequest | FenceRequest);

/** The checks that the handlers make before they touch a database. */
function check(request: AuthorityRequest | FenceRequest): void {
  switch (request.action) {
    case 'arm': return checkArm(request);
    case 'transfer': return checkTransfer(request);
    case 'prepare':
    case 'abort':
    case 'drop-old-slots': return checkAttempt(request);
    case 'release': return expect(request).toEqual({ action: 'release', side: expect.stringMatching(/^(source|target)$/), iHaveDecommissioned: true });
    case 'finish': return expect(request).toEqual({ action: 'finish' });
    default: throw new Error(`no such action: ${request.action}`);
  }
}

describe('docs/cutover.md', () => {
  test.each(requests.map((request) => [request.action, request] as const))('shows a request that the functions take: %s', (_, request) => {
    expect(() => check(request)).not.toThrow();
  });

  test('shows every action that changes anything in the usual course', () => {
    expect(new Set(requests.map(({ action }) => action))).toEqual(new Set(['arm', 'prepare', 'transfer', 'drop-old-slots', 'finish', 'release']));
  });

  test.each(['Refused', 'StaleAttempt', 'AbortPending', 'OpenPending', 'FailoverDetected', 'DatabaseUnavailable'])('says what to do about %s', (name) => {
    expect(TEXT).toMatch(new RegExp(`^\\| \`${name}\` \\|`, 'm'));
  });

  const { namespace, ...metrics } = METRICS;

  test('says where the metrics are', () => {
    expect(TEXT).toContain(`the namespace \`${namespace}\``);
  });

  test.each(Object.values(metrics))('says what %s counts or measures', (name) => {
    expect(TEXT).toMatch(new RegExp(`^\\| .*\`${name}\`.* \\| [a-z]`, 'm'));
  });
});
