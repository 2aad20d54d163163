import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

interface Pair {
  readonly client: Socket;
  readonly server: Socket;
}

type Mode = 'forward' | 'stall' | 'swallow-answers' | 'refuse';

/**
 * Stands between a client and a server and passes bytes on, so TLS goes through it untouched, until it is told to do something else:
 *
 * - `cut()` ends every connection at once, as a network that resets them does. New ones are forwarded.
 * - `refuse()` ends every connection, and each new one as soon as it comes.
 * - `stall()` passes nothing more in either direction, and keeps the connections open: the other end is silent, not gone.
 * - `swallowAnswers()` still passes on what the client says, and drops what the server answers: a statement is done, and nobody hears
 *   of it. `answerSwallowed()` resolves when the server has answered something.
 * - `forward()` goes back to passing on. What was held back by `stall` comes through; a connection that had answers swallowed is of no
 *   more use under TLS, so `cut()` it.
 */
export class TcpProxy {
  /** Listens on a loopback address and forwards to a port of this machine. */
  static async to(serverPort: number, address = '127.0.0.1'): Promise<TcpProxy> {
    const proxy = new TcpProxy(serverPort);
    await new Promise<void>((resolve, reject) => {
      proxy.listener.once('error', reject);
      proxy.listener.listen(0, address, resolve);
    });
    return proxy;
  }

  private readonly listener: Server;
  private readonly pairs = new Set<Pair>();
  private readonly swallowed: Array<() => void> = [];
  private mode: Mode = 'forward';

  private constructor(private readonly serverPort: number) {
    // A half-closed connection is passed on as such.
    this.listener = createServer({ allowHalfOpen: true }, (client) => this.accept(client));
  }

  /** Where clients connect to. */
  get port(): number {
    const { port } = this.listener.address() as AddressInfo;
    return port;
  }

  /** How many connections are open. */
  get connections(): number {
    return this.pairs.size;
  }

  cut(): void {
    for (const { client, server } of this.pairs) {
      client.resetAndDestroy();
      server.resetAndDestroy();
    }
    this.pairs.clear();
  }

  refuse(): void {
    this.turn('refuse');
    this.cut();
  }

  stall(): void {
    this.turn('stall');
  }

  swallowAnswers(): void {
    this.turn('swallow-answers');
  }

  forward(): void {
    this.turn('forward');
  }

  /** Resolves when the server's next answer has been swallowed. */
  async answerSwallowed(): Promise<void> {
    await new Promise<void>((resolve) => this.swallowed.push(resolve));
  }

  /** Ends everything. */
  async close(): Promise<void> {
    this.cut();
    await new Promise<void>((resolve) => this.listener.close(() => resolve()));
  }

  private turn(mode: Mode): void {
    this.mode = mode;
    for (const { client, server } of this.pairs) {
      for (const socket of [client, server]) {
        if (mode === 'stall') socket.pause();
        else socket.resume();
      }
    }
  }

  private accept(client: Socket): void {
    if (this.mode === 'refuse') {
      client.on('error', () => undefined);
      client.resetAndDestroy();
      return;
    }
    const server = connect({ host: 'localhost', port: this.serverPort, allowHalfOpen: true });
    const pair = { client, server };
    this.pairs.add(pair);
    client.on('data', (bytes) => server.write(bytes));
    server.on('data', (bytes) => {
      if (this.mode === 'swallow-answers') this.swallowed.splice(0).forEach((resolve) => resolve());
      else client.write(bytes);
    });
    for (const [socket, other] of [[client, server], [server, client]]) {
      socket.setNoDelay(true);
      socket.on('end', () => other.end());
      socket.on('error', () => undefined);
      // One that ended in order has flushed what it had; one that failed takes the other with it.
      socket.on('close', (failed) => {
        this.pairs.delete(pair);
        if (failed) other.resetAndDestroy();
      });
    }
    if (this.mode === 'stall') {
      client.pause();
      server.pause();
    }
  }
}
