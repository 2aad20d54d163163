import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** A way to a server whose connections can fall silent for good, as behind a firewall that forgot them, while new ones are let through. */
export class SilentNetwork {
  public static async to(port: number): Promise<SilentNetwork> {
    const network = new SilentNetwork(port);
    await new Promise<void>((resolve) => network.listener.listen(0, '127.0.0.1', resolve));
    return network;
  }

  private readonly listener: Server;
  private readonly sockets = new Set<Socket>();

  private constructor(port: number) {
    this.listener = createServer((client) => {
      const server = connect({ host: 'localhost', port });
      for (const [from, to] of [[client, server], [server, client]]) {
        this.sockets.add(from);
        from.setNoDelay(true);
        from.pipe(to);
        from.on('error', () => undefined);
        from.on('close', () => to.destroy());
      }
    });
  }

  public get port(): number {
    return (this.listener.address() as AddressInfo).port;
  }

  public fallSilent(): void {
    for (const socket of this.sockets) socket.unpipe().pause();
  }

  public async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise<void>((resolve) => this.listener.close(() => resolve()));
  }
}
