import { parentPort, workerData } from 'node:worker_threads';
import { Load } from './load';
import type { ToWorker, WorkloadOptions } from '../contract';

/** Runs in a thread of its own, so that nothing the rehearsal does on its main thread delays a client. */
const port = parentPort;
if (port === null) throw new Error('worker: got the main thread, allowed: a worker that startWorkload started');

const load = new Load(workerData as Required<WorkloadOptions>, (message) => port.postMessage(message));
port.on('message', ({ type }: ToWorker) => {
  switch (type) {
    case 'pause': return load.pause();
    case 'resume': return load.resume();
    case 'stop': return void load.stop();
  }
});
void load.start();
