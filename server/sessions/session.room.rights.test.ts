import assert from 'node:assert/strict';
import { afterEach, describe, test, type TestContext } from 'node:test';
import { closeRooms, frameChunks, newGrant, openSession, reached, settle, type FakeSocket } from './test-room.ts';

afterEach(closeRooms);

/** A test whose seconds pass when it says so: refusals are reported once a second. */
function stopTime(t: TestContext): void {
  t.mock.timers.enable({ apis: ['setInterval'] });
}

interface Told {
  type: string;
  grantIds?: string[];
  by?: string;
  state?: string;
  grantedMode?: string | null;
  pauseReason?: string | null;
  deadlineAt?: number | null;
}
const toldBy = ({ log }: FakeSocket): Told[] =>
  log.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as Told);
const revokedFor = (socket: FakeSocket): string[] => toldBy(socket).flatMap(({ grantIds }) => grantIds ?? []);
const stateOf = (socket: FakeSocket): string => {
  const told = toldBy(socket).findLast(({ type }) => type === 'session');
  return `${told?.state} ${told?.grantedMode} ${told?.pauseReason}`;
};
const inputUnder = (tag: bigint) => frameChunks({ channel: 'input', sender: 1, grant: tag });
const pictureUnder = (tag: bigint) => frameChunks({ channel: 'picture', grant: tag, isKey: true });

describe('what is taken back in the portal', () => {
  test('covers nothing from the next chunk on, and the device is told by the ids of its grants', async () => {
    const { r, agent, device, view, input } = await openSession(['view', 'input']);
    agent.control.push(...inputUnder(input.tag));
    assert.equal(reached(device), 1);
    r.apply({ type: 'taken-back', capability: 'input', by: 'sharer' });
    agent.control.push(...inputUnder(input.tag));
    device.bulk.push(...pictureUnder(view.tag));
    assert.equal(reached(device), 1);
    assert.equal(reached(agent), 1);
    assert.deepEqual(revokedFor(device.control), [input.id]);
    for (const end of [agent, device]) assert.equal(stateOf(end.control), 'active view null');
  });

  test('or given back is told to the device as what it was', async () => {
    for (const by of ['sharer', 'agent'] as const) {
      const { r, device } = await openSession(['view', 'input']);
      r.apply({ type: 'taken-back', capability: 'input', by });
      assert.equal(toldBy(device.control).find(({ type }) => type === 'revoked')?.by, by);
    }
  });

  test('is view, and nothing passes either way: the session is paused', async () => {
    const { r, agent, device, view, input } = await openSession(['view', 'input']);
    r.apply({ type: 'taken-back', capability: 'view', by: 'sharer' });
    agent.control.push(...inputUnder(input.tag));
    device.bulk.push(...pictureUnder(view.tag));
    assert.equal(reached(device) + reached(agent), 0);
    assert.deepEqual(revokedFor(device.control), [view.id, input.id]);
    for (const end of [agent, device]) assert.equal(stateOf(end.control), 'paused null sharer');
  });

  test('is what the device has taken back itself: it is not told again', async () => {
    const { r, device, input } = await openSession(['view', 'input']);
    device.control.say({ type: 'revoke', grantId: input.id });
    await settle();
    r.apply({ type: 'taken-back', capability: 'input', by: 'sharer' });
    assert.deepEqual(revokedFor(device.control), []);
  });
});

