/** A TCP forwarder between browser and server that counts what reaches the browser; it sees TLS as bytes like any other. */
import { once } from 'node:events';
import { createServer, connect } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';

export interface ByteCounter {
  /** Bytes from server to browser so far, over all connections, TLS and WebSocket framing included. */
  bytes(): number;
}

export interface CountingProxy extends ByteCounter {
  port: number;
  close(): Promise<void>;
}

/** Forwards connections on a free loopback port to `targetPort` on loopback. */
export async function startCountingProxy(targetPort: number): Promise<CountingProxy> {
  let toBrowser = 0;
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (browser) => {
    const target = connect({ port: targetPort, host: '127.0.0.1', noDelay: true });
    for (const [socket, peer] of [
      [browser, target],
      [target, browser],
    ] as const) {
      sockets.add(socket);
      // A reset by either side is an ordinary end of a connection here.
      socket.on('error', () => peer.destroy());
      socket.on('close', () => {
        sockets.delete(socket);
        peer.destroySoon();
      });
    }
    target.on('data', (chunk) => {
      toBrowser += chunk.length;
    });
    browser.pipe(target);
    target.pipe(browser);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    // A listening TCP server has an AddressInfo; only pipes have a string.
    port: (server.address() as AddressInfo).port,
    bytes: () => toBrowser,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
