/** Names and rules that the constructs and the handlers of this room share. */

/** The login that owns everything of a provisioned database. */
export const ADMIN_USERNAME = 'postgres';
/** The login that DMS and the handlers use, on both sides. */
export const MIGRATION_USERNAME = 'payment_migration';
/** The login that services use, with one password on both sides. */
export const APPLICATION_USERNAME = 'payments_app';
export const DATABASE_NAME = 'payments';
export const POSTGRES_PORT = 5432;

/**
 * No password has one of these: DMS refuses `; . : +`, RDS refuses quotes, `/`, `@` and spaces, shells and URLs stumble over the rest.
 *
 * https://docs.aws.amazon.com/dms/latest/userguide/security_iam_secretsmanager.html
 */
export const EXCLUDED_CHARACTERS = ' ;.:+,=%~`#$&*()|[]{}<>?!\'/@"\\^';
