/** What replication must know of the protocol: the one place where this package's streams touch it. */
export { MARKER_TABLE, SCHEMA, type Side, type Stream, type WayBack } from '../../../src/cutover/contract';
