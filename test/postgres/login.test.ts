import { CLOSED_PORT, printed, problemOf } from './local-login';
import { SecretsStandIn } from './secrets-stand-in';
import { serverCertificate } from '../../cli/src/servers/certificate';
import { readLogin, secretsManagerReader, type SecretReader } from '../../src/postgres';

const NAME = 'payments/migration-login';
const ARN = 'arn:aws:secretsmanager:eu-central-1:111111111111:secret:payments/migration-login-AbCdEf';
const SECRET = { username: 'migration', password: 'hunter2', host: 'db.example.com', port: 5432 };
const ENVIRONMENT = { AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'key', AWS_REGION: 'eu-west-1' };

let standIn: SecretsStandIn;
let read: SecretReader;
const before = { ...process.env };

beforeAll(async () => {
  standIn = await SecretsStandIn.start();
});

beforeEach(() => {
  Object.assign(process.env, ENVIRONMENT, { AWS_ENDPOINT_URL_SECRETS_MANAGER: standIn.url });
  standIn.answers.clear();
  standIn.regions.length = 0;
  read = secretsManagerReader();
});

afterAll(async () => {
  for (const key of Object.keys(process.env)) if (!(key in before)) delete process.env[key];
  Object.assign(process.env, before);
  await standIn.stop();
});

const holds = (content: unknown) => standIn.answers.set(NAME, { text: typeof content === 'string' ? content : JSON.stringify(content) });

test('a login is read, and what the login does not need is left', async () => {
  holds({ ...SECRET, engine: 'postgres', dbname: 'payments' });
  await expect(readLogin(NAME, read)).resolves.toEqual(SECRET);
});

test('a port may be a string of digits', async () => {
  holds({ ...SECRET, port: '6432' });
  await expect(readLogin(NAME, read)).resolves.toMatchObject({ port: 6432 });
});

test('a CA comes as PEM, without the text around it', async () => {
  const { certificateAuthority } = await serverCertificate();
  holds({ ...SECRET, certificateAuthority: `my CA\n${certificateAuthority}\n` });
  await expect(readLogin(NAME, read)).resolves.toEqual({ ...SECRET, certificateAuthority: certificateAuthority.trim() });
});

test('an ARN is asked for in its own Region, a name in the handler\'s', async () => {
  standIn.answers.set(ARN, { text: JSON.stringify(SECRET) });
  holds(SECRET);
  await readLogin(ARN, read);
  await readLogin(NAME, read);
  expect(standIn.regions).toEqual(['eu-central-1', 'eu-west-1']);
});

test.each<[string, string, boolean]>([
  ['ResourceNotFoundException', 'missing-secret', false],
  ['InvalidRequestException', 'missing-secret', false],
  ['AccessDeniedException', 'permission-denied', false],
  ['DecryptionFailure', 'permission-denied', false],
  ['ThrottlingException', 'unexpected', true],
  ['InternalServiceError', 'unexpected', true],
])('%s is %s', async (error, problem, retryable) => {
  standIn.answers.set(NAME, { error, status: error === 'InternalServiceError' ? 500 : 400 });
  const thrown = await problemOf(readLogin(NAME, read));
  expect(thrown).toMatchObject({ problem, code: error, retryable });
  expect(thrown.message).toContain(`secret '${NAME}'`);
});

test('without an answer it ends by itself', async () => {
  standIn.answers.set(NAME, 'silence');
  await expect(problemOf(readLogin(NAME, read))).resolves.toMatchObject({ problem: 'unreachable', code: 'ETIMEDOUT', retryable: true });
}, 20_000);

test('where nobody listens it is unreachable', async () => {
  process.env.AWS_ENDPOINT_URL_SECRETS_MANAGER = `http://127.0.0.1:${CLOSED_PORT}`;
  const problem = await problemOf(readLogin(NAME, secretsManagerReader()));
  expect(problem).toMatchObject({ problem: 'unreachable', code: 'ECONNREFUSED', retryable: true });
  expect(problem.message).toContain('VPC endpoint');
});

test('a secret of bytes is bad', async () => {
  standIn.answers.set(NAME, { bytes: Buffer.from('hunter2').toString('base64') });
  await expect(problemOf(readLogin(NAME, read))).resolves.toMatchObject({ problem: 'bad-secret', message: expect.stringContaining('it holds bytes, not text') });
});

const { password, ...withoutPassword } = SECRET;

test.each<[string, unknown, string]>([
  ['text', 'hunter2', 'it is not JSON'],
  ['a broken object', '{"password": hunter2}', 'it is not JSON'],
  ['a list', [password], 'it is not a JSON object'],
  ['a string', '"hunter2"', 'it is not a JSON object'],
  ['null', 'null', 'it is not a JSON object'],
  ['what RDS manages', { username: 'migration', password }, 'host is missing, port is missing'],
  ['no password', withoutPassword, 'password is missing'],
  ['an empty password', { ...SECRET, password: '' }, 'password is not a string of one character or more'],
  ['a NUL in the username', { ...SECRET, username: 'migration\0options\0hunter2' }, 'username is not a string of one character or more'],
  ['a port of words', { ...SECRET, port: '5432/hunter2' }, 'port is not a number from 1 to 65535'],
  ['a port out of range', { ...SECRET, port: 65_536 }, 'port is not a number from 1 to 65535'],
  ['a broken port', { ...SECRET, port: 5432.5 }, 'port is not a number from 1 to 65535'],
  ['a socket as host', { ...SECRET, host: '/var/run/hunter2' }, 'host is not a host name'],
  ['a CA that is none', { ...SECRET, certificateAuthority: 'hunter2' }, 'certificateAuthority is not a certificate in PEM'],
  ['a broken CA', { ...SECRET, certificateAuthority: '-----BEGIN CERTIFICATE-----\nhunter2\n-----END CERTIFICATE-----' }, 'certificateAuthority is not a certificate in PEM'],
  ['no CA where one is announced', { ...SECRET, certificateAuthority: null }, 'certificateAuthority is not a certificate in PEM'],
])('%s is a bad secret: all that is wrong is named, no value is told', async (_, content, said) => {
  holds(content);
  const problem = await problemOf(readLogin(NAME, read));
  expect(problem.problem).toBe('bad-secret');
  expect(problem.message).toBe(`secret '${NAME}' cannot be used (${said}); ${problem.remedy}`);
  expect(printed(problem)).not.toContain('hunter2');
});

test('what another reader throws is not told either', async () => {
  const problem = await problemOf(readLogin(NAME, async () => { throw new Error('hunter2'); }));
  expect(problem).toMatchObject({ problem: 'unexpected' });
  expect(printed(problem)).not.toContain('hunter2');
});
