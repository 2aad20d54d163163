/** What the SQL of all handlers shares: logins, sessions, quoting, and words for errors. It imports nothing of the CDK. */
export { explain } from './explain';
export { KeptSession } from './kept-session';
export { readLogin, type DatabaseLogin, type DatabaseReference } from './login';
export { DatabaseProblem, type DatabaseProblemProps, type ProblemName } from './problem';
export { identifier, literal, qualified } from './quoting';
export { secretsManagerReader, type SecretReader } from './secrets';
export { Session } from './session';
export type { SessionOptions } from './session-settings';
