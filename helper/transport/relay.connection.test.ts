import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:https';
import type { TLSSocket } from 'node:tls';
import { afterEach, describe, test } from 'node:test';
import { WebSocketServer, type WebSocket } from 'ws';
import { RELAY_PATHS, type RelayToDevice } from '../../protocol/relay.ts';
import { createTestAuthority, deviceOf, newTestKey, type TestAuthority } from '../enrol/test-authority.ts';
import { RelayConnection } from './relay.connection.ts';

const HOST = '127.0.0.1';
const serverKey = newTestKey();
const deviceKey = newTestKey();
const authority = createTestAuthority();
const foreign = createTestAuthority();
const SESSION_ID = `ses_${'a'.repeat(26)}`;
const certificate = authority.issue({ ...deviceOf(SESSION_ID), publicKeyPem: deviceKey.publicKeyPem });
const WELCOME = { type: 'welcome', sessionId: SESSION_ID, bulkTicket: 'b'.repeat(43) } as const;

interface Arrival {
  path: string;
  origin: string | undefined;
  isAuthorized: boolean;
  socket: WebSocket;
}

const servers: Server[] = [];
const connections: RelayConnection[] = [];
afterEach(async () => {
  for (const connection of connections.splice(0)) connection.close();
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

/** A relay that does what the test says with each connection. */
async function relay(onArrival: (arrival: Arrival) => void, by: TestAuthority = authority) {
  const names = [{ type: 7, ip: HOST }];
  const cert = by.issue({
    subject: [{ shortName: 'CN', value: 'relay' }],
    altNames: names,
    publicKeyPem: serverKey.publicKeyPem,
  });
  const tls = { cert, key: serverKey.privateKeyPem, ca: authority.pem, requestCert: true, rejectUnauthorized: false };
  const server = createServer(tls);
  const upgrades = new WebSocketServer({ noServer: true });
  server.on('upgrade', (request, socket, head) => {
    upgrades.handleUpgrade(request, socket, head, (webSocket) => {
      const isAuthorized = (socket as TLSSocket).authorized;
      onArrival({ path: request.url ?? '', origin: request.headers.origin, isAuthorized, socket: webSocket });
    });
  });
  // Who does not trust us leaves during the handshake.
  server.on('tlsClientError', () => undefined);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, HOST, resolve));
  const { port } = server.address() as { port: number };
  const endpoint = { host: HOST, port, ca: authority.pem, certificate, privateKey: deviceKey.privateKeyPem };
  const connection = new RelayConnection(endpoint);
  connections.push(connection);
  return { connection, port };
}

const say = (socket: WebSocket, signal: RelayToDevice): void => socket.send(JSON.stringify(signal));

/** A relay that lets the device in, and the messages that it got. */
async function friendlyRelay(onJoined: (sockets: { control: WebSocket; bulk: WebSocket }) => void = () => undefined) {
  const got: string[] = [];
  const arrivals: Arrival[] = [];
  const sockets: Partial<Record<'control' | 'bulk', WebSocket>> = {};
  const { connection, port } = await relay((arrival) => {
    arrivals.push(arrival);
    const kind = arrival.path === RELAY_PATHS.device.control ? 'control' : 'bulk';
    sockets[kind] = arrival.socket;
    arrival.socket.on('message', (message, isBinary) => {
      got.push(`${kind} ${isBinary ? 'chunk' : (message as Buffer).toString()}`);
      if (kind === 'control' && got.length === 1) say(arrival.socket, WELCOME);
      const { control, bulk } = sockets;
      if (kind === 'bulk' && control !== undefined && bulk !== undefined) onJoined({ control, bulk });
    });
  });
  return { connection, port, got, arrivals, sockets };
}

