/** What a copy does about roles of the source that own something, or are named in a grant, and that the target does not have. */
export enum MissingRoles {
  /** It names them, and copies nothing. */
  REFUSE = 'refuse',
  /** It makes them on the target: they cannot log in and have no password until somebody lets them. */
  CREATE = 'create',
}
