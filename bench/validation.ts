import type { Client } from 'pg';
import { median, table } from './report';
import { Ours } from './validation/ours';
import { damage, DATABASE, DIFFERENCES, fill, OTHER_COLUMNS, SIDES, startServers, TABLE, type Kind, type Servers } from './validation/payments';
import { installPeer, PEER_NAMES, runPeer } from './validation/peers';
import type { Side } from '../src/validation/contract';

const ROWS = Number(process.env.ROWS ?? 1_000_000);
const ROUNDS = 5;
type Clients = Readonly<Record<Side, Client>>;

const COUNT = `SELECT count(*) FROM ${TABLE}`;
const RECORD_HASH = `SELECT count(*), sum(hash_record_extended(ROW(${['id', ...OTHER_COLUMNS].join(', ')}), 0)) FROM ${TABLE}`;

/** Ours, the statement that it is made of, and two tools, over the same rows in the same run. */
export async function validation(): Promise<string> {
  for (const peer of PEER_NAMES) await installPeer(peer);
  return withServers(async (servers, clients) => {
    const rows: string[][] = [];
    for (const kind of ['bigint', 'uuid', 'document'] as const) {
      rows.push(...await compared(servers, clients, kind));
      // It takes minutes.
      process.stderr.write(`${kind} keys are done\n`);
    }
    return table(['key', 'what', 'seconds', 'rows/s', 'of the record hash', 'found'], rows);
  });
}

/** The most memory of the function's process at one and at ten million rows. */
export async function validationMemory(): Promise<string> {
  return withServers(async (servers, clients) => {
    const rows: string[][] = [];
    for (const count of [ROWS, ROWS * 10]) {
      await fill(clients, 'bigint', count);
      const ours = await Ours.start(servers);
      try {
        const before = ours.peakMemory();
        const { seconds, result } = await ours.validate();
        if (!result.equal || result.tables[0].rows !== count) throw new Error(`it said ${JSON.stringify(result)}`);
        rows.push([count.toLocaleString('en'), seconds.toFixed(1), before.toFixed(0), ours.peakMemory().toFixed(0)]);
      } finally {
        await ours.stop();
      }
    }
    return table(['rows', 'seconds', 'peak memory when it was loaded, MiB', 'and in the end, MiB'], rows);
  });
}

async function withServers(work: (servers: Servers, clients: Clients) => Promise<string>): Promise<string> {
  const servers = await startServers();
  try {
    const [source, target] = await Promise.all(SIDES.map(async (side) => servers[side].connect(DATABASE)));
    try {
      return await work(servers, { source, target });
    } finally {
      await Promise.all([source, target].map(async (client) => client.end()));
    }
  } finally {
    await Promise.all(SIDES.map(async (side) => servers[side].remove()));
  }
}

async function compared(servers: Servers, clients: Clients, kind: Kind): Promise<string[][]> {
  await fill(clients, kind, ROWS);
  const ours = await Ours.start(servers);
  try {
    const times = await inTurns({
      count: async () => onBoth(clients, COUNT),
      hash: async () => onBoth(clients, RECORD_HASH),
      ours: async () => expectFound(await ours.validate(), 0),
    });
    const hash = median(times.hash);
    const line = (what: string, seconds: number, found: string) => [kind, what, seconds.toFixed(2), Math.round(ROWS / seconds).toLocaleString('en'), (hash / seconds).toFixed(2), found];
    const rows = [line('count(*)', median(times.count), '-'), line('record hash', hash, '-'), line('ours, equal', median(times.ours), '0')];
    if (kind === 'document') return rows;
    for (const peer of PEER_NAMES) rows.push(line(`${peer}, equal`, await peerTime(servers, peer, 0), '0'));
    await damage(clients.target, ROWS);
    const different = await inTurns({ ours: async () => expectFound(await ours.validate(), DIFFERENCES) });
    rows.push(line('ours, 100 differences', median(different.ours), String(DIFFERENCES)));
    for (const peer of PEER_NAMES) rows.push(line(`${peer}, 100 differences`, await peerTime(servers, peer, DIFFERENCES), String(DIFFERENCES)));
    return rows;
  } finally {
    await ours.stop();
  }
}

/** Seconds of each, in several rounds: what slows the machine for a while slows all of them. */
async function inTurns<K extends string>(works: Record<K, () => Promise<number>>): Promise<Record<K, number[]>> {
  const names = Object.keys(works) as K[];
  const times = Object.fromEntries(names.map((name): [K, number[]] => [name, []])) as Record<K, number[]>;
  for (let round = 0; round < ROUNDS; round++) {
    for (const name of names) times[name].push(await works[name]());
  }
  return times;
}

async function onBoth(clients: Clients, statement: string): Promise<number> {
  const started = performance.now();
  await Promise.all(SIDES.map(async (side) => clients[side].query(statement)));
  return (performance.now() - started) / 1_000;
}

async function peerTime(servers: Servers, peer: typeof PEER_NAMES[number], wanted: number): Promise<number> {
  const { seconds, differences } = await runPeer(peer, servers);
  if (differences !== wanted) throw new Error(`${peer} told ${differences} differences, and there are ${wanted}`);
  return seconds;
}

function expectFound({ seconds, result }: Awaited<ReturnType<Ours['validate']>>, wanted: number): number {
  const [{ confirmed, rows, refused }] = result.tables;
  if (confirmed.length !== wanted || rows !== ROWS || refused.length > 0) throw new Error(`${wanted} differences in ${ROWS} rows; it said ${JSON.stringify(result)}`);
  return seconds;
}
