/**
 * The tables of the schema `payment_migration`, as statements that may run any number of times.
 *
 * The session's search_path is pg_catalog alone, so what is ours is qualified and what is not cannot be somebody else's.
 */
export const TABLES = `
CREATE SCHEMA IF NOT EXISTS payment_migration;

-- One row: who may write, as far as this side is concerned. Every action locks it.
CREATE TABLE IF NOT EXISTS payment_migration.authority (
  only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
  side text NOT NULL CHECK (side IN ('source', 'target')),
  state text NOT NULL CHECK (state IN ('open', 'draining', 'moved', 'standby')),
  attempt integer NOT NULL CHECK (attempt >= 0),
  changed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  fence text NOT NULL CHECK (fence IN ('triggers', 'roles')),
  writers name[] NOT NULL DEFAULT '{}',
  ignored_schemas name[] NOT NULL DEFAULT '{}',
  -- The server at the time of arming; null where it does not tell.
  system_identifier text,
  timeline text,
  -- Who made sure that another server than the one armed before has everything.
  identity_accepted_by text,
  -- Whether this login may set what the database tells clients who look for the writer.
  discovery boolean NOT NULL,
  finished_at timestamptz
);

-- Open is 1, closed is 0. A sequence: what it says is not subject to anybody's snapshot.
CREATE SEQUENCE IF NOT EXISTS payment_migration.gate MINVALUE 0 MAXVALUE 1 START 0;

-- What is written here arrives on the other side after everything that was written before it.
CREATE TABLE IF NOT EXISTS payment_migration.marker (
  giver text NOT NULL,
  stream text NOT NULL,
  attempt integer NOT NULL,
  PRIMARY KEY (giver, stream)
);

-- Which session read each slot when the marker was written.
CREATE TABLE IF NOT EXISTS payment_migration.stream (
  attempt integer NOT NULL,
  slot name NOT NULL,
  reader text,
  PRIMARY KEY (attempt, slot)
);

-- Where the stream out of this side starts, by the attempt that brought authority here.
CREATE TABLE IF NOT EXISTS payment_migration.record (
  attempt integer PRIMARY KEY,
  slot name NOT NULL,
  lsn pg_lsn NOT NULL
);

-- Slots that the migration made or was told to own. Only these are ever dropped.
CREATE TABLE IF NOT EXISTS payment_migration.slot (
  name name PRIMARY KEY,
  attempt integer NOT NULL,
  -- It fed a side that has been given authority since.
  spent boolean NOT NULL DEFAULT false
);

-- Logins that pass the closed gate, as long as they are admitted.
CREATE TABLE IF NOT EXISTS payment_migration.applier (
  login name PRIMARY KEY,
  admitted boolean NOT NULL DEFAULT true,
  -- The migration's own login: it stays on the list whoever else is named.
  own boolean NOT NULL DEFAULT false
);

-- What each table was like when it was armed.
CREATE TABLE IF NOT EXISTS payment_migration.armed_table (
  relid oid PRIMARY KEY,
  name text NOT NULL,
  fingerprint text NOT NULL
);

-- What a transfer reported, for whoever asks again.
CREATE TABLE IF NOT EXISTS payment_migration.result (
  attempt integer PRIMARY KEY,
  result jsonb NOT NULL
);

-- Rights that the fence of roles took, to be given back.
CREATE TABLE IF NOT EXISTS payment_migration.revoked (
  relid oid NOT NULL,
  grantee name NOT NULL,
  privilege text NOT NULL,
  grantable boolean NOT NULL,
  PRIMARY KEY (relid, grantee, privilege)
);

REVOKE ALL ON SCHEMA payment_migration FROM PUBLIC;
`;
