import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { STATUS_CODES } from 'node:http';
import { WebSocketServer, type WebSocket } from 'ws';
import type { Logger } from './logger.ts';
import { isOurOrigin, type Origins } from './origin.ts';

export interface Upgrade {
  request: IncomingMessage;
  /** Completes the handshake. Call once, before or instead of `refuse`. */
  accept(): Promise<WebSocket>;
  /** Answers with this status and closes. */
  refuse(status: number): void;
}

export type UpgradeHandler = (upgrade: Upgrade) => void | Promise<void>;

/** All WebSocket paths of one listener. */
export interface UpgradeRouter {
  /** `path` is matched exactly. */
  register(path: string, options: { maxPayloadBytes: number }, handler: UpgradeHandler): void;
  /** For the server's `upgrade` event. */
  handle(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** For shutdown: says goodbye to all (1001, RFC 6455 §7.4.1). */
  close(): void;
  /** Whoever has not answered the goodbye. */
  terminate(): void;
}

export interface UpgradeRouterOptions {
  log: Logger;
  /**
   * Absent, `null` and foreign Origin are refused before anything else, on every path, cookie and certificate
   * notwithstanding. The helper names the device listener's own.
   */
  origins: Origins;
}

function refuse(socket: Duplex, status: number): void {
  const reason = STATUS_CODES[status] ?? 'Error';
  socket.end(`HTTP/1.1 ${status} ${reason}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

export function createUpgradeRouter(options: UpgradeRouterOptions): UpgradeRouter {
  const routes = new Map<string, { server: WebSocketServer; handler: UpgradeHandler }>();

  return {
    register: (path, { maxPayloadBytes }, handler) => {
      if (routes.has(path)) throw new Error(`the socket path ${path} is taken`);
      const server = new WebSocketServer({ noServer: true, maxPayload: maxPayloadBytes, perMessageDeflate: false });
      routes.set(path, { server, handler });
    },
    handle: (request, socket, head) => {
      // A socket that dies during the handshake is not news.
      socket.on('error', (error) => options.log.debug('socket/handshake-lost', { error }));
      if (!isOurOrigin(request.headers.origin, options.origins)) {
        options.log.warn('socket/origin-refused', { path: request.url?.split('?')[0], origin: request.headers.origin });
        refuse(socket, 403);
        return;
      }
      const route = routes.get(request.url?.split('?')[0] ?? '');
      if (route === undefined) {
        refuse(socket, 404);
        return;
      }
      const upgrade: Upgrade = {
        request,
        accept: () =>
          new Promise((resolve) => {
            route.server.handleUpgrade(request, socket, head, (webSocket) => resolve(webSocket));
          }),
        refuse: (status) => refuse(socket, status),
      };
      Promise.resolve()
        .then(() => route.handler(upgrade))
        .catch((error: unknown) => {
          options.log.error('socket/failed', { path: request.url?.split('?')[0], error });
          socket.destroy();
        });
    },
    close: () => {
      for (const { server } of routes.values()) for (const client of server.clients) client.close(1001, 'server stops');
    },
    terminate: () => {
      for (const { server } of routes.values()) for (const client of server.clients) client.terminate();
    },
  };
}
