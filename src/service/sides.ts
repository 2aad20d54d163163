import { Token, Tokenization } from 'aws-cdk-lib';
import type { DiscoverySide, WriterDiscoveryBindOptions } from './discovery-binding';
import { invalidInput } from '../core';

/** The sides that there are, by name, the source first. */
export function sidesOf({ source, target }: Pick<WriterDiscoveryBindOptions, 'source' | 'target'>): Record<string, DiscoverySide> {
  return source ? { source, target } : { target };
}

/** The one name that the database has on all sides: a client says one whichever host it ends at. */
export function databaseNameOf(sides: Record<string, DiscoverySide>): string {
  const names = [...new Set(Object.values(sides).map(({ database }) => database.databaseName))];
  if (names.length > 1) throw invalidInput('databaseName', names.join(' and '), 'one name on both sides, for clients that are told one');
  return names[0];
}

/** The port of each side, or of all where it is one. */
export function portsOf(sides: Record<string, DiscoverySide>): string[] {
  return [...new Set(Object.values(sides).map(({ database }) => Tokenization.stringifyNumber(database.endpoint.port)))];
}

/** The one port of all sides, for clients that are told one; ports that are not known yet are taken for alike. */
export function portOf(sides: Record<string, DiscoverySide>): string {
  const ports = portsOf(sides);
  const known = ports.filter((port) => !Token.isUnresolved(port));
  if (known.length > 1) throw invalidInput('port', known.join(' and '), 'one port on both sides, since a name in the DNS has none');
  return known[0] ?? ports[0];
}

/** What libpq and most drivers call the fields of the application's login. */
export const LOGIN_VARIABLES = { PGUSER: 'username', PGPASSWORD: 'password' } as const;
