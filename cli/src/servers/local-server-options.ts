import type { Major } from './binaries';

/** What is common to local servers. */
export interface PlaceOptions {
  /**
   * Where everything of the server is kept: a folder that does not exist yet, or is empty. It is deleted with the server.
   *
   * @default - a new folder among the temporary files
   */
  readonly folder?: string;
}

/** A server to make. */
export interface LocalServerOptions extends PlaceOptions {
  /** Major version of PostgreSQL. */
  readonly major: Major;

  /**
   * What the server is called in messages, and in the name of its folder.
   *
   * @default - `postgresql-` and the major version
   */
  readonly name?: string;

  /**
   * Settings of postgresql.conf, over the ones that every local server has.
   *
   * @default {}
   */
  readonly settings?: Record<string, string>;
}

/** A standby to make. */
export interface StandbyOptions extends PlaceOptions {
  /**
   * What the standby is called, also where the primary shows who follows it.
   *
   * @default - the primary's name and `-standby`
   */
  readonly name?: string;

  /**
   * Whether commits on the primary wait for this standby, and for no other.
   *
   * @default false
   */
  readonly synchronous?: boolean;
}

/** A login to make. */
export interface LocalLogin {
  readonly username: string;
  readonly password: string;
  /** @default false */
  readonly superuser?: boolean;
  /** @default false */
  readonly replication?: boolean;
}
