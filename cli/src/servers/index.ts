export type { Major } from './binaries';
export { LocalServer } from './local-server';
export type { LocalLogin, LocalServerOptions, StandbyOptions } from './local-server-options';
