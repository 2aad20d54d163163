import { compare } from './compare';
import type { ValidationRequest } from './contract';
import { invariants } from './invariants';
import { plan } from './plan';
import { recheck } from './recheck';
import type { Sides } from './sides';
import { summarise } from './summarise';
import type { Tools } from './tools';
import { namedError, refused } from './validation-error';

/** Does what is asked for, and changes nothing on either side but the marker of a catch-up. */
export async function answer(sides: Sides, request: ValidationRequest, tools: Tools): Promise<unknown> {
  try {
    switch (request.action) {
      case 'plan': return await plan(sides, request);
      case 'compare': return await compare(sides, request, tools);
      case 'recheck': return await recheck(sides, request, tools);
      case 'summarise': return summarise(request);
      case 'invariants': return await invariants(sides, request, tools);
      default: throw refused('action', (request as { action?: unknown }).action, 'plan, compare, recheck, summarise, invariants');
    }
  } catch (error) {
    throw namedError(error);
  }
}
