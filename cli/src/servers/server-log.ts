import { readFile } from 'node:fs/promises';

const LINES = 30;

/** The end of what a server logged, for messages; from a position on where one is given. */
export async function endOfLog(file: string, from = 0): Promise<string> {
  const lines = (await logged(file)).subarray(from).toString('utf8').trimEnd().split('\n');
  return `the end of ${file}:\n${lines.slice(-LINES).join('\n')}`;
}

export async function logPosition(file: string): Promise<number> {
  return (await logged(file)).length;
}

async function logged(file: string): Promise<Buffer> {
  return readFile(file).catch(() => Buffer.alloc(0));
}
