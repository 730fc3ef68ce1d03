import assert from 'node:assert/strict';
import { afterEach, describe, test, type TestContext } from 'node:test';
import { CHUNK_PREFIX_BYTES, MAX_CHUNK_BYTES } from '../../protocol/frame.ts';
import type { SessionState } from '../../protocol/lifecycle.ts';
import {
  closeRooms,
  createTestRoom,
  frameChunks,
  newGrant,
  openSession,
  reached,
  settle,
  type End,
} from './test-room.ts';

afterEach(closeRooms);

/** A test whose seconds pass when it says so: refusals are reported once a second. */
function stopTime(t: TestContext): void {
  t.mock.timers.enable({ apis: ['setInterval'] });
}

describe('a hostile agent with a valid ticket and certificate', () => {
  const attacks = (viewTag: bigint): [keyof End, Uint8Array, string][] => {
    const one = (...made: Parameters<typeof frameChunks>): Uint8Array => frameChunks(...made)[0] ?? new Uint8Array();
    const broken = (at: number, value: number): Uint8Array => {
      const chunk = one({ channel: 'control', sender: 1, grant: viewTag });
      chunk[at] = value;
      return chunk;
    };
    return [
      ['control', one({ channel: 'input', sender: 1, grant: viewTag }), 'no-grant'],
      ['control', one({ channel: 'input', sender: 1, grant: 7n }), 'no-grant'],
      ['control', one({ channel: 'control', sender: 1, grant: 7n }), 'no-grant'],
      ['control', one({ channel: 'control', sender: 0, grant: viewTag }), 'wrong-sender'],
      ['control', one({ channel: 'control', sender: 2, grant: viewTag }), 'wrong-sender'],
      ['control', one({ channel: 'cursor', sender: 1, grant: viewTag }), 'wrong-direction'],
      ['bulk', one({ channel: 'picture', sender: 1, grant: viewTag, isKey: true }), 'wrong-direction'],
      ['bulk', one({ channel: 'input', sender: 1, grant: viewTag }), 'wrong-connection'],
      ['control', one({ channel: 'picture', sender: 1, grant: viewTag }), 'wrong-connection'],
      ['control', new Uint8Array(CHUNK_PREFIX_BYTES), 'too-short'],
      ['control', new Uint8Array(MAX_CHUNK_BYTES + 1), 'too-long'],
      ['control', broken(0, 2), 'unknown-version'],
      ['control', broken(1, 99), 'unknown-channel'],
      ['control', broken(3, 2), 'bad-flags'],
      ['control', broken(27, 0), 'bad-length'],
      ['control', broken(31, 9), 'bad-count'],
    ];
  };
  const isMalformed = (reason: string): boolean => /^(too|unknown|bad)-/.test(reason);

  for (const state of ['accepted', 'connecting', 'active', 'paused'] as const satisfies SessionState[]) {
    test(`reaches the device with nothing while ${state}, and every refusal is counted by its reason`, async (t) => {
      stopTime(t);
      const r = createTestRoom({ state: state === 'accepted' ? 'accepted' : 'connecting' });
      const agent = await r.joinAgent();
      const device = await r.joinDevice();
      const view = await newGrant('view');
      if (state === 'active' || state === 'paused') device.control.say(view.signal);
      await settle();
      if (state === 'paused') device.control.say({ type: 'pause', reason: 'sharer' });
      await settle();
      assert.equal(r.facts().state, state);

      const expected = new Map<string, number>();
      for (const [connection, chunk, reason] of attacks(view.tag)) {
        agent[connection].push(chunk);
        const counted = `agent ${state === 'active' || isMalformed(reason) ? reason : 'not-active'}`;
        expected.set(counted, (expected.get(counted) ?? 0) + 1);
      }
      t.mock.timers.tick(1000);
      assert.equal(reached(device), 0);
      const counted = [...r.refusals].filter(([name]) => name.startsWith('agent'));
      assert.deepEqual(counted.toSorted(), [...expected].toSorted());
      const told = agent.control.log.filter((line) => line.includes('"refused"'));
      assert.equal(told.length, expected.size);
    });
  }

  test('may not join at all before the sharer accepted or once it is over', async () => {
    for (const state of ['requested', 'invited', 'ended'] as const) {
      const r = createTestRoom({ state });
      const agent = await r.joinAgent();
      assert.equal(r.room.isAgentHere, false);
      assert.equal(agent.control.heard().at(-1), 'closed 4003 session.state-changed');
    }
  });

  test('speaks to the device in words of the key agreement alone; all else is counted', async (t) => {
    stopTime(t);
    const { r, agent, device, view } = await openSession();
    const before = device.control.log.length;
    const texts = [
      'no JSON',
      '{"type":"grant"}',
      { type: 'grant', grant: view.signed },
      { type: 'revoke', grantId: view.id },
      { type: 'pause', reason: 'agent' },
      { type: 'end', reason: 'sharer-stopped' },
      { type: 'peer', body: { type: 'handshake/commit', commitment: 'x'.repeat(43) } },
      { type: 'peer', sender: 2, body: { type: 'handshake/answer' } },
      { type: 'key-needed' },
      JSON.stringify({ type: 'end' }).repeat(2),
    ];
    for (const text of texts) agent.control.say(text);
    agent.bulk.say({ type: 'end' });
    await settle();
    t.mock.timers.tick(1000);
    assert.equal(device.control.log.length, before);
    assert.equal(r.facts().state, 'active');
    assert.equal(r.refusals.get('agent invalid-signal'), texts.length + 1);
  });

  test('cannot flood the device: beyond the limit chunks are dropped and counted', async (t) => {
    stopTime(t);
    const { r, agent, device, input } = await openSession(['view', 'input']);
    const startedAt = performance.now();
    const chunk = frameChunks({ channel: 'input', sender: 1, grant: input.tag });
    for (let count = 0; count < 10_000; count++) agent.control.push(...chunk);
    const allowed = 2000 + performance.now() - startedAt + 1;
    t.mock.timers.tick(1000);
    assert.ok(reached(device) <= allowed, `${reached(device)} of ${allowed}`);
    assert.equal(reached(device) + (r.refusals.get('agent too-fast') ?? 0), 10_000);
  });

  test('is not forgotten by leaving: what was refused is reported although the connection is gone', async () => {
    const { r, agent } = await openSession();
    agent.control.push(new Uint8Array(3));
    agent.control.drop();
    assert.equal(r.refusals.get('agent too-short'), 1);
  });
});

