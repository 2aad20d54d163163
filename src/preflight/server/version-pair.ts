import { BOTH, TARGET, type Check, type FindingKind, type ServerFacts } from '../check';

const OLDEST = 13;
const NEWEST = 18;
/** https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Introduction.Sources.html */
const NEWEST_OF_DMS = 17;

const UNSUPPORTED: FindingKind = {
  id: 'version-not-supported',
  severity: 'blocker',
  why: `The migration is made for PostgreSQL ${OLDEST} to ${NEWEST}: its gate and its comparisons are tried on no other.`,
  remedy: 'Upgrade an older server first; for a newer one, use a newer release of this library.',
};
const UNKNOWN_TO_DMS: FindingKind = {
  id: 'version-unknown-to-dms',
  severity: { dms: 'blocker', native: 'none' },
  why: `DMS names PostgreSQL ${NEWEST_OF_DMS} as the newest that it reads changes from, and it reads from both sides: from the target for the way back.`,
  remedy: `Use PostgreSQL ${NEWEST_OF_DMS} or older, or replicate natively. Where AWS has said otherwise since, accept this finding.`,
};
const OLDER: FindingKind = {
  id: 'target-older',
  severity: 'blocker',
  why: 'A schema of a newer major version need not exist in an older one, and pg_dump does not promise that its output loads there.',
  remedy: 'Choose a target of the same major version or a newer one.',
};

const major = ({ version }: ServerFacts) => Math.floor(version / 10_000);

export const VERSION: Check = {
  name: 'version',
  kinds: [UNSUPPORTED, UNKNOWN_TO_DMS],
  sides: BOTH,
  run: async ({ facts }, side) => {
    const found = major(facts[side]);
    const what = `it runs PostgreSQL ${found}`;
    if (found < OLDEST || found > NEWEST) return [{ kind: UNSUPPORTED, object: facts[side].database, what }];
    return found > NEWEST_OF_DMS ? [{ kind: UNKNOWN_TO_DMS, object: facts[side].database, what }] : [];
  },
};

export const VERSION_PAIR: Check = {
  name: 'version-pair',
  kinds: [OLDER],
  sides: TARGET,
  compares: true,
  run: async ({ facts: { source, target } }) => major(target) >= major(source) ? [] : [
    { kind: OLDER, object: target.database, what: `it runs PostgreSQL ${major(target)}, the source runs ${major(source)}` },
  ],
};
