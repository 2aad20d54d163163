import { Command, Option } from 'commander';
import { tellJson, withDatabases, type DatabaseFlags } from './databases';
import type { Finding, PreflightRequest, PreflightResult, Profile, Stage } from '../../../src/preflight/contract';
import { AskingFunction } from '../handlers/asking-function';
import { counted } from '../text-table';

interface Flags extends DatabaseFlags {
  readonly profile: Profile;
  readonly stage: Stage;
}

/** `preflight`: may this database move? */
export function preflightCommand(exit: (status: number) => void): Command {
  return withDatabases(new Command('preflight'))
    .summary('ask whether a database may move to another one')
    .description('Asks both databases with the function that runs on AWS, in transactions that only read.')
    .addOption(new Option('--profile <PROFILE>', 'what will carry the rows').choices(['dms', 'native']).default('dms'))
    .addOption(new Option('--stage <STAGE>', 'what the target must have by now').choices(['before-schema', 'before-load', 'before-cutover']).default('before-load'))
    .addHelpText('after', '\nExit status: 0 nothing stands in the way; 1 blockers; 2 it could not run.')
    .action(async (flags: Flags) => exit(await preflight(flags)));
}

async function preflight({ source, target, schema, json, profile, stage }: Flags): Promise<number> {
  const asked = await AskingFunction.start('preflight', { source, target });
  try {
    const request: PreflightRequest = { action: 'preflight', profile, stage, schemas: schema.length > 0 ? schema : undefined };
    const result = await asked.invoke<PreflightResult>(request);
    if (await tellJson(json, result)) process.stdout.write(`${report(result).join('\n')}\n`);
    return result.blockers === 0 ? 0 : 1;
  } finally {
    await asked.stop();
  }
}

/** What a person reads in the end. */
export function report({ blockers, warnings, findings, checks, seconds }: PreflightResult): string[] {
  return [
    ...findings.flatMap(inWords),
    // Of a kind that is found very often not every finding is listed, so these are counted and not subtracted.
    `${counted(blockers, 'blocker')}, ${counted(warnings, 'warning')}, ${counted(findings.filter(({ severity }) => severity === 'info').length, 'note')}; `
      + `${checks} checks in ${seconds.toFixed(1)} s`,
  ];
}

function inWords({ id, severity, side, object, what, why, remedy }: Finding): string[] {
  return [`${severity.toUpperCase()} ${id}${side ? ` (${side})` : ''}: ${object}`, `  ${what}`, `  ${why}`, `  ${remedy}`, ''];
}
