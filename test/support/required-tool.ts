import { spawnSync } from 'node:child_process';

/** A tool that not every machine has. */
export interface RequiredTool {
  readonly name: string;
  /** Why the tool cannot be used here; undefined where it can. */
  readonly problem: () => string | undefined;
}

/**
 * Tests that need a tool beside Node. Without the tool they are skipped, and their names say why.
 *
 * With REQUIRE_ALL=1 nothing is skipped: a missing tool is a failure.
 */
export function describeWith(tool: RequiredTool, title: string, tests: () => void): void {
  const problem = tool.problem();
  if (problem === undefined) return describe(title, tests);
  if (process.env.REQUIRE_ALL !== '1') return describe.skip(`${title} (skipped: ${problem})`, tests);
  return describe(title, () => {
    test(`needs ${tool.name}`, () => {
      throw new Error(problem);
    });
  });
}

/** What jsii writes into the wheel as its oldest Python. */
const OLDEST_PYTHON = [3, 10];
const PYTHON_PROBE = `
import ensurepip, sys, venv
sys.exit(0 if sys.version_info >= (${OLDEST_PYTHON.join(', ')}) else 'it is Python %d.%d' % sys.version_info[:2])
`;

export const PYTHON: RequiredTool = {
  name: `python3, at least ${OLDEST_PYTHON.join('.')}, with venv`,
  problem: () => {
    const { error, status, stderr } = spawnSync('python3', ['-c', PYTHON_PROBE], { encoding: 'utf8' });
    if (error) return 'python3 is not there';
    return status === 0 ? undefined : `python3 cannot be used: ${stderr.trim().split('\n').at(-1)}`;
  },
};

/** What the examples' pom.xml has javac write for. */
const OLDEST_JAVA = 17;

export const JAVA: RequiredTool = {
  name: `a JDK, at least ${OLDEST_JAVA}, and Maven`,
  problem: () => {
    const javac = spawnSync('javac', ['-version'], { encoding: 'utf8' });
    if (javac.error) return 'javac is not there';
    const found = /^javac (\d+)/m.exec(`${javac.stdout}${javac.stderr}`)?.[1];
    if (found === undefined || Number(found) < OLDEST_JAVA) return `javac cannot be used: it says ${javac.stdout.trim()}`;
    return spawnSync('mvn', ['--version']).error ? 'mvn is not there' : undefined;
  },
};

/** What the modules of jsii and of the CDK ask for. */
const OLDEST_GO = [1, 25] as const;

export const GO: RequiredTool = {
  name: `go, at least ${OLDEST_GO.join('.')}`,
  problem: () => {
    const { error, stdout } = spawnSync('go', ['env', 'GOVERSION'], { encoding: 'utf8' });
    if (error) return 'go is not there';
    const [, major, minor] = /^go(\d+)\.(\d+)/.exec(stdout) ?? [];
    const suffices = Number(major) > OLDEST_GO[0] || (Number(major) === OLDEST_GO[0] && Number(minor) >= OLDEST_GO[1]);
    return suffices ? undefined : `go cannot be used: it is ${stdout.trim()}`;
  },
};
