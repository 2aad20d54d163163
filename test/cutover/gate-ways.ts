import type { Login } from './gate-support';

/** A way of writing to a table that has a gate. Titles stand in docs/write-fence.md. */
export interface Way {
  readonly title: string;
  /** @default 'application' */
  readonly login?: Login;
  /** What the session has done when the gate closes. Nothing of it writes to a table with a gate. */
  readonly before?: readonly string[];
  /** What writes: its first statement, or a later one, is refused by a closed gate. */
  readonly write: readonly string[];
  /** Rows of COPY ... FROM STDIN, which is the last statement of `write`. */
  readonly rows?: string;
  /** The table whose gate refuses. @default 'public.payment' */
  readonly at?: string;
  /** An open gate refuses it too, in other words: replication does not carry it. @default false */
  readonly neverPasses?: boolean;
  /** What it does before the closing needs a gate that was open once. @default false */
  readonly needsOpening?: boolean;
}

export interface WaysOfAKind {
  readonly kind: string;
  readonly ways: readonly Way[];
}

const PAY = "INSERT INTO public.payment (reference) VALUES ('new')";
const CHANGE = "UPDATE public.payment SET state = 'paid' WHERE reference = 'one'";
const DELETE = "DELETE FROM public.payment WHERE reference = 'two'";
const LOOK = 'SELECT count(*) FROM public.payment';

const STATEMENTS: readonly Way[] = [
  { title: 'INSERT', write: [`${PAY} RETURNING id, state`] },
  { title: 'UPDATE', write: [`${CHANGE} RETURNING reference`] },
  { title: 'UPDATE of no row', write: ["UPDATE public.payment SET state = 'paid' WHERE false"] },
  { title: 'DELETE', write: [`${DELETE} RETURNING reference`] },
  { title: 'INSERT of a query', write: ["INSERT INTO public.payment (reference) SELECT reference || '-copy' FROM public.payment ORDER BY id"] },
  { title: 'COPY FROM', write: ['COPY public.payment (reference, amount) FROM STDIN'], rows: 'copied\t1\ncopied too\t2\n' },
  { title: 'INSERT ON CONFLICT DO NOTHING', write: ["INSERT INTO public.payment (reference) VALUES ('one'), ('new') ON CONFLICT DO NOTHING RETURNING reference"] },
  {
    title: 'INSERT ON CONFLICT DO UPDATE',
    write: ["INSERT INTO public.payment (reference) VALUES ('one') ON CONFLICT (reference) DO UPDATE SET state = 'again' RETURNING reference, state"],
  },
  {
    title: 'MERGE',
    write: [`MERGE INTO public.payment p USING (VALUES ('one'), ('two'), ('new')) AS v (reference) ON p.reference = v.reference
      WHEN MATCHED AND v.reference = 'two' THEN DELETE WHEN MATCHED THEN UPDATE SET state = 'merged' WHEN NOT MATCHED THEN INSERT (reference) VALUES (v.reference)`],
  },
  { title: 'a common table expression that writes', write: [`WITH w AS (${PAY} RETURNING id) SELECT count(*) FROM w`] },
  { title: 'a common table expression that writes and is not read', write: [`WITH w AS (${DELETE}) SELECT 1 AS one`] },
  {
    title: 'a cursor and WHERE CURRENT OF',
    before: ['BEGIN', "DECLARE c CURSOR FOR SELECT * FROM public.payment WHERE reference = 'one' FOR UPDATE", 'FETCH c'],
    write: ["UPDATE public.payment SET state = 'paid' WHERE CURRENT OF c", 'COMMIT'],
  },
  { title: 'an identity column', write: ['INSERT INTO public.payment (id, reference) OVERRIDING USER VALUE VALUES (7, $$new$$) RETURNING id'] },
  { title: 'a serial column', write: ["INSERT INTO public.audit (what) VALUES ('new') RETURNING id"], at: 'public.audit' },
  { title: 'EXPLAIN ANALYZE', write: [`DO $$ BEGIN EXECUTE $e$ EXPLAIN ANALYZE ${DELETE} $e$; END $$`] },
  { title: 'several statements in one message', write: [`SELECT 1; ${PAY}; ${CHANGE}`] },
];

