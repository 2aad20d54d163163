import { BOTH, type Check, type FindingKind } from '../check';

const CRON: FindingKind = {
  id: 'cron-job',
  severity: 'blocker',
  why: 'pg_cron runs it inside the server, also in the pause and on the side that is closed, and nothing of it moves with the data.',
  remedy: 'cron.alter_job(…, active := false) for the time of the cutover, and schedule it on the target after it; accept it where it only reads.',
};
const PARTMAN: FindingKind = {
  id: 'partition-maintenance',
  severity: 'blocker',
  why: 'pg_partman makes and drops partitions: the gate refuses when tables change after it was put up, and new partitions are in no mapping.',
  remedy: 'Make enough partitions ahead on both sides, then set automatic_maintenance to off for the time of the migration.',
};
const AGENT: FindingKind = {
  id: 'scheduler-extension',
  severity: 'warning',
  why: 'Jobs that a scheduler runs go on where they are: also on the side that is closed, and not on the target.',
  remedy: 'Stop its jobs for the cutover, and set them up on the target after it.',
};

/** Where an extension's table is: some let users choose the schema. */
const PLACE = (extension: string, table: string) => `
  SELECT format('%I.%I', n.nspname, c.relname) AS place FROM pg_extension e
    JOIN pg_depend d ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid AND d.classid = 'pg_class'::regclass AND d.deptype = 'e'
    JOIN pg_class c ON c.oid = d.objid JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE e.extname = '${extension}' AND c.relname = '${table}'`;

interface Row {
  readonly object: string;
  readonly what: string;
}

function jobsOf(kind: FindingKind, extension: string, table: string, rows: string): Check {
  return {
    name: kind.id,
    kinds: [kind],
    sides: BOTH,
    run: async ({ read }, side) => {
      const [there] = await read<{ place: string }>(side, PLACE(extension, table));
      return there === undefined ? [] : (await read<Row>(side, `${rows} FROM ${there.place} j WHERE ${FILTERS[extension]} ORDER BY 1`)).map((row) => ({ kind, ...row }));
    },
  };
}

const FILTERS: Readonly<Record<string, string>> = {
  pg_cron: 'j.active AND j.database = current_database()',
  pg_partman: "j.automatic_maintenance = 'on'",
};

/** Jobs of this database alone; those of others are kept in this one too, where pg_cron is installed. */
export const CRON_JOBS = jobsOf(CRON, 'pg_cron', 'job', "SELECT format('job %s', j.jobid) AS object, format('at %s by %I', j.schedule, j.username) AS what");
export const PARTMAN_JOBS = jobsOf(PARTMAN, 'pg_partman', 'part_config', "SELECT j.parent_table AS object, format('partitions of %s', j.partition_interval) AS what");

export const SCHEDULERS: Check = {
  name: AGENT.id,
  kinds: [AGENT],
  sides: BOTH,
  run: async ({ read }, side) => (await read<Row>(side, `
    SELECT extname AS object, 'the extension is installed' AS what FROM pg_extension WHERE extname IN ('pgagent', 'pg_timetable', 'pgq')`))
    .map((row) => ({ kind: AGENT, ...row })),
};
