/** How far a migration is, as its stack sees it: what a deployment makes and keeps. */
export enum MigrationStage {
  /** Both sides, and everything that carries one to the other. */
  MIGRATING = 'MIGRATING',

  /**
   * The target has write authority, and the source is held for a way back: all but the task that loads the target, so that nobody can load
   * over a database that payments are in.
   */
  HOLDING = 'HOLDING',

  /** The migration is over: only what the target keeps, under the logical ids that it always had. */
  RETIRED = 'RETIRED',
}
