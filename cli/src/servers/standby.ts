import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { escapeIdentifier, escapeLiteral, type Client } from 'pg';
import type { Account } from './account';
import { runAs } from './command';
import { addSettings, writeFor, type ServerPlace } from './data-directory';

const STREAMING_MS = 30_000;
const POLL_MS = 50;

/** Copies the data of a server that is down. */
export async function copyDataDirectory(from: string, to: ServerPlace): Promise<void> {
  await runAs('cp', ['-a', from, to.dataDirectory], { account: to.account, cwd: to.folder });
  // A base backup has no slots: after a promotion they would promise changes that are no longer there.
  const slots = join(to.dataDirectory, 'pg_replslot');
  for (const slot of await readdir(slots)) await rm(join(slots, slot), { recursive: true });
}

/** Makes a copy follow its primary from its next start on. */
export async function followPrimary(dataDirectory: string, account: Account | undefined, primaryConninfo: string): Promise<void> {
  // The file of ALTER SYSTEM counts last, and came with the copy: a standby must not wait for standbys once it is promoted.
  const settings = { primary_conninfo: primaryConninfo, synchronous_standby_names: '' };
  await addSettings(dataDirectory, settings, 'postgresql.auto.conf');
  await writeFor(account, join(dataDirectory, 'standby.signal'), '');
}

/** From now on commits wait for this standby. */
export async function waitForCommitsOn(primary: Client, standby: string): Promise<void> {
  await primary.query(`ALTER SYSTEM SET synchronous_standby_names = ${escapeLiteral(escapeIdentifier(standby))}`);
  await primary.query('SELECT pg_reload_conf()');
}

/** Waits until the primary sends its changes to the standby as they come. */
export async function streaming(primary: Client, standby: string, synchronous: boolean): Promise<void> {
  const deadline = Date.now() + STREAMING_MS;
  let seen = 'no connection of it';
  while (Date.now() < deadline) {
    const { rows } = await primary.query<{ state: string; sync_state: string }>(
      'SELECT state, sync_state FROM pg_stat_replication WHERE application_name = $1', [standby],
    );
    if (rows.some(({ state, sync_state: sync }) => state === 'streaming' && (sync === 'sync') === synchronous)) return;
    if (rows.length > 0) seen = rows.map((row) => `${row.state}, ${row.sync_state}`).join('; ');
    await sleep(POLL_MS);
  }
  throw new Error(`${standby} does not follow its primary after ${STREAMING_MS / 1000} s: got ${seen}`);
}

/** Makes a primary of the standby that the client is connected to, and waits until it is one. */
export async function promote(client: Client, name: string, dataDirectory: string): Promise<void> {
  const { rows: [{ standby, place }] } = await client.query<{ standby: boolean; place: string }>(
    "SELECT pg_is_in_recovery() AS standby, current_setting('data_directory') AS place",
  );
  if (!standby || place !== dataDirectory) throw new Error(`promote: got ${name} in ${place}, which is not a standby`);
  const { rows: [{ done }] } = await client.query<{ done: boolean }>('SELECT pg_promote() AS done');
  if (!done) throw new Error(`${name} was not promoted within a minute; see its log`);
}
