/** A way over the network that a test can cut, close and stall: a TCP forwarder on the loopback. */
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { once } from 'node:events';

interface Crossing {
  near: Socket;
  far: Socket;
}

export class CuttablePath {
  readonly port: number;
  /** Bytes that have come from the near end, whether they were let through or not. */
  sentBytes = 0;
  /** Where it leads. */
  farPort = 0;
  /** Nobody gets in. */
  isClosed = false;
  readonly #server: Server;
  readonly #crossings = new Set<Crossing>();
  /** What waits while no byte passes; undefined while they do. */
  #waiting: (() => void)[] | undefined;

  private constructor(server: Server) {
    this.#server = server;
    this.port = (server.address() as AddressInfo).port;
    server.on('connection', (near) => this.#onConnection(near));
  }

  static async open(): Promise<CuttablePath> {
    const server = createServer().unref();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new CuttablePath(server);
  }

  /** Every connection is reset at both ends. */
  cut(): void {
    for (const { near, far } of this.#crossings) for (const socket of [near, far]) socket.resetAndDestroy();
    this.#crossings.clear();
  }

  /** From here on no byte passes, and no end of a connection either. */
  stall(): void {
    this.#waiting ??= [];
  }

  /** What has waited passes, in its order. */
  flow(): void {
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    for (const pass of waiting) pass();
  }

  async close(): Promise<void> {
    this.cut();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #onConnection(near: Socket): void {
    if (this.isClosed) return void near.resetAndDestroy();
    const far = connect({ port: this.farPort, host: '127.0.0.1', noDelay: true });
    const crossing = { near: near.setNoDelay(true), far };
    this.#crossings.add(crossing);
    near.on('data', (bytes) => (this.sentBytes += bytes.length));
    this.#forward(near, far);
    this.#forward(far, near);
    const gone = (): void => void this.#crossings.delete(crossing);
    near.once('close', gone);
  }

  #forward(from: Socket, to: Socket): void {
    const pass = (step: () => void): void => {
      if (this.#waiting === undefined) step();
      else this.#waiting.push(step);
    };
    from.on('data', (bytes) => pass(() => to.write(bytes)));
    // Followed by `close`, which is passed on.
    from.on('error', () => undefined);
    from.once('close', () => pass(() => to.destroy()));
  }
}
