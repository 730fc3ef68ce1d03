import { constants } from 'node:crypto';
import type { Socket } from 'node:net';
import { createServer, type Server, type ServerOptions } from 'node:https';
import { createSecureContext, type SecureContext, type SecureContextOptions } from 'node:tls';
import { createAdaptorServer } from '@hono/node-server';
import type { Hono } from 'hono';
import type { AccessEnv } from './access/access.middleware.ts';
import type { ShownCertificate } from './authority/server-certificates.ts';
import type { UpgradeRouter } from './platform/upgrades.ts';

export type TlsVersion = '1.2' | '1.3';

/** AES-256-GCM first (RFC 8446 §9.1 wants AES-128 to be there, so it comes last). */
const SUITES_1_3 = 'TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256';
/** RFC 9325 §4.2: ephemeral keys and authenticated encryption, nothing else. */
const SUITES_1_2 = ['AES256-GCM-SHA384', 'CHACHA20-POLY1305', 'AES128-GCM-SHA256']
  .flatMap((suite) => [`ECDHE-ECDSA-${suite}`, `ECDHE-RSA-${suite}`])
  .join(':');

/** What one kind of client gets: how it is spoken to, and what answers. */
export interface TlsEndParts {
  app: Hono<AccessEnv>;
  upgrades: UpgradeRouter;
  /** Called for each renewal too. The certificate for this SNI; null for a client that names none. */
  certificateFor(serverName: string | null): ShownCertificate;
  minVersion: TlsVersion;
  /** ALPN (RFC 7301), in our order. */
  protocols: readonly string[];
  /** PEM of the CA whose client certificates are asked for. What a certificate is worth is decided per route. */
  clientCa?: string;
}

/** A TLS server without a port of its own. */
export interface TlsEnd {
  take(connection: Socket): void;
  /** Asks for the certificates again; connections that are open keep theirs. */
  renew(): void;
  /** Says goodbye and lets running answers finish. */
  close(): void;
  /** Whatever has not gone by now. */
  terminate(): void;
}

export function createTlsEnd(parts: TlsEndParts): TlsEnd {
  const { app, upgrades, protocols, clientCa } = parts;
  const contexts = new WeakMap<ShownCertificate, SecureContext>();
  const contextFor = (serverName: string): SecureContext => {
    const shown = parts.certificateFor(serverName);
    const known = contexts.get(shown) ?? createSecureContext(contextOptions(parts, shown));
    contexts.set(shown, known);
    return known;
  };
  const serverOptions: ServerOptions = {
    ...contextOptions(parts, parts.certificateFor(null)),
    ALPNProtocols: [...protocols],
    SNICallback: (serverName, done) => done(null, contextFor(serverName)),
    ...(clientCa !== undefined && { requestCert: true, rejectUnauthorized: false }),
    // Milliseconds; an upload of 10 MiB at 1 Mbit/s takes 84 s.
    handshakeTimeout: 10_000,
    headersTimeout: 10_000,
    requestTimeout: 180_000,
    keepAliveTimeout: 30_000,
  };
  // `createServer` of node:https makes node:https servers; the adapter's type is wider.
  const server = createAdaptorServer({ fetch: app.fetch, createServer, serverOptions }) as Server;
  server.on('upgrade', (request, socket, head) => upgrades.handle(request, socket, head));
  // Scanners and closed laptops: a failed handshake is the client's affair.
  server.on('tlsClientError', (_error, socket) => socket.destroy());
  // Time limits and the list of idle connections start with this event, which a server without a port never has.
  server.emit('listening');
  return {
    take: (connection) => server.emit('connection', connection),
    renew: () => server.setSecureContext(contextOptions(parts, parts.certificateFor(null))),
    close: () => {
      upgrades.close();
      // Ends idle connections and the timer; there is no port to close.
      server.close(() => undefined);
    },
    terminate: () => {
      upgrades.terminate();
      server.closeAllConnections();
    },
  };
}

function contextOptions({ minVersion, clientCa }: TlsEndParts, shown: ShownCertificate): SecureContextOptions {
  return {
    cert: shown.certificate,
    key: shown.privateKey,
    ...(clientCa !== undefined && { ca: clientCa }),
    minVersion: `TLSv${minVersion}`,
    ciphers: minVersion === '1.2' ? `${SUITES_1_3}:${SUITES_1_2}` : SUITES_1_3,
    honorCipherOrder: true,
    // TLS 1.2 would let a client ask for one costly handshake after the other.
    secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
  };
}
