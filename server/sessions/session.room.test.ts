import assert from 'node:assert/strict';
import { afterEach, describe, test, type TestContext } from 'node:test';
import {
  SESSION,
  closeRooms,
  createTestRoom,
  frameChunks,
  newGrant,
  openSession,
  otherKeys,
  reached,
  settle,
  type FakeSocket,
} from './test-room.ts';

afterEach(closeRooms);

/** A test whose seconds pass when it says so: refusals are reported once a second. */
function stopTime(t: TestContext): void {
  t.mock.timers.enable({ apis: ['setInterval'] });
}

function last(socket: FakeSocket, count: number): string[] {
  return socket.heard().slice(-count);
}

describe('who sits in the room', () => {
  test('agent and device hear of each other once both connections of both are there, whoever comes first', async () => {
    for (const order of ['agent', 'device'] as const) {
      const r = createTestRoom();
      const first = order === 'agent' ? await r.joinAgent() : await r.joinDevice();
      assert.ok(!first.control.heard().some((each) => each.includes('joined')));
      const second = order === 'agent' ? await r.joinDevice() : await r.joinAgent();
      const [agent, device] = order === 'agent' ? [first, second] : [second, first];
      assert.deepEqual(last(agent.control, 1), ['device/joined']);
      assert.deepEqual(last(device.control, 1), ['agent/joined 1']);
    }
  });

  test('a control connection without its second one is not there: it is not introduced and passes nothing', async () => {
    const { r, device, view } = await openSession();
    await r.joinAgent();
    const half = r.seatAgent().control;
    half.push(...frameChunks({ channel: 'control', sender: 3, grant: view.tag }));
    half.say({ type: 'end' });
    await settle();
    assert.equal(reached(device), 0);
    assert.equal(r.facts().state, 'paused');
  });

  test('whoever hears that somebody connected finds them here', async () => {
    const r = createTestRoom();
    await r.joinAgent();
    await r.joinDevice();
    assert.deepEqual(r.seenAtEvent, [
      { event: 'connected', isAgentHere: true, isDeviceHere: false },
      { event: 'connected', isAgentHere: true, isDeviceHere: true },
    ]);
  });

  test('a second tab of the same agent replaces the first, with or without a device, and every right is gone', async () => {
    const { r, agent, device, view } = await openSession();
    const second = await r.joinAgent();
    assert.deepEqual(last(agent.control, 1), ['closed 4009 joined from elsewhere']);
    assert.deepEqual(last(agent.bulk, 1), ['closed 4009 joined from elsewhere']);
    const news = device.control.heard().filter((each) => each.startsWith('agent/'));
    assert.deepEqual(news, ['agent/joined 1', 'agent/left 1', 'agent/joined 2']);
    assert.equal(r.facts().state, 'paused');
    device.bulk.push(...frameChunks({ channel: 'picture', grant: view.tag, isKey: true }));
    assert.equal(second.bulk.chunks.length, 0);

    const alone = createTestRoom();
    await alone.joinAgent();
    const other = await alone.joinAgent();
    assert.equal(alone.emptied(), 0);
    assert.equal(other.control.heard().includes('bulk-ready'), true);
  });

  test('a tab that gave way and goes on sending reaches nobody', async () => {
    const { r, agent, device } = await openSession();
    const second = await r.joinAgent();
    const again = [await newGrant('view'), await newGrant('input')] as const;
    for (const grant of again) device.control.say(grant.signal);
    await settle();
    assert.equal(r.facts().state, 'active');
    agent.control.push(...frameChunks({ channel: 'input', sender: 1, grant: again[1].tag }));
    agent.control.say({ type: 'end' });
    await settle();
    assert.equal(reached(device), 0);
    assert.equal(r.facts().state, 'active');
    second.control.push(...frameChunks({ channel: 'input', sender: 2, grant: again[1].tag }));
    assert.equal(reached(device), 1);
  });

  test('a device that joins again replaces its old connections, which reach nobody any more', async () => {
    const { r, agent, device } = await openSession();
    const back = await r.joinDevice();
    assert.deepEqual(last(device.control, 1), ['closed 4009 joined again']);
    const grant = await newGrant('view');
    back.control.say(grant.signal);
    await settle();
    device.bulk.push(...frameChunks({ channel: 'picture', grant: grant.tag, isKey: true }));
    device.control.say({ type: 'end', reason: 'device-failed' });
    await settle();
    assert.equal(reached(agent), 0);
    assert.equal(r.facts().state, 'active');
    back.bulk.push(...frameChunks({ channel: 'picture', grant: grant.tag, isKey: true }));
    assert.equal(reached(agent), 1);

    const alone = createTestRoom();
    await alone.joinDevice();
    await alone.joinDevice();
    assert.equal(alone.emptied(), 0);
  });

  test('a device that leaves pauses the session; back again, it is introduced anew and must ask for every right', async () => {
    const { r, agent, device, view } = await openSession();
    device.bulk.drop();
    await settle();
    assert.deepEqual(
      agent.control.heard().filter((each) => /device|paused/.test(each)),
      ['device/joined', 'device/left', 'session paused'],
    );
    assert.equal(r.facts().pauseReason, 'network');
    assert.equal(last(device.control, 1)[0], 'closed 4000 other connection closed');

    const back = await r.joinDevice();
    assert.deepEqual(last(agent.control, 1), ['device/joined']);
    back.bulk.push(...frameChunks({ channel: 'picture', grant: view.tag, isKey: true }));
    back.control.say(view.signal);
    await settle();
    assert.equal(r.facts().state, 'paused');
    assert.equal(reached(agent), 0);
  });

  test('it is said once that nobody is left, also when somebody never got further than the first connection', async () => {
    const r = createTestRoom();
    const agent = await r.joinAgent();
    const device = await r.joinDevice();
    agent.control.drop();
    agent.bulk.drop();
    assert.equal(r.emptied(), 0);
    device.bulk.drop();
    device.control.drop();
    assert.equal(r.emptied(), 1);
    const half = createTestRoom();
    half.seatAgent().control.drop();
    assert.equal(half.emptied(), 1);
  });

  test('an agent who signs out leaves within a second, and with them every right', async (t) => {
    stopTime(t);
    const { r, agent, device } = await openSession();
    t.mock.timers.tick(5000);
    await settle();
    assert.equal(r.facts().state, 'active');
    r.signAgentOut();
    t.mock.timers.tick(1000);
    await settle();
    assert.ok(agent.control.heard().includes('closed 4003 signed out'));
    assert.deepEqual(last(device.control, 2), ['agent/left 1', 'session paused']);
    assert.ok(r.facts().grants.every((grant) => grant.isRevoked));
  });

  test('numbers of senders stay within the byte that a frame has for them, however often an agent joins', async () => {
    const r = createTestRoom();
    const senders = new Set<number>();
    for (let count = 0; count < 600; count++) senders.add(r.seatAgent().sender);
    assert.deepEqual([Math.min(...senders), Math.max(...senders)], [1, 255]);
  });

  test('who comes too late is sent away', async () => {
    const r = createTestRoom({ state: 'ended' });
    const agent = await r.joinAgent();
    const device = await r.joinDevice();
    for (const end of [agent, device]) assert.deepEqual(last(end.control, 1), ['closed 4003 session.state-changed']);
  });

  test('the end closes everybody, and each is told the state and the reason first', async () => {
    const { r, agent, device } = await openSession();
    agent.control.say({ type: 'end' });
    await settle();
    for (const end of [agent, device]) {
      assert.deepEqual(last(end.control, 2), ['session ended agent-stopped', 'closed 4000 session ended']);
      assert.deepEqual(last(end.bulk, 1), ['closed 4000 session ended']);
    }
    device.control.say({ type: 'pause', reason: 'sharer' });
    device.bulk.push(...frameChunks({ channel: 'picture', isKey: true }));
    await settle();
    assert.equal(reached(agent), 0);
    assert.deepEqual(r.failures, []);
  });
});

