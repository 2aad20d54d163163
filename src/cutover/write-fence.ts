import { Token } from 'aws-cdk-lib';
import type { FenceSettings } from './contract';
import { invalidInput } from '../core';
import { MIGRATION_USERNAME } from '../database';

/** Options of `WriteFence.roles()`. */
export interface RolesFenceOptions {
  /** Every login that writes, on both sides, as PostgreSQL spells it; never the migration's own. */
  readonly writers: string[];
}

/** PostgreSQL cuts longer names off, and would fence a login that nobody has. */
const MAX_NAME_BYTES = 63;

/** How a database that may not write is kept from writing. */
export class WriteFence {
  /**
   * A trigger on every table refuses writes, whoever writes: owners and superusers too.
   *
   * The migration's login must own the tables, or be a member of what owns them, since it makes the triggers.
   */
  public static triggers(): WriteFence {
    return new WriteFence({ kind: 'triggers' });
  }

  /**
   * The logins that write lose what they were granted, may not log in, and their sessions end.
   *
   * For migration logins that may not create triggers. It is weaker: superusers pass, and so does an owner that grants itself its rights
   * again. NOLOGIN is for the whole server, so that these logins cannot use its other databases either. A login that is not named writes on.
   */
  public static roles(options: RolesFenceOptions): WriteFence {
    const { writers } = options;
    if (!Token.isUnresolved(writers)) checkWriters(writers);
    return new WriteFence({ kind: 'roles', writers });
  }

  private constructor(private readonly settings: FenceSettings) {
  }

  /**
   * What the handler that arms a side is told.
   *
   * @internal
   */
  public _settings(): FenceSettings {
    return this.settings;
  }
}

function checkWriters(writers: string[]): void {
  if (writers.length === 0) throw invalidInput('writers', 'none', 'at least one login that writes');
  for (const [index, writer] of writers.entries()) {
    if (Token.isUnresolved(writer)) continue;
    if (writer === '' || Buffer.byteLength(writer) > MAX_NAME_BYTES) throw invalidInput('writers', writer, `names of 1 to ${MAX_NAME_BYTES} bytes`);
    if (writer === MIGRATION_USERNAME) throw invalidInput('writers', writer, 'logins of the payments; the migration\'s own must go on writing');
    if (writers.indexOf(writer) !== index) throw invalidInput('writers', `${writer} twice`, 'each login once');
  }
}
