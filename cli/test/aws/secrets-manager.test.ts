import { GetSecretValueCommand, ListSecretsCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { LocalSecretsManager } from '../../src/aws/secrets-manager';

describe('Secrets Manager on this machine', () => {
  let secrets: LocalSecretsManager;
  let client: SecretsManagerClient;

  beforeAll(async () => {
    secrets = await LocalSecretsManager.start({ 'arn:one': '{"username":"a"}' });
    client = new SecretsManagerClient({ endpoint: secrets.endpoint, region: 'eu-west-1', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } });
  });

  afterAll(() => {
    client.destroy();
    secrets.stop();
  });

  test('gives what it holds', async () => {
    await expect(client.send(new GetSecretValueCommand({ SecretId: 'arn:one' }))).resolves.toMatchObject({ ARN: 'arn:one', SecretString: '{"username":"a"}' });
  });

  test.each(['arn:two', 'toString'])('does not know %s', async (SecretId) => {
    await expect(client.send(new GetSecretValueCommand({ SecretId }))).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });

  test('does nothing else', async () => {
    await expect(client.send(new ListSecretsCommand({}))).rejects.toMatchObject({ name: 'InvalidRequestException' });
  });
});
