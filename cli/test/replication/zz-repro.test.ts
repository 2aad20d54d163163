import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from './support/eventually';
import { Pair } from './support/pair';
import { Writer } from './support/writer';
import { NativeReplicator } from '../../src/replication';
jest.setTimeout(3_000_000);
test('repro', async () => {
  const servers = await Pair.create(17, 18);
  for (let n = 0; n < 40; n += 1) {
    const pair = await servers.databases({ source: ['postgres'], target: ['postgres'] });
    const replicator = new NativeReplicator({ sides: pair.sides, patienceMs: 20_000 });
    const writer = new Writer(pair, 'source', 'new');
    const loading = replicator.load().catch((e: Error) => e);
    await eventually(async () => (await pair.query('source', 'SELECT FROM pg_replication_slots')).length > 0);
    await sleep(Math.random() * 100);
    await servers.servers.source.crash();
    await eventually(async () => await replicator.status('source') === 'failed');
    await servers.servers.source.start();
    const t = Date.now();
    const r = await Promise.race([loading, sleep(60_000).then(() => 'HANG')]);
    process.stdout.write(`${n} ${Date.now() - t} ${r instanceof Error ? r.message : JSON.stringify(r)}\n`);
    if (r instanceof Error || r === 'HANG') {
      process.stdout.write(JSON.stringify(await pair.query('target', 'select pid,backend_type,state,wait_event,query,now()-query_start as age from pg_stat_activity where backend_type not like $1', ['%writer%'])) + '\n');
      process.stdout.write(JSON.stringify(await pair.query('target', 'select * from pg_subscription_rel')) + JSON.stringify(await pair.query('target', 'select subname, subenabled from pg_subscription')) + '\n');
      process.stdout.write(JSON.stringify(await pair.query('source', 'select pid,backend_type,state,wait_event,query,now()-query_start as age from pg_stat_activity')) + '\n');
      process.stdout.write(JSON.stringify(await pair.query('source', 'select slot_name,active,active_pid from pg_replication_slots')) + '\n');
      process.stdout.write(readFileSync(servers.servers.target.logFile, 'utf8').split('\n').slice(-40).join('\n') + '\n---source\n' + readFileSync(servers.servers.source.logFile, 'utf8').split('\n').slice(-40).join('\n'));
      break;
    }
    await servers.servers.source.crash();
    await eventually(async () => await replicator.status('source') === 'failed');
    await servers.servers.source.start();
    await eventually(async () => await replicator.status('source') === 'running');
    const w = await Promise.race([writer.stop(), sleep(30_000, 'HANG', { ref: false })]);
    process.stdout.write(`  writer ${w === 'HANG' ? w : w.length}\n`);
    if (w === 'HANG') {
      process.stdout.write(JSON.stringify(await pair.query('source', 'select pid,backend_type,state,wait_event,query,now()-query_start as age from pg_stat_activity')) + '\n');
      break;
    }
    await replicator.close();
    await pair.remove();
  }
  await servers.remove();
});
