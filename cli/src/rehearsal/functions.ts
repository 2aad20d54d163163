import { join } from 'node:path';
import { DATABASE, type LocalSite } from './site';
import { ENVIRONMENT, METRICS, type AuthorityRequest, type FenceRequest, type Side } from '../../../src/cutover/contract';
import type { PreflightRequest } from '../../../src/preflight/contract';
import type { ValidationRequest } from '../../../src/validation/contract';
import { LocalSecretsManager } from '../aws/secrets-manager';
import type { Bundle } from '../handlers/bundles';
import { LocalFunction, type InvokeOptions } from '../handlers/local-function';

/** What moves authority, as whoever drives a migration sees it: two functions to invoke. On AWS a state machine does. */
export interface Functions {
  fence<R>(request: FenceRequest): Promise<R>;
  authority<R>(request: AuthorityRequest, options?: InvokeOptions): Promise<R>;
}

/** The transfer's deadline in a rehearsal, and the time that its function has beyond it. */
export const DEADLINE_MS = 10_000;
const FUNCTION_TIMEOUT_MS = DEADLINE_MS + 5_000;
const FENCE_TIMEOUT_MS = 60_000;
/** As long as Lambda lets a function run. */
const ASKING_TIMEOUT_MS = 15 * 60_000;

/** The bundles that would be deployed, with Secrets Manager on this machine. */
export class LocalFunctions implements Functions {
  public static async start(site: LocalSite, folder: string): Promise<LocalFunctions> {
    const ids: Record<Side, string> = { source: secretArn('source'), target: secretArn('target') };
    const secrets = await LocalSecretsManager.start({ [ids.source]: site.secret('source'), [ids.target]: site.secret('target') });
    const env = {
      [ENVIRONMENT.sourceSecretId]: ids.source,
      [ENVIRONMENT.targetSecretId]: ids.target,
      [ENVIRONMENT.sourceDatabase]: DATABASE,
      [ENVIRONMENT.targetDatabase]: DATABASE,
      AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets.endpoint,
      AWS_REGION: 'eu-west-1',
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
      POWERTOOLS_SERVICE_NAME: 'rehearsal',
      POWERTOOLS_METRICS_NAMESPACE: METRICS.namespace,
      POWERTOOLS_TRACE_ENABLED: 'false',
    };
    const create = (bundle: Bundle, timeoutMs: number) => new LocalFunction({
      bundle, timeoutMs, logFile: join(folder, `${bundle}.log`), env: { ...env, AWS_LAMBDA_FUNCTION_NAME: bundle },
    });
    return new LocalFunctions({
      fence: create('fence', FENCE_TIMEOUT_MS),
      authority: create('authority', FUNCTION_TIMEOUT_MS),
      preflight: create('preflight', ASKING_TIMEOUT_MS),
      validation: create('validation', ASKING_TIMEOUT_MS),
    }, secrets);
  }

  private constructor(private readonly functions: Readonly<Record<Bundle, LocalFunction>>, private readonly secrets: LocalSecretsManager) {}

  public async fence<R>(request: FenceRequest): Promise<R> {
    return this.functions.fence.invoke<R>(request);
  }

  public async authority<R>(request: AuthorityRequest, options?: InvokeOptions): Promise<R> {
    return this.functions.authority.invoke<R>(request, options);
  }

  public async preflight<R>(request: PreflightRequest): Promise<R> {
    return this.functions.preflight.invoke<R>(request);
  }

  public async validation<R>(request: ValidationRequest): Promise<R> {
    return this.functions.validation.invoke<R>(request);
  }

  public async stop(): Promise<void> {
    await Promise.all(Object.values(this.functions).map(async (each) => each.stop()));
    this.secrets.stop();
  }
}

function secretArn(side: Side): string {
  return `arn:aws:secretsmanager:eu-west-1:000000000000:secret:${side}-AbCdEf`;
}
