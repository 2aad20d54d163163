import { statSync } from 'node:fs';
import { LocalServer } from '../../../src/servers';

/** Makes a server, says what it is in a line of JSON, and stays until its input ends; with `leave` it ends at once, the server running. */
async function main(): Promise<void> {
  const server = await LocalServer.create({ major: 17, name: 'one-server' });
  const client = await server.connect();
  const { rows: [{ answer }] } = await client.query<{ answer: number }>('SELECT 42 AS answer');
  await client.end();
  const { pid, folder } = server;
  process.stdout.write(`${JSON.stringify({ answer, pid, folder, uid: process.getuid?.(), dataUid: statSync(server.dataDirectory).uid })}\n`);
  if (process.argv.includes('leave')) return;
  process.stdin.resume();
  process.stdin.once('end', () => server.remove());
}

void main();
