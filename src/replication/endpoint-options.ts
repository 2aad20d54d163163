import type { Duration } from 'aws-cdk-lib';
import { checkRange, invalidInput } from '../core';

/** What PostgreSQL decodes its log with for DMS. */
export enum LogicalDecodingPlugin {
  /** A part of PostgreSQL: nothing to install. */
  TEST_DECODING = 'test_decoding',
  /** An extension, in `shared_preload_libraries` and created in the database; it sends the tables of the mapping only. */
  PGLOGICAL = 'pglogical',
}

/** How DMS connects to one of the two databases. */
export interface ReplicationEndpointOptions {
  /**
   * The authorities, as PEM, of which one has signed the server's certificate. DMS then verifies the certificate and the host's name.
   *
   * @default - RDS's authorities of the Region for RDS and Aurora; none for a server elsewhere: encrypted, but not verified
   */
  readonly certificateAuthority?: string;

  /**
   * What the database decodes its log with. Of both databases: each is read from in one of the directions.
   *
   * @default LogicalDecodingPlugin.TEST_DECODING
   */
  readonly decodingPlugin?: LogicalDecodingPlugin;

  /**
   * How long one statement of DMS may take: 1 second to 1 day.
   *
   * @default Duration.minutes(5)
   */
  readonly executeTimeout?: Duration;

  /**
   * How often DMS writes something of its own, so that a slot without payments holds no old log: 1 to 60 minutes.
   *
   * @default Duration.minutes(1)
   */
  readonly heartbeatInterval?: Duration;

  /**
   * The schema that DMS keeps its heartbeat in; its login must be allowed to create there.
   *
   * @default - the migration's own schema, 'payment_migration'
   */
  readonly heartbeatSchema?: string;

  /**
   * Connection attributes that nothing else here says, by their names.
   *
   * https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Source.PostgreSQL.html#CHAP_Source.PostgreSQL.ConnectionAttrib
   *
   * @default - none
   */
  readonly extraConnectionAttributes?: Record<string, string>;
}

/** Connection attributes that are settled already, or that a secret says. */
const SETTLED = [
  'afterConnectScript', 'captureDdls', 'executeTimeout', 'failTasksOnLobTruncation', 'heartbeatEnable', 'heartbeatFrequency', 'heartbeatSchema',
  'mapBooleanAsBoolean', 'password', 'pluginName', 'slotName', 'username',
];
const PEM = /^\s*(-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----\s*)+$/;

/** @param prop what the options were given as */
export function checkEndpointOptions(prop: string, options: ReplicationEndpointOptions): void {
  checkDuration(`${prop}.executeTimeout`, options.executeTimeout, 1, 86_400, 'seconds');
  checkDuration(`${prop}.heartbeatInterval`, options.heartbeatInterval, 1, 60, 'minutes');
  const { certificateAuthority, heartbeatSchema, extraConnectionAttributes = {} } = options;
  if (certificateAuthority !== undefined && !PEM.test(certificateAuthority)) {
    throw invalidInput(`${prop}.certificateAuthority`, certificateAuthority.slice(0, 40), 'certificates as PEM, one after the other');
  }
  if (heartbeatSchema !== undefined && !/^[A-Za-z_][A-Za-z0-9_]{0,62}$/.test(heartbeatSchema)) {
    throw invalidInput(`${prop}.heartbeatSchema`, heartbeatSchema, 'the name of a schema');
  }
  for (const [name, value] of Object.entries(extraConnectionAttributes)) {
    const at = `${prop}.extraConnectionAttributes`;
    if (SETTLED.some((settled) => settled.toLowerCase() === name.toLowerCase())) {
      throw invalidInput(at, name, `attributes other than ${SETTLED.join(', ')}: what may differ of these is an option of its own`);
    }
    if (!/^[A-Za-z][A-Za-z0-9_]*$/.test(name)) throw invalidInput(at, name, 'names of letters and digits');
    if (value.includes(';')) throw invalidInput(`${at}.${name}`, value, 'a value without a semicolon');
  }
}

function checkDuration(prop: string, duration: Duration | undefined, min: number, max: number, unit: 'seconds' | 'minutes'): void {
  if (duration === undefined) return;
  if (duration.isUnresolved()) throw invalidInput(prop, 'a token', 'a literal Duration');
  checkRange(prop, unit === 'seconds' ? duration.toSeconds({ integral: false }) : duration.toMinutes({ integral: false }), min, max, unit);
}
