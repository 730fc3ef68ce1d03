import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { WebSocket } from 'ws';
import { liveFromServer, type LiveFromServer } from '../../protocol/api/live.ts';
import { TestTimers } from '../platform/test-timers.ts';
import { createUpgradeRouter } from '../platform/upgrades.ts';
import { CLOSE_CODES, LIVE_PATH, registerLiveGateway } from './live.gateway.ts';
import { createTestOrganisation, TEST_ORIGIN, type TestOrganisation, type TestPerson } from './test-organisation.ts';

let organisation: TestOrganisation;
let timers: TestTimers;
let http: Server;
let port = 0;
const sockets: WebSocket[] = [];

beforeEach(async () => {
  organisation = createTestOrganisation();
  timers = new TestTimers();
  const router = createUpgradeRouter({ log: organisation.log, origins: new Set([TEST_ORIGIN]) });
  registerLiveGateway(router, { ...organisation, timers });
  http = createServer().on('upgrade', (request, socket, head) => router.handle(request, socket, head));
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  port = (http.address() as AddressInfo).port;
});
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.terminate();
  http.close();
  http.closeAllConnections();
});

interface Dialled {
  socket: WebSocket;
  next(): Promise<LiveFromServer>;
  closed: Promise<number>;
}

function dial(cookie: string | undefined, origin: string | undefined = TEST_ORIGIN, path = LIVE_PATH): Dialled {
  const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, {
    headers: { ...(cookie !== undefined && { cookie }), ...(origin !== '' && { origin }) },
  });
  sockets.push(socket);
  const heard: LiveFromServer[] = [];
  const waiting: ((message: LiveFromServer) => void)[] = [];
  socket.on('message', (bytes) => {
    const message = liveFromServer.parse(JSON.parse(bytes.toString()));
    const first = waiting.shift();
    if (first === undefined) heard.push(message);
    else first(message);
  });
  socket.on('error', () => undefined);
  return {
    socket,
    next: () => {
      const first = heard.shift();
      return first === undefined ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(first);
    },
    closed: new Promise((resolve) => socket.on('close', (code) => resolve(code))),
  };
}

/** The status with which a handshake was refused. */
async function refusal(dialled: Dialled): Promise<number> {
  return new Promise((resolve, reject) => {
    dialled.socket.on('unexpected-response', (_request, response) => resolve(response.statusCode ?? 0));
    dialled.socket.on('open', () => reject(new Error('the socket was opened')));
  });
}

const tokenOf = (person: TestPerson): string =>
  organisation.signIns.find(person.cookie.split('=')[1] ?? '')?.liveToken ?? '';

async function join(person: TestPerson): Promise<Dialled> {
  const dialled = dial(person.cookie);
  await once(dialled.socket, 'open');
  dialled.socket.send(JSON.stringify({ type: 'hello', token: tokenOf(person) }));
  assert.deepEqual(await dialled.next(), { type: 'welcome' });
  return dialled;
}

describe('the live socket', () => {
  test('is refused without our Origin, whoever’s cookie comes with it', async () => {
    const { cookie } = organisation.addPerson({ roles: ['admin'] });
    for (const origin of ['', 'null', 'https://evil.example', 'http://desk.example:8443', 'https://desk.example'])
      for (const path of [LIVE_PATH, '/elsewhere'])
        assert.equal(await refusal(dial(cookie, origin, path)), 403, origin);
    assert.equal(await refusal(dial(cookie, TEST_ORIGIN, '/elsewhere')), 404);
  });

  test('is refused without a sign-in', async () => {
    for (const cookie of [undefined, '__Host-handrail=', `__Host-handrail=${'A'.repeat(43)}`, 'other=1'])
      assert.equal(await refusal(dial(cookie)), 401);
  });

  test('tells nothing before the token of the same sign-in was said', async () => {
    const [person, other] = [organisation.addPerson(), organisation.addPerson()];
    for (const hello of [
      { type: 'hello', token: 'wrong' },
      { type: 'hello', token: tokenOf(other) },
      { type: 'hello', token: tokenOf(person), extra: 1 },
      { type: 'typing', requestId: 'req_aaaaaaaaaaaaaaaaaaaaaaaaaa' },
      'garbage',
    ]) {
      const dialled = dial(person.cookie);
      await once(dialled.socket, 'open');
      organisation.hub.notifyPerson(person.id, { type: 'queue/changed' });
      dialled.socket.on('message', () => assert.fail('something was told'));
      dialled.socket.send(typeof hello === 'string' ? hello : JSON.stringify(hello));
      assert.equal(await dialled.closed, CLOSE_CODES['bad-hello']);
    }
    assert.equal(organisation.hub.connections().length, 0);
  });

  test('is closed when no hello comes in time', async () => {
    const dialled = dial(organisation.addPerson().cookie);
    await once(dialled.socket, 'open');
    timers.runAfter();
    assert.equal(await dialled.closed, CLOSE_CODES['bad-hello']);
  });

  test('tells people what is for them and for their roles, and nothing else', async () => {
    const agent = organisation.addPerson({ roles: ['agent'] });
    const employee = organisation.addPerson();
    const [atAgent, atEmployee] = [await join(agent), await join(employee)];
    organisation.hub.notifyRole('agent', { type: 'queue/changed' });
    organisation.hub.notifyPerson(employee.id, {
      type: 'request/changed',
      requestId: 'req_aaaaaaaaaaaaaaaaaaaaaaaaaa',
    });
    assert.deepEqual(await atAgent.next(), { type: 'queue/changed' });
    assert.equal((await atEmployee.next()).type, 'request/changed');
    assert.equal(organisation.hub.isPersonConnected(agent.id), true);
    atAgent.socket.close();
    await atAgent.closed;
    assert.equal(organisation.hub.isPersonConnected(agent.id), false);
  });

  test('passes typing on with who types, and not more often than anybody can type', async () => {
    const person = organisation.addPerson({ name: '王芳' });
    const names: string[] = [];
    const requestId = 'req_aaaaaaaaaaaaaaaaaaaaaaaaaa';
    const dialled = await join(person);
    const first = new Promise<void>((resolve) => {
      organisation.hub.onTyping(({ from }) => {
        names.push(from.name);
        resolve();
      });
    });
    for (let index = 0; index < 50; index += 1) dialled.socket.send(JSON.stringify({ type: 'typing', requestId }));
    await first;
    dialled.socket.send('garbage');
    await dialled.closed;
    assert.deepEqual(
      names,
      Array.from({ length: 5 }, () => '王芳'),
    );
  });

  test('ends with the sign-in: at once when somebody ends it, at the next look when it runs out', async () => {
    const [person, other] = [organisation.addPerson(), organisation.addPerson()];
    const [first, second] = [await join(person), await join(other)];
    organisation.hub.close(({ personId }) => personId === person.id, 'signed-out');
    assert.deepEqual(await first.next(), { type: 'signed-out' });
    assert.equal(await first.closed, CLOSE_CODES['signed-out']);
    organisation.clock.advance({ h: 3 });
    timers.runEvery();
    assert.deepEqual(await second.next(), { type: 'signed-out' });
    assert.equal(await second.closed, CLOSE_CODES['signed-out']);
    assert.equal(organisation.hub.connections().length, 0);
  });

  test('leaves no timer behind', async () => {
    const dialled = await join(organisation.addPerson());
    dialled.socket.close();
    await dialled.closed;
    while (timers.running > 0) await new Promise((resolve) => setImmediate(resolve));
  });
});
