/** Where write authority goes. */
export enum TransferDirection {
  /** From the source to the target. */
  CUTOVER = 'cutover',
  /** From the target back to the source. */
  ROLLBACK = 'rollback',
}
