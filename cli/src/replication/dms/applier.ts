import { DatabaseError, type Client } from 'pg';
import { DataProblem } from './data-problem';
import { statementOf, updateOfRest, type Statement } from './statement';
import type { TargetTable } from './target-table';
import type { Change } from './test-decoding';

const UNIQUE_VIOLATION = '23505';

/** Writes changes into the taker, each by a statement of its own. */
export class Applier {
  private readonly names = new Map<string, string>();

  /** The client must send statements without waiting for answers. */
  constructor(private readonly client: Client, private readonly tables: ReadonlyMap<string, TargetTable>) {}

  /**
   * One transaction. When it resolves, everything is committed; when it rejects, nothing is, or the answer was lost.
   *
   * `again`: some of it may have been applied before. Rows that are there stay as they are, and old values are written over newer ones until
   * the newer ones come again: this is what an applier does that remembers less than it has done. One thing it does not get right, and nobody
   * could who reads the log alone: a row that is deleted and made again under its key, while another takes over its unique value.
   */
  async apply(changes: readonly Change[], again: boolean): Promise<void> {
    await this.client.query('BEGIN');
    try {
      if (again) for (const change of changes) await this.repeat(change);
      else await Promise.all(changes.map(async (change) => this.write(this.statement(change, false))));
    } catch (error) {
      await this.client.query('ROLLBACK').catch(() => undefined);
      throw error;
    }
    // Last and alone: a server that has it has executed all before it.
    await this.client.query('COMMIT');
  }

  private statement(change: Change, again: boolean): Statement {
    if (change.kind === 'truncate') throw new DataProblem(`${change.tables.join(', ')}: emptied on the giver, which this applier does not repeat; load again`);
    return statementOf(change, this.table(change.table), again);
  }

  private table(name: string): TargetTable {
    const table = this.tables.get(name);
    if (table === undefined) throw new DataProblem(`${name}: not there on the taker; make the schemas of both sides alike`);
    return table;
  }

  private async write(statement: Statement): Promise<void> {
    const written = await this.send(statement);
    if (written !== 1) throw new DataProblem(`${statement.table}: got ${written} rows for one change, allowed: 1; the sides were not alike`);
  }

  /** A newer row may have the unique value already that this one had at the time, or this row its later key. */
  private async repeat(change: Change): Promise<void> {
    await this.client.query('SAVEPOINT change');
    try {
      await this.send(this.statement(change, true));
    } catch (error) {
      if (!(error instanceof DatabaseError) || error.code !== UNIQUE_VIOLATION || change.kind !== 'update') throw error;
      await this.client.query('ROLLBACK TO SAVEPOINT change');
      const { table, key } = change;
      if (key !== undefined) await this.send(this.statement({ kind: 'delete', table, key }, true));
      const rest = updateOfRest(change, this.table(table));
      if (rest !== undefined) await this.send(rest);
    }
    await this.client.query('RELEASE SAVEPOINT change');
  }

  private async send({ text, values }: Statement): Promise<number | null> {
    let name = this.names.get(text);
    if (name === undefined) {
      name = `change_${this.names.size}`;
      this.names.set(text, name);
    }
    return (await this.client.query({ name, text, values })).rowCount;
  }
}
