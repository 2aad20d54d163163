import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import type { Direction } from '../../../src/cutover/contract';
import { checkFaults, FAULT_NAMES, FAULT_STEPS, parseCount, parseFault, type ApplyProfile, type Fault, type RehearsalOptions } from '../rehearsal/options';
import { LiveProgress, PlainProgress, type Progress } from '../rehearsal/progress';
import { Rehearsal } from '../rehearsal/rehearsal';
import { writeReport } from '../rehearsal/report';
import { isFine, together, type RehearsalResult } from '../rehearsal/result';
import { counted } from '../text-table';

interface Flags {
  readonly rate: number;
  readonly seedRows: number;
  readonly clients: number;
  readonly repeat: number;
  readonly then: readonly Direction[];
  readonly fault: readonly Fault[];
  readonly applyProfile: ApplyProfile;
  readonly pgClient?: string;
  readonly json?: true;
  readonly report?: string;
}

const SETTLE_MS = 3_000;
const STAY_MS = 10_000;
const PROFILES: readonly ApplyProfile[] = ['native', 'dms'];
const DIRECTIONS: readonly Direction[] = ['rollback', 'cutover'];

/** A parser's error as commander shows it. */
function parsed<T>(parse: (text: string) => T): (text: string) => T {
  return (text) => {
    try {
      return parse(text);
    } catch (error) {
      throw new InvalidArgumentError((error as Error).message);
    }
  };
}

function oneOf<T extends string>(name: string, allowed: readonly T[]): (text: string) => T {
  return parsed((text) => {
    const found = allowed.find((candidate) => candidate === text);
    if (!found) throw new Error(`${name}: got '${text}', allowed: ${allowed.join(', ')}`);
    return found;
  });
}

function collected<T>(parse: (text: string) => T): (text: string, before?: readonly T[]) => readonly T[] {
  return (text, before = []) => [...before, parse(text)];
}

/** `rehearse`: a cutover on this machine, with real servers, under load and faults. */
export function rehearseCommand(exit: (status: number) => void): Command {
  return new Command('rehearse')
    .summary('move write authority between two real PostgreSQL servers on this machine, while clients write')
    .description('Starts PostgreSQL 17 and 18 on this machine, lets clients write payments, moves write authority with the functions that run on AWS,\n'
      + 'and counts afterwards what was lost, duplicated or unbalanced. Native logical replication stands in for DMS: it is not DMS.')
    .option('--rate <TPS>', 'operations per second', parsed(parseCount('rate', 1, 5_000)), 300)
    .option('--seed-rows <N>', 'payments that are there before', parsed(parseCount('seed-rows', 1, 5_000_000)), 50_000)
    .option('--clients <N>', 'connections that write', parsed(parseCount('clients', 1, 100)), 8)
    .option('--repeat <N>', 'rehearsals, each on new servers; all must go well', parsed(parseCount('repeat', 1, 1_000)), 1)
    .option('--then <DIRECTION>', 'what follows the cutover after 10 seconds of writes: rollback, then cutover, ... (may be repeated)', collected(oneOf('then', DIRECTIONS)), [])
    .option('--fault <NAME>', `what goes wrong in the first transfer, or is not as it should be before it: ${FAULT_NAMES.join(', ')}; with a step, as in handler-lost:flip, at ${FAULT_STEPS.join(', ')} (may be repeated)`,
      collected(parsed(parseFault)), [])
    .option('--apply-profile <PROFILE>', 'how changes are applied: native, or in groups as DMS does', oneOf('apply-profile', PROFILES), 'native')
    .option('--pg-client <DIR>', 'where pg_dump, pg_restore and psql are, to copy the schema as it is done on AWS (default: on the path)')
    .option('--json', 'print the result as JSON, and progress on standard error')
    .option('--report <DIR>', 'where the report and the logs go')
    .addHelpText('after', '\nExit status: 0 nothing was lost, duplicated or unbalanced and it ended as expected; 1 otherwise; 2 it could not run.')
    .action(async (flags: Flags) => {
      checkOrder(flags.then);
      checkFaults(flags.fault);
      exit(await rehearse(flags));
    });
}

