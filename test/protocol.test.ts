import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeWith, type RequiredTool } from './support/required-tool';

const FOLDER = join(__dirname, '../docs/protocol');
const MINUTES = 60_000;

const SPIN: RequiredTool = {
  name: 'spin and a C compiler',
  problem: () => {
    const missing = [['spin', '-V'], ['cc', '--version']].filter(([tool, version]) => spawnSync(tool, [version]).error).map(([tool]) => tool);
    return missing.length > 0 ? `${missing.join(' and ')} is not there` : undefined;
  },
};

interface Run {
  readonly name: string;
  readonly expected: string;
  readonly found: string;
  readonly states: number;
}

/** The lines of check.sh: name, expected, found, states, seconds. */
function parse(report: string): Run[] {
  return report.trim().split('\n').slice(1).map((line) => {
    const [name, expected, found, states] = line.trim().split(/\s+/);
    return { name, expected, found, states: Number(states) };
  });
}

describeWith(SPIN, 'the model of the protocol', () => {
  let runs: Run[];
  let status: number | null;

  beforeAll(() => {
    const result = spawnSync(join(FOLDER, 'check.sh'), { encoding: 'utf8' });
    status = result.status;
    runs = parse(result.stdout);
  }, 15 * MINUTES);

  test('gives what is expected in every run', () => {
    expect(runs.filter(({ expected, found }) => expected !== found)).toEqual([]);
    expect(status).toBe(0);
  });

  test.each(['protocol', 'fenced', 'fenced-replays', 'stream-alone', 'failover'])('holds: %s', (name) => {
    const run = runs.find((candidate) => candidate.name === name);
    expect(run?.found).toBe('holds');
    expect(run?.states).toBeGreaterThan(100_000);
  });

  test('catches every wrong variant that README.md names, and no more are there', () => {
    const documented = [...readFileSync(join(FOLDER, 'README.md'), 'utf8').matchAll(/^\| ([A-Z_]+) \| ([a-z-]+) \|/gm)].map(([, name, found]) => `${name} ${found}`);
    const caught = runs.filter(({ name }) => /^[A-Z_]+$/.test(name)).map(({ name, found }) => `${name} ${found}`);
    expect(documented.sort()).toEqual(caught.sort());
  });
});
