import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { STATE_DEADLINES } from '../../protocol/lifecycle.ts';
import type { SessionsService } from './sessions.service.ts';
import { frameChunks } from './test-room.ts';
import { createTestSessions, view, type TestSessions } from './test-sessions.ts';
import { newLiveSession, signedGrant, type LiveSession, type StreamClient } from './test-stream.ts';
import { serveStream, type Joined, type StreamServer } from '../test-stream-server.ts';

let t: TestSessions;
let server: StreamServer;
beforeEach(async () => {
  t = createTestSessions();
  const { clock } = t.organisation;
  // TLS looks at the clock on the wall, so certificates must be of today.
  clock.advance({ ms: Date.now() - clock.now() });
  server = await serveStream(t, t.sessions);
});
afterEach(async () => {
  server.closeClients();
  await server.close();
  t.close();
});

/** A session that the sharer has started, with both ends connected. */
async function openSession() {
  const session = await newLiveSession(t);
  const agent = await server.joinAgent(await session.newTicket());
  const device = await server.joinDevice(session.deviceCredentials);
  const grant = await grantView(session, device);
  return { session, agent, device, grant };
}

async function grantView(session: LiveSession, device: Joined) {
  const grant = await signedGrant(session, 'view', t.organisation.clock.now());
  device.control.send({ type: 'grant', grant: grant.signed });
  await device.control.hears('session', { state: 'active' });
  return grant;
}

/** The server stops, with or without a word, and starts again on the same data. */
async function restart(session: LiveSession, after = t.restart()): Promise<() => Promise<string>> {
  await server.close();
  after.pauseTorn();
  server = await serveStream(t, after);
  const signIn = t.organisation.signIns.find(session.agent.cookie.split('=')[1] ?? '');
  assert.ok(signIn);
  return () => Promise.resolve(after.issueTicket(signIn, session.id).ticket);
}

const picture = (tag: bigint, seq = 0n): Uint8Array[] =>
  frameChunks({ channel: 'picture', grant: tag, isKey: true, seq });

async function received(client: StreamClient): Promise<number> {
  // What was sent before on the same connection has arrived when this is answered.
  await client.settled();
  return client.chunks.length;
}

describe('after a restart of the server', () => {
  test('the device joins again with the certificate that it has, and the session waits for the sharer', async () => {
    const { session, device, grant } = await openSession();
    const newTicket = await restart(session);
    assert.equal(await device.control.closed, '1001 server stops');
    const back = await server.joinDevice(session.deviceCredentials);
    const agent = await server.joinAgent(await newTicket());
    await back.control.hears('agent/joined');
    await agent.control.hears('device/joined');
    const told = agent.control.heard.findLast(({ type }) => type === 'session');
    assert.deepEqual([told?.['state'], told?.['pauseReason'], told?.['grantedMode']], ['paused', 'network', null]);

    for (const chunk of picture(grant.tag)) back.bulk.send(chunk);
    back.control.send({ type: 'grant', grant: grant.signed });
    await back.control.hears('refused', { reason: 'not-active' });
    assert.equal(await received(agent.bulk), 0);

    const again = await grantView(session, back);
    for (const chunk of picture(again.tag)) back.bulk.send(chunk);
    await agent.bulk.hearsChunks(1);
    assert.equal((await view(session.agent.client, session.id)).state, 'active');
  });

  test('the end of the pause is the end for a device that comes too late: 403', async () => {
    const { session } = await openSession();
    const after: SessionsService = t.restart();
    await restart(session, after);
    t.organisation.clock.advance({ s: 600 });
    after.tick();
    assert.equal(after.status(session.id).endReason, 'connection-lost');
    await assert.rejects(server.joinDevice(session.deviceCredentials), /refused with 403/);
  });
});

describe('a device that vanishes', () => {
  test('pauses its session, joins again with the same certificate and needs a new grant', async () => {
    const { session, agent, device, grant } = await openSession();
    device.control.close();
    await agent.control.hears('session', { state: 'paused', pauseReason: 'network' });
    const back = await server.joinDevice(session.deviceCredentials);
    await agent.control.hears('device/joined', {}, 2);
    back.control.send({ type: 'grant', grant: grant.signed });
    await back.control.hears('refused', { reason: 'not-permitted' });
    const again = await grantView(session, back);
    for (const chunk of picture(again.tag)) back.bulk.send(chunk);
    await agent.bulk.hearsChunks(1);
  });

  test('may be away until the last moment of its session: the certificate lives as long', async () => {
    const { clock } = t.organisation;
    const session = await newLiveSession(t);
    await server.joinAgent(await session.newTicket());
    const device = await server.joinDevice(session.deviceCredentials);
    clock.advance({ s: STATE_DEADLINES.connecting.limitS - 1 });
    await grantView(session, device);
    const { deadlineAt } = t.sessions.status(session.id);
    clock.advance({ ms: (deadlineAt ?? 0) - clock.now() - 1000 });
    device.control.close();
    await device.bulk.closed;
    assert.equal(t.sessions.status(session.id).state, 'paused');
    const { notAfter } = session;
    assert.ok(notAfter > clock.now() + 60_000, 'room for clocks that differ');
  });
});

test('what the portal pauses and takes back is told to the device at once, by the ids of the grants', async () => {
  const { session, device, agent, grant } = await openSession();
  const input = await signedGrant(session, 'input', t.organisation.clock.now());
  device.control.send({ type: 'grant', grant: input.signed });
  await agent.control.hears('session', { grantedMode: 'control' });
  const { client } = session.employee;
  await client.post(`/api/sessions/${session.id}/take-back`, { capability: 'input' });
  assert.deepEqual((await device.control.hears('revoked'))['grantIds'], [input.id]);
  await agent.control.hears('session', { grantedMode: 'view' }, 2);
  await client.post(`/api/sessions/${session.id}/pause`);
  assert.deepEqual((await device.control.hears('revoked', {}, 2))['grantIds'], [grant.id]);
  for (const { control } of [agent, device]) await control.hears('session', { state: 'paused', pauseReason: 'sharer' });
});
