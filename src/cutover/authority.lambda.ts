import { abort } from './abort';
import type { AuthorityRequest } from './contract';
import { CutoverError } from './cutover-error';
import type { Databases } from './databases';
import { handlerFor } from './observe';
import { dropOldSlots, prepare } from './prepare';
import { withDeadline } from './settings';
import { state } from './state';
import type { Tools } from './tools';
import { transfer } from './transfer';

/** Reads who has authority, and moves it. */
export async function authority(databases: Databases, request: AuthorityRequest, tools: Tools): Promise<unknown> {
  switch (request.action) {
    case 'state': return state(databases);
    case 'prepare': return prepare(databases, request);
    case 'transfer': return transfer(databases, withDeadline(request, process.env, tools.remainingMs()), tools);
    case 'abort': return abort(databases, request);
    case 'drop-old-slots': return dropOldSlots(databases, request);
    default: throw new CutoverError('Refused', `action: got ${JSON.stringify((request as { action?: unknown }).action)}`, 'allowed: state, prepare, transfer, abort, drop-old-slots');
  }
}

export const handler = handlerFor(authority);
