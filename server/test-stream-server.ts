/** The stream's edges on a real port, as the server opens them, and clients that join there. */
import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import { Hono } from 'hono';
import type { ClientOptions } from 'ws';
import { HELPER_PROTOCOL, RELAY_PATHS } from '../protocol/relay.ts';
import type { AccessEnv } from './access/access.middleware.ts';
import { createListener } from './listeners.ts';
import { createClientAddresses } from './platform/client-address.ts';
import { silentLogger } from './platform/logger.ts';
import { originsOf } from './platform/origin.ts';
import { createUpgradeRouter } from './platform/upgrades.ts';
import { createTlsEnd } from './tls-end.ts';
import { SessionsGateway } from './sessions/sessions.gateway.ts';
import type { SessionsService } from './sessions/sessions.service.ts';
import type { TestSessions } from './sessions/test-sessions.ts';
import {
  NONCE,
  agentJoinMessage,
  openSocket,
  type Credentials,
  type Heard,
  type StreamClient,
} from './sessions/test-stream.ts';

const HOST = '127.0.0.1';
export const DEVICE_PATHS: readonly string[] = Object.values(RELAY_PATHS.device);
export const AGENT_PATHS: readonly string[] = Object.values(RELAY_PATHS.agent);

export interface Joined {
  control: StreamClient;
  bulk: StreamClient;
  welcome: Heard;
}

export interface StreamServer {
  gateway: SessionsGateway;
  origin: string;
  /** As a helper on the paths of devices, as a browser on all others. */
  dial(path: string, options?: ClientOptions & ConnectionOptions): Promise<StreamClient | number>;
  open(path: string, credentials?: Credentials): Promise<StreamClient>;
  joinAgent(ticket: string): Promise<Joined>;
  joinDevice(credentials: Credentials): Promise<Joined>;
  closeClients(): void;
  close(): Promise<void>;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, HOST, resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

export async function serveStream(t: TestSessions, sessions: SessionsService): Promise<StreamServer> {
  const { organisation, authority } = t;
  const keys = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const { certificate } = organisation.database.transaction((tx) =>
    authority.issueServerCertificate(tx, { hosts: [{ ip: HOST }], publicKey: keys.publicKey }),
  );
  const privateKey = keys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const shown = { certificate: certificate + authority.caCertificate, privateKey };
  const gateway = new SessionsGateway({ ...organisation, sessions });
  const port = await freePort();
  const origins = originsOf([HOST], port);
  const log = silentLogger;
  const routers = { portal: createUpgradeRouter({ log, origins }), device: createUpgradeRouter({ log, origins }) };
  gateway.registerAgents(routers.portal);
  gateway.registerDevices(routers.device);
  const common = { app: new Hono<AccessEnv>(), certificateFor: () => shown, minVersion: '1.3' } as const;
  const browsers = createTlsEnd({ ...common, upgrades: routers.portal, protocols: ['http/1.1'] });
  const clientCa = authority.caCertificate;
  const helpers = createTlsEnd({ ...common, upgrades: routers.device, protocols: [HELPER_PROTOCOL], clientCa });
  const addresses = createClientAddresses([]);
  const listener = createListener({ browsers, helpers, addresses, publicUrl: '', clock: organisation.clock, log });
  await listener.listen(port, HOST);
  return {
    ...createClients(port, authority.caCertificate),
    gateway,
    close: async () => {
      gateway.close();
      await listener.close(0);
    },
  };
}

function createClients(port: number, ca: string): Omit<StreamServer, 'gateway' | 'close'> {
  const clients: StreamClient[] = [];
  const origin = `https://${HOST}:${port}`;

  const dial: StreamServer['dial'] = (path, options = {}) => {
    const protocols = DEVICE_PATHS.includes(path) ? { ALPNProtocols: [HELPER_PROTOCOL] } : {};
    return openSocket(origin.replace('https:', 'wss:') + path, { ca, origin, ...protocols, ...options });
  };

  async function open(path: string, credentials?: Credentials): Promise<StreamClient> {
    const client = await dial(path, credentials);
    if (typeof client === 'number') throw new Error(`refused with ${client}`);
    clients.push(client);
    return client;
  }

  async function joinBoth(
    paths: { control: string; bulk: string },
    first: object,
    credentials?: Credentials,
  ): Promise<Joined> {
    const control = await open(paths.control, credentials);
    control.send(first);
    const welcome = await control.hears('welcome');
    const bulk = await open(paths.bulk, credentials);
    bulk.send({ type: 'join', ticket: welcome['bulkTicket'] });
    await control.hears('bulk-ready');
    return { control, bulk, welcome };
  }

  return {
    origin,
    dial,
    open,
    joinAgent: (ticket) => joinBoth(RELAY_PATHS.agent, agentJoinMessage(ticket)),
    joinDevice: (credentials) => joinBoth(RELAY_PATHS.device, { type: 'join', nonce: NONCE }, credentials),
    closeClients: () => {
      for (const client of clients.splice(0)) client.close();
    },
  };
}
