import { types } from 'node:util';
import { GetSecretValueCommand, SecretsManagerClient, SecretsManagerServiceException } from '@aws-sdk/client-secrets-manager';
import { problem, type DatabaseProblem, type ProblemName } from './problem';

/** Reads a secret's string by name or ARN. */
export type SecretReader = (secretId: string) => Promise<string>;

const CONNECT_TIMEOUT_MS = 2_000;
const ANSWER_TIMEOUT_MS = 4_000;
const ATTEMPTS = 3;

/** https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html#API_GetSecretValue_Errors */
const PROBLEMS: Readonly<Record<string, Exclude<ProblemName, 'refused'>>> = {
  ResourceNotFoundException: 'missing-secret',
  // What AWS answers for a secret that is scheduled for deletion.
  InvalidRequestException: 'missing-secret',
  AccessDeniedException: 'permission-denied',
  DecryptionFailure: 'permission-denied',
};

/** Names, codes and, where the SDK wraps what it got, words of an AWS that did not answer. */
const UNREACHABLE = /\b(TimeoutError|ECONNREFUSED|ECONNRESET|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EPIPE)\b/;
const THROTTLED = /Throttl|TooManyRequests|LimitExceeded/;

/** Reads from Secrets Manager, in the Region that an ARN names, else in the handler's own. One client for each Region is kept. */
export function secretsManagerReader(): SecretReader {
  const clients = new Map<string, SecretsManagerClient>();
  return async (secretId) => {
    const region = regionOf(secretId);
    const key = region ?? '';
    const client = clients.get(key) ?? clientOf(region);
    clients.set(key, client);
    return readFrom(client, secretId);
  };
}

async function readFrom(client: SecretsManagerClient, secretId: string): Promise<string> {
  const where = `secret '${secretId}'`;
  let text: string | undefined;
  try {
    ({ SecretString: text } = await client.send(new GetSecretValueCommand({ SecretId: secretId })));
  } catch (error) {
    throw explainAws(error, where);
  }
  if (text === undefined) throw problem('bad-secret', where, { said: 'it holds bytes, not text' });
  return text;
}

function clientOf(region: string | undefined): SecretsManagerClient {
  return new SecretsManagerClient({
    ...(region === undefined ? {} : { region }),
    maxAttempts: ATTEMPTS,
    requestHandler: { connectionTimeout: CONNECT_TIMEOUT_MS, requestTimeout: ANSWER_TIMEOUT_MS, throwOnRequestTimeout: true },
  });
}

/** `arn:<partition>:secretsmanager:<region>:…` */
function regionOf(secretId: string): string | undefined {
  const [arn, , service, region] = secretId.split(':');
  return arn === 'arn' && service === 'secretsmanager' && region !== '' ? region : undefined;
}

function explainAws(error: unknown, where: string): DatabaseProblem {
  if (!types.isNativeError(error)) return problem('unexpected', where);
  const { name, message } = error;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : name;
  const unreachable = UNREACHABLE.exec([code, name, message].join(' '))?.[1];
  if (!(error instanceof SecretsManagerServiceException)) {
    if (unreachable === undefined) return problem('unexpected', where, { code: name, said: 'the AWS SDK failed' });
    return problem('unreachable', where, { code: unreachable, remedy: 'check that this handler reaches Secrets Manager: a VPC endpoint or a NAT gateway' });
  }
  return problem(PROBLEMS[name] ?? 'unexpected', where, { code: name, said: message, retryable: passes(error) ? true : undefined });
}

function passes({ name, $fault, $metadata }: SecretsManagerServiceException): boolean {
  return THROTTLED.test(name) || ($fault === 'server' && $metadata.httpStatusCode !== 501);
}
