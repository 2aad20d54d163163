import { BOTH, type Check, type FindingKind } from '../check';

const ASYNCHRONOUS: FindingKind = {
  id: 'standby-asynchronous',
  severity: 'blocker',
  why: 'A standby that lags and is promoted in the middle of a cutover comes up open, without the closing commit: two databases would accept writes.',
  remedy: 'Name it in synchronous_standby_names for the cutover, or see to it that it is not promoted then, and accept this finding.',
};
const SYNCHRONOUS: FindingKind = {
  id: 'standby-synchronous',
  severity: 'info',
  why: 'A commit waits for it, so a promotion loses none; when it goes away, writes wait.',
  remedy: 'Nothing. Leave synchronous_standby_names as it is during the cutover.',
};
const SHARED: FindingKind = {
  id: 'standby-shared-storage',
  severity: 'info',
  why: 'The readers of Aurora share the writer\'s storage: who takes over has every commit.',
  remedy: 'Nothing.',
};
const HIDDEN: FindingKind = {
  id: 'standbys-not-visible',
  severity: 'blocker',
  why: 'Whether a standby that may be promoted has every commit decides whether the cutover survives a failover.',
  remedy: 'GRANT pg_monitor TO the login. The standby of an RDS Multi-AZ instance is never listed: it is kept in step by RDS below PostgreSQL.',
};

interface Follower {
  readonly name: string;
  readonly state: string | null;
}

/** Who streams physically: a reader of changes has a logical slot. Aurora has a function of its own. */
const FOLLOWERS = `
  SELECT coalesce(nullif(r.application_name, ''), host(r.client_addr), 'pid ' || r.pid) AS name, r.sync_state AS state
  FROM pg_stat_replication r LEFT JOIN pg_replication_slots s ON s.active_pid = r.pid
  WHERE s.slot_type IS DISTINCT FROM 'logical' AND coalesce(r.application_name, '') <> 'pg_basebackup' ORDER BY 1`;
const AURORA = "SELECT EXISTS (SELECT FROM pg_proc WHERE proname = 'aurora_version' AND pronamespace = 'pg_catalog'::regnamespace) AS aurora";

export const STANDBYS: Check = {
  name: 'standbys',
  kinds: [ASYNCHRONOUS, SYNCHRONOUS, SHARED, HIDDEN],
  sides: BOTH,
  run: async ({ read, facts }, side) => {
    const [{ aurora }] = await read<{ aurora: boolean }>(side, AURORA);
    if (aurora) return [{ kind: SHARED, object: facts[side].database, what: 'it is an Aurora cluster' }];
    const followers = await read<Follower>(side, FOLLOWERS);
    return followers.map(({ name: object, state }) => {
      if (state === null) return { kind: HIDDEN, object, what: 'somebody streams from this server, and the login may not see how' };
      const synchronous = state === 'sync' || state === 'quorum';
      return { kind: synchronous ? SYNCHRONOUS : ASYNCHRONOUS, object, what: `it follows this server; its state is ${state}` };
    });
  },
};
