import type { Side } from '../../../src/cutover/contract';
import type { Databases } from '../../../src/cutover/databases';
import type { Session } from '../../../src/postgres';

/** Told of each statement before it goes out to the real database; what it awaits is awaited. */
export type Hook = (side: Side, statement: string, send: () => Promise<unknown>) => Promise<unknown>;

/** Stands between a handler and its sessions, to have something happen at one statement. */
export function hooked(databases: Databases, hook: Hook): Databases {
  const on = databases.on.bind(databases);
  const known = new WeakMap<Session, Session>();
  databases.on = async (side) => {
    const session = await on(side);
    const wrapped = known.get(session) ?? wrap(session, side, hook);
    known.set(session, wrapped);
    return wrapped;
  };
  return databases;
}

function wrap(session: Session, side: Side, hook: Hook): Session {
  return new Proxy(session, {
    get: (real, name) => {
      if (name === 'query') return async (text: string, values?: readonly unknown[]) => hook(side, text, async () => real.query(text, values));
      if (name === 'one') return async (text: string, values?: readonly unknown[]) => hook(side, text, async () => real.one(text, values));
      const value: unknown = Reflect.get(real, name, real);
      return typeof value === 'function' ? (value.bind(real) as unknown) : value;
    },
  });
}