/** Authority must be where it is to be taken from. */
function checkOrder(then: readonly Direction[]): void {
  const wrong = then.findIndex((direction, index) => direction !== DIRECTIONS[index % DIRECTIONS.length]);
  if (wrong >= 0) throw new Error(`then: got '${then.join(', ')}', allowed: rollback first, and in turns`);
}

async function rehearse(flags: Flags): Promise<number> {
  const folder = flags.report === undefined ? await mkdtemp(join(tmpdir(), 'payment-migration-rehearsal-')) : resolve(flags.report);
  await mkdir(folder, { recursive: true });
  const lines = (line: string) => { (flags.json ? process.stderr : process.stdout).write(`${line}\n`); };
  const progress: Progress = process.stdout.isTTY && !flags.json ? new LiveProgress() : new PlainProgress(lines);
  const options: RehearsalOptions = {
    rate: flags.rate,
    seedRows: flags.seedRows,
    clients: flags.clients,
    repeat: flags.repeat,
    then: flags.then,
    faults: flags.fault,
    applyProfile: flags.applyProfile,
    clientFolder: flags.pgClient,
    reportFolder: folder,
    settleMs: SETTLE_MS,
    stayMs: STAY_MS,
  };
  const results: RehearsalResult[] = [];
  let report: string | undefined;
  for (let run = 1; run <= flags.repeat; run++) {
    if (flags.repeat > 1) lines(`Rehearsal ${run} of ${flags.repeat}`);
    const { result, record } = await Rehearsal.run(options, progress);
    results.push(result);
    const file = join(folder, flags.repeat > 1 ? `report-${run}.html` : 'report.html');
    if (record) report = await writeReport(file, options, result, record);
  }
  const result = together(results);
  await writeFile(join(folder, 'result.json'), `${JSON.stringify(result, undefined, 2)}\n`);
  if (flags.json) process.stdout.write(`${JSON.stringify(result)}\n`);
  else for (const line of summary(result, flags.repeat > 1 ? folder : report ?? folder)) lines(line);
  return isFine(result) ? 0 : 1;
}

/** What a person reads in the end. */
export function summary(result: RehearsalResult, report: string): string[] {
  const { audit } = result;
  const count = (value: number) => value.toLocaleString('en');
  return [
    '',
    `Outcome   ${result.outcome}${result.outcome === result.expected ? '' : ` (expected: ${result.expected})`}; write authority is with ${result.authority ? `the ${result.authority}` : 'nobody'}`,
    ...(result.problem ? [`Why       ${result.problem}`] : []),
    `Checks    ${counted(result.preflight.blockers, 'blocker')}, ${counted(result.preflight.warnings, 'warning')}; schema by ${result.schema.by}`,
    ...(result.validation ? [`Rows      ${count(result.validation.rows)} compared: ${result.validation.confirmed} differ, ${result.validation.unresolved} unresolved`] : []),
    `Audit     ${count(audit.acknowledged)} acknowledged: ${count(audit.lost)} lost, ${count(audit.duplicated)} duplicated, ${count(audit.unbalanced)} unbalanced`,
    ...result.cutovers.map(({ direction, pauseMs, clientGapMs }) => `Pause     ${pauseMs === null ? 'not measured' : `${pauseMs.toFixed(0)} ms`} in the ${direction}`
      + `${clientGapMs === null ? '' : `; ${clientGapMs.toFixed(0)} ms between the last answer of the one side and the first of the other`}`),
    ...result.faults.map((fault) => `Fault     ${fault}`),
    `Took      ${result.seconds.toFixed(1)} s; native logical replication stood in for DMS, and is not DMS`,
    `Report    ${report}`,
  ];
}
