import { extname, join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { WorkloadOptions } from './contract';

/** Starts the clients' thread: the compiled file where this file is compiled, the TypeScript through tsx where it is not. */
export function startThread(options: Required<WorkloadOptions>): Worker {
  const extension = extname(__filename);
  const entry = join(__dirname, 'clients', `worker${extension}`);
  if (extension === '.js') return new Worker(entry, { workerData: options });
  // A worker takes no loader for its first file on every version of Node that is supported, so that file is a line of JavaScript.
  const start = `require(${JSON.stringify(require.resolve('tsx/cjs'))}); require(${JSON.stringify(entry)});`;
  return new Worker(start, { eval: true, workerData: options });
}