describe('a hostile device', () => {
  const picture = (grant: bigint) => frameChunks({ channel: 'picture', grant, isKey: true });

  test('shows nothing before a grant, after it took view back, and while paused', async (t) => {
    stopTime(t);
    const r = createTestRoom();
    const agent = await r.joinAgent();
    const device = await r.joinDevice();
    const view = await newGrant('view');
    device.bulk.push(...picture(view.tag));
    device.control.say(view.signal);
    await settle();
    device.bulk.push(...picture(view.tag));
    assert.equal(reached(agent), 1);
    device.bulk.push(...picture(7n));
    device.control.say({ type: 'revoke', grantId: view.id });
    device.bulk.push(...picture(view.tag));
    await settle();
    device.bulk.push(...picture(view.tag));
    t.mock.timers.tick(1000);
    assert.equal(reached(agent), 1);
    assert.deepEqual(
      [...r.refusals].toSorted(),
      [
        ['device no-grant', 1],
        ['device not-active', 2],
        ['device not-permitted', 1],
      ].toSorted(),
    );
  });

  test('cannot speak as an agent, nor to one who is not there', async (t) => {
    stopTime(t);
    const { r, agent, device, view } = await openSession(['view', 'input']);
    const before = agent.control.log.length;
    device.control.push(...frameChunks({ channel: 'input', sender: 0, grant: view.tag }));
    device.control.push(...frameChunks({ channel: 'control', sender: 1, grant: view.tag }));
    const body = { type: 'handshake/commit', commitment: 'x'.repeat(43) };
    device.control.say({ type: 'peer', sender: 9, body });
    device.control.say({ type: 'peer', sender: 1, body: { ...body, type: 'handshake/answer' } });
    device.control.say({ type: 'end', reason: 'agent-stopped' });
    await settle();
    t.mock.timers.tick(1000);
    assert.equal(agent.control.log.length, before);
    assert.equal(reached(agent), 0);
    assert.deepEqual(
      [...r.refusals].toSorted(),
      [
        ['device invalid-signal', 2],
        ['device wrong-direction', 1],
        ['device wrong-sender', 1],
      ].toSorted(),
    );
  });

  test('cannot flood the agent', async (t) => {
    stopTime(t);
    const { r, agent, device, view } = await openSession();
    const startedAt = performance.now();
    const [chunk = new Uint8Array()] = picture(view.tag);
    for (let count = 0; count < 20_000; count++) device.bulk.push(chunk);
    t.mock.timers.tick(1000);
    assert.ok(reached(agent) <= 8001 + 8 * (performance.now() - startedAt));
    assert.equal(reached(agent) + (r.refusals.get('device too-fast') ?? 0), 20_000);
  });
});
