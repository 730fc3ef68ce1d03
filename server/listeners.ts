import { createServer, type Server, type ServerOptions } from 'node:https';
import { createAdaptorServer } from '@hono/node-server';
import type { Hono } from 'hono';
import type { AccessEnv } from './access/access.middleware.ts';
import type { ServerCertificate } from './authority/server-certificate.ts';
import type { UpgradeRouter } from './platform/upgrades.ts';

/** TLS 1.3 only, AES-256-GCM first (RFC 8446 §9.1 wants AES-128 to be there, so it comes last). */
const CIPHERS = 'TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256';

export interface Listener {
  listen(port: number, address: string): Promise<void>;
  renew(certificate: ServerCertificate): void;
  /** Stops accepting and lets running answers finish until `deadlineMs` has passed. */
  close(deadlineMs: number): Promise<void>;
}

export interface ListenerParts {
  app: Hono<AccessEnv>;
  upgrades: UpgradeRouter;
  certificate: ServerCertificate;
  /** PEM of the CA whose client certificates are asked for. What a certificate is worth is decided per route. */
  clientCa?: string;
}

export function createListener({ app, upgrades, certificate, clientCa }: ListenerParts): Listener {
  const context = (from: ServerCertificate): ServerOptions => ({
    cert: from.certificate,
    key: from.privateKey,
    ...(clientCa !== undefined && { ca: clientCa }),
    minVersion: 'TLSv1.3',
    ciphers: CIPHERS,
    honorCipherOrder: true,
  });
  const serverOptions: ServerOptions = {
    ...context(certificate),
    ...(clientCa !== undefined && { requestCert: true, rejectUnauthorized: false }),
    // Milliseconds; an upload of 10 MiB at 1 Mbit/s takes 84 s.
    headersTimeout: 10_000,
    requestTimeout: 180_000,
    keepAliveTimeout: 30_000,
  };
  // `createServer` of node:https makes node:https servers; the adapter's type is wider.
  const server = createAdaptorServer({ fetch: app.fetch, createServer, serverOptions }) as Server;
  server.on('upgrade', (request, socket, head) => upgrades.handle(request, socket, head));
  // Scanners and closed laptops: a failed handshake is the client's affair.
  server.on('tlsClientError', (_error, socket) => socket.destroy());
  return {
    listen: (port, address) =>
      new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen(port, address, () => {
          server.off('error', reject);
          resolve();
        });
      }),
    renew: (renewed) => server.setSecureContext(context(renewed)),
    close: (deadlineMs) =>
      new Promise((resolve) => {
        // Sockets are no longer HTTP connections: the server would wait for them and never hurry them.
        const hurry = setTimeout(() => {
          upgrades.terminate();
          server.closeAllConnections();
        }, deadlineMs);
        upgrades.close();
        server.close(() => {
          clearTimeout(hurry);
          resolve();
        });
        server.closeIdleConnections();
      }),
  };
}
