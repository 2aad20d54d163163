import { BOTH, statementCheck, type FindingKind } from '../check';

const LONG: FindingKind = {
  id: 'long-transaction',
  severity: 'blocker',
  why: 'Making a slot waits for every open write transaction of the server, a load waits for them too, and the gate cannot close over one.',
  remedy: 'Wait for it, or end it with pg_terminate_backend; find out what makes it, since it will be there at the cutover as well.',
};
const PREPARED: FindingKind = {
  id: 'prepared-transaction',
  severity: 'blocker',
  why: 'It stays open over restarts, makes slots wait, and DMS does not carry it.',
  remedy: 'COMMIT PREPARED or ROLLBACK PREPARED, and have two-phase commit off for the time of the migration.',
};

/** Of the whole server: slots wait for transactions of every database. What others run is seen by who may monitor. */
export const LONG_TRANSACTIONS = statementCheck(LONG, BOTH, ({ request }) => `
  SELECT format('pid %s', pid) AS object, format('%s in %s, open for %s s, %s', coalesce(quote_ident(usename), backend_type), coalesce(quote_ident(datname), 'no database'),
    floor(extract(epoch FROM clock_timestamp() - xact_start)), state) AS what
  FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND backend_type NOT IN ('walsender', 'autovacuum worker')
    AND xact_start < clock_timestamp() - interval '${request.longTransactionMs} ms' ORDER BY xact_start`);

export const PREPARED_TRANSACTIONS = statementCheck(PREPARED, BOTH, () => `
  SELECT quote_literal(gid) AS object, format('prepared by %I in %I, %s s ago', owner, database, floor(extract(epoch FROM clock_timestamp() - prepared))) AS what
  FROM pg_prepared_xacts ORDER BY prepared`);