describe('grants', () => {
  const HOSTILE: [string, () => ReturnType<typeof newGrant>][] = [
    ['signed by another key', () => newGrant('view', { key: otherKeys.privateKey })],
    ['for another holder', () => newGrant('view', { holder: 'b2' })],
    ['for another session', () => newGrant('view', { sessionId: `ses_${'b'.repeat(26)}` })],
  ];
  for (const [what, make] of HOSTILE) {
    test(`a grant ${what} is refused and counted, and nothing follows from it`, async (t) => {
      stopTime(t);
      const r = createTestRoom();
      const agent = await r.joinAgent();
      const device = await r.joinDevice();
      const grant = await make();
      device.control.say(grant.signal);
      await settle();
      device.bulk.push(...frameChunks({ channel: 'picture', grant: grant.tag, isKey: true }));
      t.mock.timers.tick(1000);
      assert.equal(r.facts().state, 'connecting');
      assert.equal(reached(agent), 0);
      assert.deepEqual(
        [...r.refusals],
        [
          ['device no-grant', 1],
          ['device not-active', 1],
        ],
      );
    });
  }

  test('a grant whose text was changed is refused', async (t) => {
    stopTime(t);
    const r = createTestRoom();
    await r.joinAgent();
    const device = await r.joinDevice();
    const { signed } = await newGrant('view');
    device.control.say({
      type: 'grant',
      grant: { ...signed, statement: signed.statement.replace('"view"', '"input"') },
    });
    await settle();
    t.mock.timers.tick(1000);
    assert.deepEqual([...r.refusals], [['device no-grant', 1]]);
    assert.equal(r.facts().grants.length, 0);
  });

  test('a grant for an agent who is not there, or whose time is over, gives nothing', async () => {
    const r = createTestRoom();
    const device = await r.joinDevice();
    device.control.say((await newGrant('view')).signal);
    await settle();
    await r.joinAgent();
    device.control.say((await newGrant('view', { notAfter: Date.UTC(2026, 0, 5, 8) })).signal);
    await settle();
    assert.deepEqual([r.facts().state, r.facts().grants], ['connecting', []]);
  });

  test('a grant that was used before the agent joined again is refused afterwards', async (t) => {
    stopTime(t);
    const { r, device, view } = await openSession();
    const second = await r.joinAgent();
    device.control.say(view.signal);
    await settle();
    device.bulk.push(...frameChunks({ channel: 'picture', grant: view.tag, isKey: true }));
    t.mock.timers.tick(1000);
    assert.equal(r.facts().state, 'paused');
    assert.equal(reached(second), 0);
    assert.equal(r.refusals.get('device not-permitted'), 1);
  });

  test('a grant repeated while it is in force neither renews nor ends it', async () => {
    const { agent, device, view } = await openSession();
    device.control.say(view.signal);
    await settle();
    device.bulk.push(...frameChunks({ channel: 'picture', grant: view.tag, isKey: true }));
    assert.equal(reached(agent), 1);
  });

  test('a right that is taken back before its grant was even checked never comes into force', async () => {
    const { agent, device } = await openSession();
    const input = await newGrant('input');
    device.control.say(input.signal);
    device.control.say({ type: 'revoke', grantId: input.id });
    await settle();
    agent.control.push(...frameChunks({ channel: 'input', sender: 1, grant: input.tag }));
    assert.equal(reached(device), 0);
  });

  test('a right that is taken back covers nothing from the next chunk on, before anything is written', async () => {
    const { agent, device, input } = await openSession(['view', 'input']);
    const frame = frameChunks({ channel: 'input', sender: 1, grant: input.tag });
    agent.control.push(...frame);
    assert.equal(reached(device), 1);
    device.control.say({ type: 'revoke', grantId: input.id, cause: 'time' });
    agent.control.push(...frame);
    assert.equal(reached(device), 1);
  });

  test('view taken back and given again does not bring the right to operate back with it', async () => {
    const { r, agent, device, view, input } = await openSession(['view', 'input']);
    device.control.say({ type: 'revoke', grantId: view.id });
    await settle();
    assert.equal(r.facts().state, 'paused');
    device.control.say((await newGrant('view')).signal);
    await settle();
    assert.equal(r.facts().state, 'active');
    agent.control.push(...frameChunks({ channel: 'input', sender: 1, grant: input.tag }));
    assert.equal(reached(device), 0);
  });

  test('a grant that is still being checked when its device vanishes does not open the session', async () => {
    const r = createTestRoom();
    await r.joinAgent();
    const device = await r.joinDevice();
    device.control.say((await newGrant('view')).signal);
    device.bulk.drop();
    await settle();
    assert.equal(r.facts().state, 'connecting');
  });

  test('the reason for the end counts although the connection is gone before its turn comes', async () => {
    const { r, device } = await openSession();
    device.control.say((await newGrant('input')).signal);
    device.control.say({ type: 'end', reason: 'sharer-stopped' });
    device.control.drop();
    await settle();
    assert.equal(r.facts().state, 'ended');
  });
});

test('an agent whose pictures were dropped makes the device send one that needs nothing before it', async () => {
  const { r, agent, device, view } = await openSession();
  agent.bulk.waiting = 8 << 20;
  device.bulk.push(...frameChunks({ channel: 'picture', grant: view.tag }));
  assert.deepEqual(last(device.control, 1), ['key-needed']);
  assert.equal(SESSION, r.relay.sessionId);
});
