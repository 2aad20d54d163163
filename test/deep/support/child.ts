import { abort } from '../../../src/cutover/abort';
import type { AbortRequest, DropOldSlotsRequest, PrepareRequest, Side, Step, TransferRequest } from '../../../src/cutover/contract';
import { Databases } from '../../../src/cutover/databases';
import { dropOldSlots, prepare } from '../../../src/cutover/prepare';
import { TOOLS } from '../../../src/cutover/tools';
import { transfer } from '../../../src/cutover/transfer';

/** The handlers' logic in a process of its own, which can be killed like a function's environment. */

export type Asked = TransferRequest | AbortRequest | PrepareRequest | DropOldSlotsRequest;

export interface StepPoint {
  readonly when: 'before' | 'after';
  readonly step: Step;
}

export interface Order {
  readonly request: Asked;
  readonly secrets: Record<Side, string>;
  readonly databaseName: string;
  /** Waits here to be told to go on. */
  readonly stopAt?: StepPoint;
  /** Goes wrong here, so that authority is given back. */
  readonly failBefore?: Step;
}

export type Told =
  | { readonly kind: 'step'; readonly when: 'before' | 'after'; readonly step: Step; readonly waits: boolean }
  | { readonly kind: 'result'; readonly result: unknown }
  | { readonly kind: 'error'; readonly name: string; readonly message: string };

let goOn: (() => void) | undefined;

function tell(what: Told): void {
  process.send?.(what);
}

async function work(databases: Databases, { request, stopAt, failBefore }: Order): Promise<unknown> {
  let stopped = false;
  const onStep = async (when: 'before' | 'after', step: Step) => {
    const waits = !stopped && stopAt?.when === when && stopAt.step === step;
    tell({ kind: 'step', when, step, waits });
    if (waits) {
      stopped = true;
      await new Promise<void>((resolve) => { goOn = resolve; });
    }
    if (when === 'before' && step === failBefore) throw new Error('cut short');
  };
  switch (request.action) {
    case 'transfer': return transfer(databases, request, { ...TOOLS, onStep });
    case 'abort': return abort(databases, request);
    case 'prepare': return prepare(databases, request);
    case 'drop-old-slots': return dropOldSlots(databases, request);
  }
}

async function obey(order: Order): Promise<void> {
  const { secrets, databaseName } = order;
  const databases = new Databases({
    references: { source: { secretId: 'source', databaseName }, target: { secretId: 'target', databaseName } },
    readSecret: async (secretId) => secrets[secretId as Side],
  });
  try {
    tell({ kind: 'result', result: await work(databases, order) });
  } catch (error) {
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    tell({ kind: 'error', name, message });
  } finally {
    await databases.end();
  }
}

process.on('message', (message: Order | 'go on') => {
  if (message === 'go on') goOn?.();
  else void obey(message);
});
// Whoever asked is gone.
process.on('disconnect', () => process.exit());
