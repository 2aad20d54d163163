import { SOURCE, statementCheck, type FindingKind } from '../check';
import { inScope, notOfExtension } from '../scope';

const SWALLOWS: FindingKind = {
  id: 'function-swallows-errors',
  severity: 'warning',
  why: 'The closed gate refuses a write with an error. A function that catches every error makes a success of it: a client is told that a payment was made which was not.',
  remedy: 'Let SQLSTATE 25006 pass: WHEN read_only_sql_transaction THEN RAISE, before WHEN OTHERS; or end the handler with RAISE.',
};

/** `WHEN OTHERS` and the like in PL/pgSQL without a bare RAISE (or RAISE EXCEPTION) after it, and without a word for 25006 before it. Comments are taken out. */
const CODE = "lower(regexp_replace(regexp_replace(p.prosrc, '/\\*.*?\\*/', ' ', 'g'), '--[^\\n]*', ' ', 'g'))";
const CATCHES = "'\\mexception\\s+when\\M.*\\mothers\\M'";
const CATCHES_25006 = "'\\mwhen\\s+(read_only_sql_transaction|sqlstate\\s+''25006'')\\M'";
const RAISES = "'\\mothers\\s+then\\M.*\\mraise(\\s+exception\\M|\\s*;)'";

export const SWALLOWED_ERRORS = statementCheck(SWALLOWS, SOURCE, ({ request }) => `
  SELECT format('%I.%I(%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid)) AS object, 'it catches every error (EXCEPTION WHEN OTHERS) and raises none' AS what
  FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace JOIN pg_language l ON l.oid = p.prolang
  WHERE l.lanname = 'plpgsql' AND ${inScope('n.nspname', request)} AND ${notOfExtension('pg_proc', 'p.oid')}
    AND ${CODE} ~ ${CATCHES} AND ${CODE} !~ ${CATCHES_25006} AND ${CODE} !~ ${RAISES}
  ORDER BY 1`);
