import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Bundle } from './bundles';
import { LocalFunction } from './local-function';
import { LocalSecretsManager } from '../aws/secrets-manager';
import type { NamedDatabase } from '../connection';

/** As long as Lambda would let it run. */
const TIMEOUT_MS = 15 * 60_000;

/** A function that asks both databases, run from its bundle on this machine, with Secrets Manager beside it. */
export class AskingFunction {
  public static async start(bundle: Bundle, databases: { readonly source: NamedDatabase; readonly target: NamedDatabase }): Promise<AskingFunction> {
    const { source, target } = databases;
    const secrets = await LocalSecretsManager.start({ source: source.secret, target: target.secret });
    const folder = await mkdtemp(join(tmpdir(), 'payment-migration-'));
    const logFile = join(folder, `${bundle}.log`);
    const local = new LocalFunction({
      bundle,
      logFile,
      timeoutMs: TIMEOUT_MS,
      env: {
        SOURCE_SECRET_ID: 'source',
        SOURCE_DATABASE: source.databaseName,
        TARGET_SECRET_ID: 'target',
        TARGET_DATABASE: target.databaseName,
        AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets.endpoint,
        AWS_REGION: 'eu-west-1',
        AWS_ACCESS_KEY_ID: 'local',
        AWS_SECRET_ACCESS_KEY: 'local',
        AWS_LAMBDA_FUNCTION_NAME: bundle,
        POWERTOOLS_SERVICE_NAME: 'payment-migration',
        POWERTOOLS_TRACE_ENABLED: 'false',
      },
    });
    return new AskingFunction(local, secrets, folder);
  }

  private constructor(private readonly local: LocalFunction, private readonly secrets: LocalSecretsManager, private readonly folder: string) {}

  public readonly invoke = async <R>(request: object): Promise<R> => this.local.invoke<R>(request);

  public async stop(): Promise<void> {
    await this.local.stop();
    this.secrets.stop();
    await rm(this.folder, { recursive: true, force: true });
  }
}
