import type { Client } from 'pg';
import { DDL } from './gate-schema';
import { as, close, errorOf, MAJORS, pairOf, reopen } from './gate-support';
import type { Pair } from '../support/pair';

const PAY = "INSERT INTO public.payment (reference) VALUES ('new')";
/** Two cores that other tests use too. */
const SLACK_MS = 150;
const PATIENCE_MS = 100;

describe.each(MAJORS)('a closing on PostgreSQL %i', (major) => {
  let pair: Pair;
  let migration: Client;
  let admin: Client;
  let attempt = 1;

  beforeAll(async () => {
    pair = await pairOf(major, { ddl: DDL, majors: { source: major, target: major } });
    await pair.arm('source', { ignoredSchemas: ['outside'] });
    migration = await pair.servers.source.connect('payments', { user: 'payment_migration', password: 'payment_migration' });
    admin = await pair.admin('source');
  });

  afterAll(async () => {
    await migration?.end();
    await pair?.remove();
  });

  async function state(): Promise<unknown> {
    const { rows: [row] } = await admin.query('SELECT state, attempt, (SELECT last_value::int FROM payment_migration.gate) AS gate FROM payment_migration.authority');
    return row;
  }

  async function count(): Promise<number> {
    const { rows: [{ count: rows }] } = await admin.query<{ count: number }>('SELECT count(*)::int FROM public.payment');
    return rows;
  }

  async function expectHeldBack(): Promise<void> {
    const begin = performance.now();
    expect(await errorOf(close(migration, attempt, PATIENCE_MS))).toMatchObject({ code: '55P03' });
    const ms = performance.now() - begin;
    expect(ms).toBeGreaterThanOrEqual(PATIENCE_MS - 1);
    expect(ms).toBeLessThan(PATIENCE_MS + SLACK_MS);
    expect(await state()).toEqual({ state: 'open', attempt: attempt - 1, gate: 1 });
  }

  async function expectClosed(): Promise<void> {
    await close(migration, attempt, PATIENCE_MS);
    expect(await state()).toEqual({ state: 'draining', attempt, gate: 0 });
    await reopen(migration, attempt);
    attempt += 2;
  }

  test.each([
    ['a transaction that wrote', ['BEGIN', PAY], 'COMMIT'],
    ['a transaction that wrote and rolls back', ['BEGIN', PAY], 'ROLLBACK'],
    ['a savepoint that was rolled back after a first write', ['BEGIN', PAY, 'SAVEPOINT s', "UPDATE public.payment SET state = 'x'", 'ROLLBACK TO s'], 'COMMIT'],
    ['a write in a savepoint that was released', ['BEGIN', 'SAVEPOINT s', PAY, 'RELEASE s'], 'COMMIT'],
    ['a write in a function that caught another error', ['BEGIN', `DO $$ BEGIN ${PAY}; BEGIN PERFORM 1 / 0; EXCEPTION WHEN OTHERS THEN NULL; END; END $$`], 'COMMIT'],
    ['a session that unlocks every advisory lock', ['BEGIN', PAY, 'SELECT pg_advisory_unlock_all(), pg_advisory_unlock_shared(1347241216, 1)'], 'COMMIT'],
    ['an UPDATE of no row', ['BEGIN', 'UPDATE public.payment SET state = state WHERE false'], 'COMMIT'],
  ])('is held back by %s, and succeeds when it has ended', async (_, statements, end) => {
    await as(pair, 'source', 'application', async (client) => {
      for (const statement of statements) await client.query(statement);
      await expectHeldBack();
      await client.query(end);
      await expectClosed();
      await admin.query("DELETE FROM public.payment WHERE reference = 'new'");
    });
  });

  test('is held back by a prepared transaction that wrote', async () => {
    await as(pair, 'source', 'application', async (client) => {
      for (const statement of ['BEGIN', PAY, "PREPARE TRANSACTION 'two'"]) await client.query(statement);
    });
    await expectHeldBack();
    await admin.query("ROLLBACK PREPARED 'two'");
    await expectClosed();
  });

  test('is refused while a prepared transaction holds no lock of the gate', async () => {
    await as(pair, 'source', 'application', async (client) => {
      for (const statement of ['BEGIN', 'INSERT INTO outside.account VALUES (77)', "PREPARE TRANSACTION 'two'"]) await client.query(statement);
    });
    expect(await errorOf(close(migration, attempt))).toMatchObject({ code: 'PM013', message: 'a prepared transaction could commit after the closing: two' });
    expect(await state()).toEqual({ state: 'open', attempt: attempt - 1, gate: 1 });
    await admin.query("ROLLBACK PREPARED 'two'");
    await expectClosed();
  });

  test('is held back by nothing that only reads, or wrote nothing that stays', async () => {
    await as(pair, 'source', 'application', async (client) => {
      for (const statement of ['BEGIN ISOLATION LEVEL SERIALIZABLE', 'SELECT * FROM public.payment FOR UPDATE', 'SAVEPOINT s', PAY, 'ROLLBACK TO s']) await client.query(statement);
      await expectClosed();
    });
  });

  test('stalls who waits behind it no longer than its patience', async () => {
    await as(pair, 'source', 'application', async (holder) => {
      await holder.query('BEGIN');
      await holder.query(PAY);
      await as(pair, 'source', 'application', async (bystander) => {
        await bystander.query("UPDATE public.payment SET state = 'y' WHERE reference = 'one'");
        const closing = errorOf(close(migration, attempt, PATIENCE_MS));
        await lockIsAwaited();
        const begin = performance.now();
        await bystander.query("UPDATE public.payment SET state = 'x' WHERE reference = 'one'");
        const stalled = performance.now() - begin;
        expect(await closing).toMatchObject({ code: '55P03' });
        expect(stalled).toBeLessThan(PATIENCE_MS + SLACK_MS);
      });
      await holder.query('ROLLBACK');
    });
    await expectClosed();
  });

  /** Until the closing waits for the gate's lock. */
  async function lockIsAwaited(): Promise<void> {
    for (;;) {
      const { rows } = await admin.query("SELECT FROM pg_locks WHERE locktype = 'advisory' AND mode = 'ExclusiveLock' AND NOT granted");
      if (rows.length > 0) return;
    }
  }

  test('is followed by no commit of eight writers, many times over', async () => {
    // As many as a busy machine manages, within what a test may take.
    const until = performance.now() + 40_000;
    const enough = () => closings > 10 && writtenWhenOpen > 5 || performance.now() > until;
    const committed = new Set<string>();
    const refused: unknown[] = [];
    let closings = 0;
    let writtenWhenOpen = 0;
    const write = async (writer: number) => as(pair, 'source', 'application', async (client) => {
      for (let number = 0; !enough(); number++) {
        const reference = `${writer}-${number}`;
        try {
          // One statement, several, and a snapshot that is older than the write.
          if (writer % 3 === 1) await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM public.audit');
          else if (writer % 3 === 2) await client.query('BEGIN');
          await client.query('INSERT INTO public.payment (reference) VALUES ($1)', [reference]);
          if (writer % 3 > 0) await client.query('COMMIT');
          committed.add(reference);
        } catch (error) {
          refused.push(error);
          if (writer % 3 > 0) await client.query('ROLLBACK');
        }
      }
    });
    const closeAndOpen = async () => {
      while (!enough()) {
        const closed = await close(migration, attempt, PATIENCE_MS).then(() => true, (error: { code?: string }) => {
          if (error.code !== '55P03') throw error;
          return false;
        });
        if (!closed) continue;
        closings++;
        const first = await count();
        for (let look = 0; look < 5; look++) {
          await new Promise((resolve) => setTimeout(resolve, 5));
          expect(await count()).toBe(first);
        }
        await reopen(migration, attempt);
        attempt += 2;
        await new Promise((resolve) => setTimeout(resolve, 20));
        if (await count() > first) writtenWhenOpen++;
      }
    };
    await Promise.all([closeAndOpen(), ...Array.from({ length: 8 }, (_, writer) => write(writer))]);
    expect(closings).toBeGreaterThan(10);
    expect(writtenWhenOpen).toBeGreaterThan(5);
    expect(refused.length).toBeGreaterThan(closings);
    expect(refused.filter((error) => (error as { code?: string }).code !== '25006')).toEqual([]);
    const { rows } = await admin.query<{ reference: string }>("SELECT reference FROM public.payment WHERE reference ~ '^[0-7]-'");
    expect(new Set(rows.map(({ reference }) => reference))).toEqual(committed);
  });
});
