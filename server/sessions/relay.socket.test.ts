import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { WebSocket, WebSocketServer } from 'ws';
import { awaitJoin, type RelaySocket } from './relay.socket.ts';

let server: WebSocketServer;
let client: WebSocket;
let socket: RelaySocket;
/** Text messages that the server has heard. */
let heard: string[];

beforeEach(async () => {
  server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
  const connected = once(server, 'connection') as Promise<[WebSocket]>;
  // Answers pings when the test says so.
  const { port } = server.address() as AddressInfo;
  client = new WebSocket(`ws://127.0.0.1:${port}`, { autoPong: false });
  const [accepted] = await connected;
  const joining = awaitJoin(accepted);
  await once(client, 'open');
  client.send('join');
  const joined = await joining;
  assert.equal(joined?.text, 'join');
  socket = joined.socket;
  heard = [];
  socket.attach({
    onSignal: (text) => heard.push(text),
    onChunk: () => undefined,
    onRefused: () => undefined,
    onClose: () => undefined,
  });
});
afterEach(() => {
  client.terminate();
  server.close();
});

/** What the client has sent until now has been read. */
async function settled(): Promise<void> {
  client.ping();
  await once(client, 'pong');
}

describe('an echo', () => {
  test('comes when the other end has received what was sent before, and not a message sooner', async () => {
    const order: string[] = [];
    client.on('message', (data) => order.push((data as Buffer).toString()));
    socket.send('news');
    let isHeard = false;
    socket.echo(() => (isHeard = true));
    const [ping] = (await once(client, 'ping')) as [Buffer];
    assert.deepEqual(order, ['news']);
    client.send('sent before the answer');
    await settled();
    assert.deepEqual([heard, isHeard], [['sent before the answer'], false]);
    client.pong(ping);
    await settled();
    assert.ok(isHeard);
  });

  test('is not the answer to something earlier, nor one that nobody asked for', async () => {
    socket.echo(() => undefined);
    const [earlier] = (await once(client, 'ping')) as [Buffer];
    let isHeard = false;
    socket.echo(() => (isHeard = true));
    const [ping] = (await once(client, 'ping')) as [Buffer];
    for (const answer of [earlier, Buffer.from(''), Buffer.from('x'), Buffer.from('-1')]) client.pong(answer);
    await settled();
    assert.ok(!isHeard);
    client.pong(ping);
    await settled();
    assert.ok(isHeard);
  });

  test('of several may be one answer, to the last of them, and a second answer changes nothing', async () => {
    const order: number[] = [];
    const pings: Buffer[] = [];
    client.on('ping', (ping) => pings.push(ping));
    for (const nth of [1, 2, 3]) socket.echo(() => order.push(nth));
    await settled();
    for (const answer of [pings.at(-1), pings.at(-1)]) client.pong(answer);
    await settled();
    assert.deepEqual(order, [1, 2, 3]);
  });
});
