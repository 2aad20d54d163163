import { execFile } from 'node:child_process';
import { devNull } from 'node:os';

export interface CommandOptions {
  readonly cwd: string;
  /** @default - this process's environment */
  readonly env?: NodeJS.ProcessEnv;
}

export interface CommandResult {
  readonly stdout: string;
  readonly stderr: string;
}

/** How much of a failed command's output its error repeats: the reason is at the end, and a minified line is no reason. */
const OUTPUT_LINES = 30;
const LINE_LENGTH = 300;

/** Runs a command without a shell; what it printed is in the result, or in the error. */
export async function run(command: string, args: readonly string[], options: CommandOptions): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    execFile(command, args, { ...options, maxBuffer: Infinity }, (error, stdout, stderr) => {
      if (!error) return resolve({ stdout, stderr });
      const output = `${stdout}${stderr}`.trimEnd().split('\n').slice(-OUTPUT_LINES).map((line) => line.slice(0, LINE_LENGTH)).join('\n');
      const problem = error.code === 'ENOENT' ? `${command} is not there, or ${options.cwd} is not` : `it ended with ${error.code ?? error.signal}`;
      return reject(new Error(`'${[command, ...args].join(' ')}' in ${options.cwd} failed: ${problem}\n${output}`));
    });
  });
}

/**
 * The environment of a consumer: nothing of this repository's own runs, and a CDK that finds no account, asks no network for one
 * and reports to nobody.
 */
export function consumerEnvironment(env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  const kept = Object.entries(env).filter(([name]) => !/^(AWS|CDK|JSII|TSX)_/.test(name));
  return {
    ...Object.fromEntries(kept),
    AWS_CONFIG_FILE: devNull,
    AWS_SHARED_CREDENTIALS_FILE: devNull,
    AWS_EC2_METADATA_DISABLED: 'true',
    CDK_DISABLE_CLI_TELEMETRY: 'true',
    JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION: '20',
  };
}
