import { arm } from './arm';
import type { FenceRequest } from './contract';
import { CutoverError } from './cutover-error';
import type { Databases } from './databases';
import { handlerFor } from './observe';
import { disarm, finish, release } from './seal';
import { withFence } from './settings';
import type { Tools } from './tools';

/** What is done before a migration and after it: gates are put up and taken down. */
export async function fence(databases: Databases, request: FenceRequest, tools: Tools): Promise<unknown> {
  switch (request.action) {
    case 'arm': return arm(databases, withFence(request, process.env), tools);
    case 'disarm': return disarm(databases, request, tools);
    case 'finish': return finish(databases, tools);
    case 'release': return release(databases, request, tools);
    default: throw new CutoverError('Refused', `action: got ${JSON.stringify((request as { action?: unknown }).action)}`, 'allowed: arm, disarm, finish, release');
  }
}

export const handler = handlerFor(fence);