describe('a pause', () => {
  test('by the portal, by the agent or by the device stops every chunk at once and is told to both with its deadline', async () => {
    const pausers = {
      sharer: ({ r }) => r.apply({ type: 'paused', by: 'sharer', reason: 'sharer' }),
      agent: ({ agent }) => agent.control.say({ type: 'pause' }),
      'screen-lock': ({ device }) => device.control.say({ type: 'pause', reason: 'screen-lock' }),
      'screen-disconnected': ({ device }) => device.control.say({ type: 'pause', reason: 'screen-disconnected' }),
      restarting: ({ device }) => device.control.say({ type: 'pause', reason: 'restarting' }),
    } satisfies Record<string, (session: Awaited<ReturnType<typeof openSession>>) => void>;
    for (const [reason, pause] of Object.entries(pausers)) {
      const session = await openSession(['view', 'input']);
      const { r, agent, device, view, input } = session;
      pause(session);
      await settle();
      agent.control.push(...inputUnder(input.tag));
      device.bulk.push(...pictureUnder(view.tag));
      assert.equal(reached(device) + reached(agent), 0);
      for (const end of [agent, device]) {
        assert.equal(stateOf(end.control), `paused null ${reason}`);
        const { stateSince } = r.facts();
        assert.equal(toldBy(end.control).at(-1)?.deadlineAt, stateSince + 600_000);
      }
    }
  });

  test('lets both ends agree on keys again, and nothing sealed pass before the sharer has granted anew', async () => {
    const { r, agent, device } = await openSession();
    r.apply({ type: 'paused', by: 'sharer', reason: 'sharer' });
    device.control.say({ type: 'peer', sender: 1, body: { type: 'handshake/commit', commitment: 'h'.repeat(43) } });
    await settle();
    assert.equal(toldBy(agent.control).at(-1)?.type, 'peer');
    const answer = {
      type: 'handshake/answer',
      certificate: 'pem',
      kemPublicKey: 'k'.repeat(87),
      nonce: 'h'.repeat(43),
      signature: 's'.repeat(342),
    };
    agent.control.say({ type: 'peer', body: answer });
    await settle();
    assert.equal(toldBy(device.control).at(-1)?.type, 'peer');

    const again = await newGrant('view');
    device.bulk.push(...pictureUnder(again.tag));
    assert.equal(reached(agent), 0);
    device.control.say(again.signal);
    await settle();
    assert.equal(r.facts().state, 'active');
    device.bulk.push(...pictureUnder(again.tag));
    assert.equal(reached(agent), 1);
  });

  test('is not ended by a grant that the device gave before it knew of the pause', async (t) => {
    stopTime(t);
    const { r, device } = await openSession();
    device.control.isFar = true;
    const [onTheWay, checked, after] = await Promise.all([newGrant('view'), newGrant('view'), newGrant('view')]);
    device.control.say(checked.signal);
    r.apply({ type: 'paused', by: 'sharer', reason: 'sharer' });
    device.control.say(onTheWay.signal);
    await settle();
    device.control.arrive();
    await settle();
    assert.equal(r.facts().state, 'paused');
    t.mock.timers.tick(1000);
    assert.equal(r.refusals.get('device not-active'), 2);

    device.control.say(after.signal);
    await settle();
    assert.equal(r.facts().state, 'active');
  });

  test('of the device’s own is ended by the grant that follows, however soon', async () => {
    const { r, device } = await openSession();
    device.control.isFar = true;
    const again = await newGrant('view');
    device.control.say({ type: 'pause', reason: 'sharer' });
    device.control.say(again.signal);
    await settle();
    assert.equal(r.facts().state, 'active');
  });

  test('of before is known to a device that has joined again since', async () => {
    const { r, agent, device } = await openSession();
    device.control.isFar = true;
    agent.bulk.drop();
    await settle();
    assert.equal(r.facts().pauseReason, 'agent-away');
    await r.joinAgent();
    const back = await r.joinDevice();
    back.control.say((await newGrant('view')).signal);
    await settle();
    assert.equal(r.facts().state, 'active');
  });
});

describe('what a device says for the record', () => {
  test('is written down and told to nobody else', async () => {
    const { r, agent, device } = await openSession();
    const before = agent.control.log.length;
    device.control.say({ type: 'declined', capability: 'input', reach: 'limited' });
    device.control.say({ type: 'masked', rule: 'password-managers' });
    await settle();
    assert.deepEqual(
      r.seenAtEvent.slice(-2).map(({ event }) => event),
      ['right-declined', 'masked'],
    );
    assert.ok(!agent.control.log.slice(before).some((line) => /declined|masked|password/.test(line)));
    assert.equal(r.facts().state, 'active');
  });

  test('is bounded: a flood of it is counted and not written', async (t) => {
    stopTime(t);
    const { r, device } = await openSession();
    for (let count = 0; count < 500; count++) device.control.say({ type: 'masked', rule: 'hr' });
    await settle();
    t.mock.timers.tick(1000);
    const written = r.seenAtEvent.filter(({ event }) => event === 'masked').length;
    assert.ok(written >= 60 && written < 70, String(written));
    assert.equal(r.refusals.get('device too-fast'), 500 - written);
  });
});
