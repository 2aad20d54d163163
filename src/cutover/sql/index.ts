import { FENCE_FUNCTIONS } from './fence';
import { ARM_TABLE_FUNCTION, DISARM_TABLE_FUNCTION, EVENT_TRIGGER_FUNCTION, gateFunction, TABLES_FUNCTION, TRUNCATE_FUNCTION } from './gate';
import { GIVER_FUNCTIONS } from './giver';
import { STATE_FUNCTIONS } from './looks';
import { TABLES } from './schema';
import { SEQUENCE_FUNCTIONS } from './sequences';
import { SHARED_FUNCTIONS } from './shared';
import { OPENED_FUNCTIONS, TAKER_FUNCTIONS } from './taker';

export { EVENT_TRIGGERS, TIMELINE } from './gate';

/** Everything that a side needs, as one script that may run any number of times. */
export function installation(timeline?: string): string {
  return [
    TABLES, gateFunction(timeline), TRUNCATE_FUNCTION, TABLES_FUNCTION, ARM_TABLE_FUNCTION, DISARM_TABLE_FUNCTION, EVENT_TRIGGER_FUNCTION,
    SHARED_FUNCTIONS, FENCE_FUNCTIONS,
    GIVER_FUNCTIONS, TAKER_FUNCTIONS, OPENED_FUNCTIONS, STATE_FUNCTIONS, SEQUENCE_FUNCTIONS,
    // Functions may be called by everybody unless one says otherwise.
    'REVOKE ALL ON ALL FUNCTIONS IN SCHEMA payment_migration FROM PUBLIC;',
  ].join('\n');
}
