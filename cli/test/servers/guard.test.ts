import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { eventually, isAlive, serverProgram } from './support/server-program';
import { describeWith, type RequiredTool } from '../../../test/support/required-tool';

const SETPRIV: RequiredTool = {
  name: 'setpriv, as root',
  problem: () => {
    if (process.getuid?.() !== 0) return 'this is not root: all the other tests run as another user';
    return spawnSync('setpriv', ['--version']).status === 0 ? undefined : 'setpriv is not there';
  },
};

describe('a server ends with its process', () => {
  test.each(['SIGINT', 'SIGTERM', 'SIGKILL'] as const)('by %s', async (signal) => {
    const { child, facts } = await serverProgram();
    expect([isAlive(facts.pid), existsSync(facts.folder)]).toEqual([true, true]);
    child.kill(signal);
    await once(child, 'exit');
    expect(await eventually(() => !isAlive(facts.pid) && !existsSync(facts.folder))).toBe(true);
  });

  test('by itself, which a running server does not prevent', async () => {
    const { child, facts } = await serverProgram(['leave']);
    if (child.exitCode === null) expect(await once(child, 'exit')).toEqual([0, null]);
    expect(await eventually(() => !isAlive(facts.pid) && !existsSync(facts.folder))).toBe(true);
  });
});

describeWith(SETPRIV, 'a user other than root', () => {
  test('runs a server under the same account, and leaves nothing', async () => {
    // An account that every system has: initdb looks its name up.
    const uid = Number(spawnSync('id', ['-u', 'daemon'], { encoding: 'utf8' }).stdout);
    const { child, facts } = await serverProgram([], ['setpriv', `--reuid=${uid}`, `--regid=${uid}`, '--clear-groups']);
    expect(facts).toMatchObject({ answer: 42, uid, dataUid: uid });
    child.stdin?.end();
    expect(await once(child, 'exit')).toEqual([0, null]);
    expect([isAlive(facts.pid), existsSync(facts.folder)]).toEqual([false, false]);
  });
});
