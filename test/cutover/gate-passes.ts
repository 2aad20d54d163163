import type { Login } from './gate-support';

/** What a closed gate lets through. Titles stand in docs/write-fence.md, with what to do about each. */
export interface Pass {
  readonly title: string;
  /** @default 'application' */
  readonly login?: Login;
  readonly statements: readonly string[];
  /** What shows that it was done, asked by a superuser in another session afterwards. */
  readonly shown?: string;
  /** What that says. */
  readonly as?: unknown;
  /** Whether rows of tables with a gate have changed by it. @default false */
  readonly changesRows?: boolean;
}

/** Nothing of it changes a row of a table with a gate. */
const HARMLESS: readonly Pass[] = [
  { title: 'nextval', statements: ["SELECT nextval('public.audit_id_seq')"], shown: 'SELECT last_value > 1 AS shown FROM public.audit_id_seq', as: true },
  { title: 'setval', login: 'owner', statements: ["SELECT setval('public.audit_id_seq', 4711)"], shown: 'SELECT last_value::int AS shown FROM public.audit_id_seq', as: 4711 },
  {
    title: 'large objects',
    statements: ['BEGIN', 'SELECT lo_create(4711)', "SELECT lowrite(lo_open(4711, 131072), 'written')", 'COMMIT'],
    shown: "SELECT convert_from(lo_get(4711), 'UTF8') AS shown",
    as: 'written',
  },
  { title: 'temporary tables', statements: ['CREATE TEMP TABLE t (id int)', 'INSERT INTO t VALUES (1)', 'TRUNCATE t'] },
  { title: 'SELECT FOR UPDATE', statements: ['BEGIN', 'SELECT * FROM public.payment FOR UPDATE', 'COMMIT'] },
  { title: 'LOCK TABLE', login: 'owner', statements: ['BEGIN', 'LOCK TABLE public.payment IN EXCLUSIVE MODE', 'COMMIT'] },
  { title: 'advisory locks', statements: ['SELECT pg_advisory_lock(1), pg_advisory_unlock(1)'] },
  { title: 'LISTEN and NOTIFY', statements: ['LISTEN payments', "NOTIFY payments, 'paid'"] },
  {
    title: 'a function that catches every error',
    statements: ["DO $$ BEGIN IF public.pay_in_silence('new') <> 'paid, as far as I know' THEN RAISE 'it was paid'; END IF; END $$"],
    shown: "SELECT count(*)::int AS shown FROM public.payment WHERE reference = 'new'",
    as: 0,
  },
  { title: 'VACUUM, ANALYZE and REINDEX', login: 'owner', statements: ['VACUUM public.payment', 'VACUUM FULL public.cache', 'ANALYZE public.payment', 'REINDEX TABLE public.payment'] },
  {
    title: 'REFRESH MATERIALIZED VIEW',
    login: 'owner',
    statements: ['REFRESH MATERIALIZED VIEW public.payment_copy'],
    shown: 'SELECT count(*)::int AS shown FROM public.payment_copy',
    as: 3,
  },
  {
    title: 'a table in an ignored schema',
    statements: ['INSERT INTO outside.account VALUES (4711)'],
    shown: 'SELECT count(*)::int AS shown FROM outside.account WHERE id = 4711',
    as: 1,
  },
  {
    title: 'a table whose name begins with awsdms_',
    statements: ["INSERT INTO public.awsdms_status VALUES (1, 'new')"],
    shown: 'SELECT note AS shown FROM public.awsdms_status',
    as: 'new',
  },
  {
    title: 'a foreign table',
    login: 'superuser',
    statements: ['INSERT INTO public.elsewhere VALUES (1)'],
    shown: 'SELECT count(*)::int AS shown FROM public.elsewhere',
    as: 1,
  },
];

/** Somebody with the rights and the will. */
const DELIBERATE: readonly Pass[] = [
  {
    title: 'a superuser who takes the authorization of an applier',
    login: 'superuser',
    statements: ['SET SESSION AUTHORIZATION payment_migration', "INSERT INTO public.payment (reference) VALUES ('as an applier')"],
    shown: "SELECT count(*)::int AS shown FROM public.payment WHERE reference = 'as an applier'",
    as: 1,
    changesRows: true,
  },
  {
    title: 'DISABLE TRIGGER by the owner of the table, after the closing',
    login: 'owner',
    statements: ['ALTER TABLE public.child DISABLE TRIGGER "!payment_migration_gate"', 'INSERT INTO public.child VALUES (NULL)'],
    shown: 'SELECT count(*)::int AS shown FROM public.child',
    as: 1,
    changesRows: true,
  },
  {
    title: 'DROP TRIGGER by a superuser, after the closing',
    login: 'superuser',
    statements: ['DROP TRIGGER "!payment_migration_gate" ON public.spare_alias', "INSERT INTO public.spare_alias VALUES (NULL, 'new')"],
    shown: "SELECT count(*)::int AS shown FROM public.spare_alias WHERE alias = 'new'",
    as: 1,
    changesRows: true,
  },
  {
    title: 'CREATE TABLE AS, after the closing',
    login: 'owner',
    statements: ['CREATE TABLE public.made AS SELECT 1 AS one'],
    shown: 'SELECT one AS shown FROM public.made',
    as: 1,
    changesRows: true,
  },
  {
    title: 'ALTER TYPE USING, after the closing',
    login: 'owner',
    statements: ['ALTER TABLE public.account_entry ALTER amount TYPE int USING amount * 100'],
    shown: 'SELECT max(amount) AS shown FROM public.account_entry',
    as: 3000,
    changesRows: true,
  },
  {
    title: 'DROP TABLE, after the closing',
    login: 'owner',
    statements: ['DROP TABLE public.account_alias'],
    shown: "SELECT to_regclass('public.account_alias')::text AS shown",
    as: null,
    changesRows: true,
  },
];

export const PASSES = { harmless: HARMLESS, deliberate: DELIBERATE };

/** What event triggers refuse, where the migration's login may make them. */
export const STOPPED_BY_EVENT_TRIGGERS: readonly Pass[] = DELIBERATE.filter(({ title }) => title.endsWith('after the closing'));
