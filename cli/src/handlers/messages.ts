/** What a function's process and the rehearsal say to each other. */
export interface Invocation {
  readonly id: number;
  readonly event: unknown;
  /** How long it may take. */
  readonly timeoutMs: number;
  /** The function is to die here, as in `before flip`: without a word, like one whose machine is gone. */
  readonly dieAt?: string;
}

export type Answer =
  | { readonly id: number; readonly kind: 'result'; readonly result: unknown }
  | { readonly id: number; readonly kind: 'error'; readonly name: string; readonly message: string }
  /** The function logged that a step begins or is done. */
  | { readonly id: number; readonly kind: 'step'; readonly moment: string };