describe('the device opens its connections', () => {
  test('with its certificate and the relay’s own origin, control first, then bulk with the ticket', async () => {
    const joined = Promise.withResolvers<undefined>();
    const { connection, port, got, arrivals } = await friendlyRelay(() => joined.resolve(undefined));
    assert.deepEqual(await connection.open(), { sessionId: SESSION_ID });
    await joined.promise;
    assert.deepEqual(got, [
      `control {"type":"join","nonce":"${connection.nonce}"}`,
      `bulk {"type":"join","ticket":"${WELCOME.bulkTicket}"}`,
    ]);
    const origin = `https://${HOST}:${port}`;
    assert.deepEqual(
      arrivals.map((each) => [each.path, each.origin, each.isAuthorized]),
      [
        ['/device/control', origin, true],
        ['/device/bulk', origin, true],
      ],
    );
  });

  test('to the pinned CA alone', async () => {
    const arrivals: Arrival[] = [];
    const { connection } = await relay((arrival) => arrivals.push(arrival), foreign);
    await assert.rejects(connection.open(), /closed/);
    assert.deepEqual(arrivals, []);
  });

  test('and says so when the relay refuses, with the reason', async () => {
    const { connection } = await relay(({ socket }) => socket.close(4003, 'session.state-changed'));
    let closings = 0;
    connection.onClose(() => (closings += 1));
    await assert.rejects(connection.open(), /4003 session.state-changed/);
    assert.equal(closings, 1);
  });

  test('and gives up on a relay that is silent', async (t) => {
    t.mock.timers.enable({ apis: ['setInterval', 'Date'], now: Date.now() });
    const arrived = Promise.withResolvers<undefined>();
    const { connection } = await relay(() => arrived.resolve(undefined));
    const opening = assert.rejects(connection.open(), /closed/);
    await arrived.promise;
    t.mock.timers.tick(13_000);
    await opening;
  });

  test('not at all when it was closed meanwhile', async () => {
    const arrivals: Arrival[] = [];
    const { connection } = await relay((arrival) => {
      arrivals.push(arrival);
      arrival.socket.on('message', () => {
        say(arrival.socket, WELCOME);
      });
    });
    connection.onSignal(() => connection.close());
    const opening = assert.rejects(connection.open());
    connection.close();
    await opening;
    assert.ok(!arrivals.some((each) => each.path === RELAY_PATHS.device.bulk));
  });

  test('and a no that was said while they opened reaches the relay', async () => {
    const joined = Promise.withResolvers<undefined>();
    const { connection, got } = await friendlyRelay(() => joined.resolve(undefined));
    connection.signal({ type: 'end', reason: 'sharer-declined' });
    await connection.open();
    await joined.promise;
    await connection.closeGently();
    assert.ok(got.includes('control {"type":"end","reason":"sharer-declined"}'), got.join('\n'));
  });
});

describe('an open connection', () => {
  test('takes from the relay what is in its language, and nothing else', async () => {
    const heard: string[] = [];
    const done = Promise.withResolvers<undefined>();
    const { connection } = await friendlyRelay(({ control }) => {
      for (const text of ['no JSON', '{"type":"format-disk"}', '{"type":"agent/joined"}', '[]']) control.send(text);
      say(control, { type: 'agent/left', sender: 3 });
    });
    connection.onSignal((signal) => {
      heard.push(signal.type);
      done.resolve(undefined);
    });
    await connection.open();
    await done.promise;
    assert.deepEqual(heard, ['agent/left']);
  });

  test('carries chunks of each kind on its own connection, both ways', async () => {
    const heard: string[] = [];
    const done = Promise.withResolvers<undefined>();
    const { connection, got } = await friendlyRelay(({ control, bulk }) => {
      if (got.some((each) => each.endsWith('chunk'))) return;
      control.send(Uint8Array.of(1, 2));
      bulk.send(Uint8Array.of(3));
    });
    connection.onChunk((kind, chunk) => {
      heard.push(`${kind} ${chunk.join()}`);
      if (heard.length === 2) done.resolve(undefined);
    });
    await connection.open();
    await done.promise;
    assert.deepEqual(heard.toSorted(), ['bulk 3', 'control 1,2']);
    connection.sendChunk('bulk', Uint8Array.of(9));
    connection.sendChunk('control', Uint8Array.of(9));
    await connection.closeGently();
    assert.deepEqual(got.slice(2).toSorted(), ['bulk chunk', 'control chunk']);
  });

  test('is over as a whole when one half is lost, once', async () => {
    const { connection, sockets } = await friendlyRelay();
    const closed = Promise.withResolvers<undefined>();
    let closings = 0;
    connection.onClose(() => {
      closings += 1;
      closed.resolve(undefined);
    });
    await connection.open();
    const other = new Promise((resolve) => sockets.control?.once('close', resolve));
    sockets.bulk?.terminate();
    await closed.promise;
    await other;
    connection.close();
    assert.equal(closings, 1);
    connection.signal({ type: 'end', reason: 'device-failed' });
    connection.sendChunk('bulk', Uint8Array.of(1));
  });

  test('is closed when a message is larger than any of ours', async () => {
    const closed = Promise.withResolvers<undefined>();
    const { connection } = await friendlyRelay(({ bulk }) => bulk.send(new Uint8Array(100_000)));
    connection.onChunk(() => assert.fail('was taken'));
    connection.onClose(() => closed.resolve(undefined));
    await connection.open();
    await closed.promise;
  });
});