const TRANSACTIONS: readonly Way[] = [
  { title: 'READ COMMITTED, begun before the closing', before: ['BEGIN ISOLATION LEVEL READ COMMITTED', LOOK], write: [PAY, CHANGE, 'COMMIT'] },
  { title: 'REPEATABLE READ, begun before the closing', before: ['BEGIN ISOLATION LEVEL REPEATABLE READ', LOOK], write: [PAY, CHANGE, 'COMMIT'] },
  { title: 'SERIALIZABLE, begun before the closing', before: ['BEGIN ISOLATION LEVEL SERIALIZABLE', LOOK], write: [PAY, CHANGE, 'COMMIT'] },
  { title: 'prepared before the closing', before: [`PREPARE pay AS ${PAY}`, 'PREPARE look AS SELECT 1', 'EXECUTE look'], write: ['EXECUTE pay'] },
  {
    title: 'prepared and used before the closing',
    before: ["PREPARE change AS UPDATE public.cache SET value = 'new'", 'BEGIN', 'EXECUTE change', 'ROLLBACK'],
    write: ['EXECUTE change'],
    at: 'public.cache',
    needsOpening: true,
  },
  {
    title: 'SELECT FOR UPDATE before the closing, then UPDATE',
    before: ['BEGIN', "SELECT id FROM public.payment WHERE reference = 'one' FOR UPDATE"],
    write: [CHANGE, 'COMMIT'],
  },
  {
    title: 'a savepoint with a write, rolled back before the closing',
    before: ['BEGIN', 'SAVEPOINT s', PAY, 'ROLLBACK TO s'],
    write: [CHANGE, 'COMMIT'],
    needsOpening: true,
  },
  {
    title: 'after advisory unlocks and DISCARD ALL',
    before: ['SELECT pg_advisory_unlock_all()', 'DISCARD ALL'],
    write: [PAY],
  },
  { title: 'two-phase commit', write: ['BEGIN', PAY, "PREPARE TRANSACTION 'way'", "COMMIT PREPARED 'way'"] },
];

const CODE: readonly Way[] = [
  { title: 'a function in PL/pgSQL', write: ["SELECT public.pay('new')"] },
  { title: 'a function in SQL', write: ["SELECT public.pay_in_sql('new')"] },
  { title: 'a function in SQL of the standard (BEGIN ATOMIC)', write: ["SELECT public.pay_inlined('new')"] },
  { title: 'a function with SECURITY DEFINER', write: ["SELECT public.pay_as_owner('new')"] },
  { title: 'a procedure that commits in between', write: ['CALL public.pay_twice()'] },
  { title: 'DO', write: [`DO $$ BEGIN ${PAY}; END $$`] },
  { title: 'a default that writes', before: ["CREATE TEMP TABLE t (id bigint DEFAULT public.pay('new'), what text)"], write: ["INSERT INTO t (what) VALUES ('x')"] },
  { title: 'a trigger that writes to another table', write: ["INSERT INTO outside.triggered VALUES ('new')"], at: 'public.audit' },
  {
    title: 'a deferred constraint trigger that writes',
    before: ['BEGIN', "INSERT INTO outside.deferred VALUES ('new')"],
    write: ['COMMIT'],
    at: 'public.audit',
  },
  {
    title: 'a trigger of a temporary table that writes',
    before: ['CREATE TEMP TABLE t (what text)', 'CREATE TRIGGER t AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION outside.to_audit()'],
    write: ["INSERT INTO t VALUES ('new')"],
    at: 'public.audit',
  },
  { title: 'rule ON INSERT DO INSTEAD', write: ["INSERT INTO public.inbox VALUES ('new')"] },
  { title: 'rule ON INSERT DO ALSO', write: ["INSERT INTO outside.note VALUES ('new')"], at: 'public.audit' },
];

