import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** Somebody else listens where a server was to listen. */
export class PortTakenError extends Error {}

/**
 * Below the ports that systems give to outgoing connections (32768 and up on Linux): while a server is down for a restart, a client's own
 * end would take its port, or a client that retries would connect to itself.
 */
const FIRST = 20_000;
const LAST = 32_000;
const TRIES = 20;

/** Runs `use` with a free port of 127.0.0.1, and again with another when it was taken in between. */
export async function withFreePort<T>(use: (port: number) => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    const port = randomInt(FIRST, LAST);
    if (await isFree(port)) {
      try {
        return await use(port);
      } catch (error) {
        if (!(error instanceof PortTakenError) || tries >= TRIES) throw error;
      }
    }
    if (tries >= TRIES) throw new Error(`no free port on 127.0.0.1 between ${FIRST} and ${LAST} in ${TRIES} tries`);
  }
}

async function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}
