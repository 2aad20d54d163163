import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the stand-in answers for a secret: its string, its bytes, one of AWS's errors, or nothing at all. */
export type Answer = { readonly text: string } | { readonly bytes: string } | { readonly error: string; readonly status?: number } | 'silence';

/** Answers GetSecretValue on the loopback as Secrets Manager does, where AWS_ENDPOINT_URL_SECRETS_MANAGER sends the SDK. */
export class SecretsStandIn {
  static async start(): Promise<SecretsStandIn> {
    const standIn = new SecretsStandIn();
    await new Promise<void>((resolve) => standIn.server.listen(0, '127.0.0.1', resolve));
    return standIn;
  }

  readonly answers = new Map<string, Answer>();
  /** The Region that each request was signed for. */
  readonly regions: string[] = [];
  private readonly server: Server;

  private constructor() {
    this.server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const { SecretId: id } = JSON.parse(Buffer.concat(chunks).toString());
        this.regions.push(/Credential=[^/]+\/\d+\/([^/]+)\/secretsmanager/.exec(request.headers.authorization ?? '')?.[1] ?? '');
        const answer = this.answers.get(id) ?? { error: 'ResourceNotFoundException' };
        if (answer === 'silence') return;
        response.setHeader('content-type', 'application/x-amz-json-1.1');
        if ('error' in answer) {
          response.writeHead(answer.status ?? 400);
          response.end(JSON.stringify({ __type: answer.error, message: `said of ${id}` }));
        } else {
          response.end(JSON.stringify({ Name: id, ...('text' in answer ? { SecretString: answer.text } : { SecretBinary: answer.bytes }) }));
        }
      });
    });
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