const RELATIONS: readonly Way[] = [
  { title: 'an updatable view', write: ["UPDATE public.payment_view SET state = 'paid' WHERE reference = 'one' RETURNING reference, state"] },
  { title: 'an updatable view, INSERT', write: ["INSERT INTO public.payment_view (reference) VALUES ('new')"] },
  { title: 'a view with an INSTEAD OF trigger', write: ["INSERT INTO public.payment_total VALUES ('new', 5)"] },
  { title: 'ON DELETE CASCADE', write: ['DELETE FROM outside.account WHERE id = 2'], at: 'public.account_entry' },
  { title: 'ON UPDATE CASCADE', write: ['UPDATE outside.account SET id = 9 WHERE id = 2'], at: 'public.account_entry' },
  { title: 'ON DELETE SET NULL', write: ['DELETE FROM outside.spare'], at: 'public.spare_alias' },
  { title: 'a partitioned table', write: ["INSERT INTO public.event VALUES (9, '2026-02-01', 'card')"], at: 'public.event' },
  { title: 'a row that moves to another partition', write: ["UPDATE public.event SET day = '2026-02-01' WHERE id = 1"], at: 'public.event' },
  { title: 'COPY FROM into a partitioned table', write: ['COPY public.event FROM STDIN'], rows: '9\t2026-02-01\tcard\n10\t2031-01-01\tx\n', at: 'public.event' },
  { title: 'a leaf partition by its own name', write: ["INSERT INTO public.event_2025 VALUES (9, '2025-02-01', 'card')"], at: 'public.event_2025' },
  { title: 'a partition that is partitioned', write: ["INSERT INTO public.event_2026 VALUES (9, '2026-02-01', 'cash')"], at: 'public.event_2026' },
  { title: 'a leaf below it by its own name', write: ['UPDATE public.event_2026_card SET id = 20'], at: 'public.event_2026_card' },
  { title: 'a default partition by its own name', write: ['DELETE FROM public.event_other'], at: 'public.event_other' },
  { title: 'a partition that was attached before arming', write: ['DELETE FROM public.event_2027'], at: 'public.event_2027' },
  { title: 'a parent of inheritance', write: ["UPDATE public.party SET name = 'renamed'"], at: 'public.party' },
  { title: 'a child of inheritance', write: ["UPDATE public.merchant SET iban = 'DE01'"], at: 'public.merchant' },
  { title: 'an unlogged table', write: ["INSERT INTO public.cache VALUES ('new', 'value')"], at: 'public.cache' },
  { title: 'TRUNCATE', write: ['TRUNCATE public.payment'], neverPasses: true },
  { title: 'TRUNCATE of a partition', write: ['TRUNCATE public.event_2025'], at: 'public.event_2025', neverPasses: true },
  { title: 'TRUNCATE CASCADE of another table', write: ['TRUNCATE outside.parent CASCADE'], at: 'public.child', neverPasses: true },
];

const ROLES: readonly Way[] = [
  { title: 'the owner of the table', login: 'owner', write: [PAY] },
  { title: 'a superuser', login: 'superuser', write: [PAY, CHANGE, DELETE] },
  { title: 'a superuser, TRUNCATE', login: 'superuser', write: ['TRUNCATE public.audit'], at: 'public.audit', neverPasses: true },
  { title: 'a superuser with session_replication_role = replica', login: 'superuser', before: ['SET session_replication_role = replica'], write: [PAY] },
  {
    title: 'COPY FROM with session_replication_role = replica',
    login: 'superuser',
    before: ['SET session_replication_role = replica'],
    write: ['COPY public.payment (reference) FROM STDIN'],
    rows: 'copied\n',
  },
  { title: 'SET ROLE', login: 'superuser', before: ['SET ROLE payments_owner'], write: [PAY] },
  { title: 'SET SESSION AUTHORIZATION', login: 'superuser', before: ['SET SESSION AUTHORIZATION payments_app'], write: [PAY] },
  { title: 'default_transaction_read_only set to off', before: ['SET default_transaction_read_only = off'], write: [PAY] },
  {
    title: 'another search_path, with operators of its own',
    login: 'owner',
    before: [
      'BEGIN',
      'CREATE SCHEMA shadow',
      'CREATE FUNCTION shadow.always(bigint, integer) RETURNS boolean LANGUAGE sql AS $$ SELECT true $$',
      'CREATE FUNCTION shadow.always(text, text) RETURNS boolean LANGUAGE sql AS $$ SELECT true $$',
      'CREATE OPERATOR shadow.= (LEFTARG = bigint, RIGHTARG = integer, FUNCTION = shadow.always)',
      'CREATE OPERATOR shadow.= (LEFTARG = text, RIGHTARG = text, FUNCTION = shadow.always)',
      'SET LOCAL search_path = shadow, pg_catalog',
    ],
    write: [PAY, 'DROP SCHEMA shadow CASCADE', 'COMMIT'],
  },
];

export const WAYS: readonly WaysOfAKind[] = [
  { kind: 'statements', ways: STATEMENTS },
  { kind: 'transactions', ways: TRANSACTIONS },
  { kind: 'code in the database', ways: CODE },
  { kind: 'relations', ways: RELATIONS },
  { kind: 'roles and settings', ways: ROLES },
];
