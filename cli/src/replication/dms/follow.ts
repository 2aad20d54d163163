import { once } from 'node:events';
import type { Client } from 'pg';
import { Applier } from './applier';
import { cut, connectReader, connectWriter } from './endpoint-client';
import { LogStream } from './log-stream';
import { parseLsn } from './lsn';
import { targetTables } from './target-table';
import type { Task } from './task';
import { TransactionQueue, type Group } from './transaction-queue';
import type { Valve } from './valve';
import { replicatedTables } from '../tables';

/** Beyond this many changes the log is not read any further. */
const MOST_CHANGES = 20_000;

export interface FollowOptions {
  readonly task: Task;
  readonly valve: Valve;
  /** An earlier session may have applied what this one will read first. */
  readonly again: boolean;
  readonly onRunning: () => void;
}

/** One session of following: reads the giver's slot and writes into the taker until something fails. */
export class Following {
  private readonly clients: Client[] = [];
  private applied = 0n;
  private settled = 0n;
  private over = false;
  private applying: Promise<void> | undefined;

  constructor(private readonly options: FollowOptions) {}

  /** Rejects when it ends, whatever for. */
  async run(): Promise<void> {
    const { task } = this.options;
    let timer: NodeJS.Timeout | undefined;
    try {
      const writer = await this.keep(connectWriter(task.taker, { pipeline: true }));
      const applier = new Applier(writer, await targetTables(writer));
      const { tables, written } = await this.look();
      const queue = new TransactionQueue(tables);
      const reader = await this.keep(connectReader(task.giver, { replication: 'database' }));
      const started = once(reader.connection, 'replicationStart');
      // Where the connection is lost first, `lost` says so.
      started.catch(() => undefined);
      const stream = new LogStream(reader, {
        slot: task.slot,
        from: parseLsn(task.from ?? '0/0'),
        onMessage: (message) => {
          queue.add(message);
          if (queue.size > MOST_CHANGES) stream.pause();
        },
        onSent: (lsn) => {
          if (queue.isEmpty && this.applying === undefined && lsn > this.applied) this.applied = lsn;
        },
        onAsked: () => stream.confirm(this.settled),
      });
      timer = setInterval(() => {
        stream.confirm(this.settled);
        this.settled = this.applied;
      }, task.grouping.confirmIntervalMs);
      const lost = Promise.race([stream.ended, once(writer, 'end')]).then(() => { throw new Error('a connection was ended by the server'); });
      await Promise.race([started, lost]);
      this.options.onRunning();
      await Promise.race([this.follow(queue, stream, applier, written), lost]);
    } finally {
      this.over = true;
      clearInterval(timer);
      this.clients.forEach(cut);
    }
  }

  /** Lets what is being applied come to its end. */
  async end(): Promise<void> {
    this.over = true;
    await this.applying?.catch(() => undefined);
  }

  private async follow(queue: TransactionQueue, stream: LogStream, applier: Applier, written: bigint): Promise<void> {
    const { task: { grouping: { minTransactionSize, commitTimeoutMs, jitter } }, valve } = this.options;
    for (;;) {
      await queue.collect(minTransactionSize, () => commitTimeoutMs * (1 + jitter * (2 * Math.random() - 1)));
      await valve.pass();
      if (this.over) return;
      const group = queue.take();
      if (group === undefined) continue;
      stream.resume();
      // What was in the log when this session began may have been applied by an earlier one.
      this.applying = this.apply(applier, group, this.options.again && this.applied < written);
      await this.applying;
      this.applying = undefined;
    }
  }

  private async apply(applier: Applier, { changes, end }: Group, again: boolean): Promise<void> {
    await applier.apply(changes, again);
    this.applied = end;
  }

  /** What the giver replicates, and how far its log is written. */
  private async look(): Promise<{ tables: Set<string>; written: bigint }> {
    const client = await connectReader(this.options.task.giver);
    try {
      const tables = new Set((await replicatedTables(client)).map(({ name }) => name));
      const { rows: [{ lsn }] } = await client.query<{ lsn: string }>('SELECT pg_current_wal_insert_lsn()::text AS lsn');
      return { tables, written: parseLsn(lsn) };
    } finally {
      cut(client);
    }
  }

  private async keep(connecting: Promise<Client>): Promise<Client> {
    const client = await connecting;
    this.clients.push(client);
    return client;
  }
}
