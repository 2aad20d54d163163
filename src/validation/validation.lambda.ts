import { answer } from './answer';
import { handlerFor } from './observe';

/** Finds out whether both sides hold the same: `plan`, `compare`, `recheck`, `summarise`, `invariants`. */
export const handler = handlerFor(answer);
