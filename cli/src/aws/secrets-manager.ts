import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Secrets Manager on this machine, as far as the handlers ask for it: `GetSecretValue` by id. */
export class LocalSecretsManager {
  public static async start(secrets: Readonly<Record<string, string>>): Promise<LocalSecretsManager> {
    const server = createServer((request, response) => void answer(secrets, request, response));
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, '127.0.0.1', resolve);
    });
    // A rehearsal that ends does not wait for it.
    server.unref();
    return new LocalSecretsManager(server);
  }

  private constructor(private readonly server: Server) {}

  /** For `AWS_ENDPOINT_URL_SECRETS_MANAGER`. */
  public get endpoint(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  public stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}

async function answer(secrets: Readonly<Record<string, string>>, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const { SecretId } = JSON.parse(Buffer.concat(chunks).toString('utf8') || '{}') as { SecretId?: string };
  const known = SecretId !== undefined && Object.hasOwn(secrets, SecretId) ? secrets[SecretId] : undefined;
  const isRead = request.headers['x-amz-target'] === 'secretsmanager.GetSecretValue';
  response.setHeader('content-type', 'application/x-amz-json-1.1');
  if (!isRead) {
    response.writeHead(400).end(JSON.stringify({ __type: 'InvalidRequestException', message: 'only GetSecretValue is there' }));
  } else if (known === undefined) {
    response.writeHead(400).end(JSON.stringify({ __type: 'ResourceNotFoundException', message: "Secrets Manager can't find the specified secret." }));
  } else {
    response.writeHead(200).end(JSON.stringify({ ARN: SecretId, Name: SecretId, SecretString: known, VersionId: 'local' }));
  }
}
