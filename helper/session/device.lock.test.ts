/** The desktop is taken from the helper and comes back: locks, and what the system asks on a desktop of its own. */
import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import { calm } from '../../protocol/calm.fixture.ts';
import type { LockReason } from '../platform/platform.ts';
import { SETTLE_MS } from './settling.ts';
import { live, stopAll } from './test-begun.ts';
import { grantsOf, sessionSignal, tagOf, type TestAgent } from './test-device.ts';

afterEach(stopAll);

type Live = Awaited<ReturnType<typeof live>>;

const KEY = { type: 'key', code: 'KeyA', isDown: true };
const EVERYTHING = 'masks [{"x":0,"y":0,"width":1000,"height":800}]';

/** What the agent was told last holds their hand back. */
function frozenBy({ agent }: { agent: TestAgent }): unknown {
  const frozen = agent.heard.findLast((each) => each.startsWith('control {"type":"frozen"'));
  return frozen && (JSON.parse(frozen.slice('control '.length)) as { by: unknown }).by;
}

/** The keys that reached the desktop since the last question. */
async function keys({ agent, relay, desktop }: Live): Promise<string[]> {
  desktop.input.done.length = 0;
  await agent.operates(KEY, tagOf(await grantsOf(relay), 'input'));
  return desktop.input.done;
}

async function say({ agent, relay }: Live, message: object): Promise<void> {
  const payload = new TextEncoder().encode(JSON.stringify(message));
  await agent.link?.send('control', payload, { grant: tagOf(await grantsOf(relay), 'view') });
  await calm();
}

async function becomes({ desktop, session }: Live, reason: LockReason | undefined): Promise<void> {
  desktop.lock.reason = reason;
  session.onLock(reason);
  await calm();
}

describe('a lock', () => {
  test('offers nothing while it lasts, and the session goes on once the sharer says so', async () => {
    for (const reason of ['locked', 'disconnected'] as const) {
      const all = await live({ mode: 'control' });
      await becomes(all, reason);
      const pauseReason = reason === 'locked' ? 'screen-lock' : 'screen-disconnected';
      assert.deepEqual(all.relay.signals.at(-1), { type: 'pause', reason: pauseReason });
      await all.relay.says(sessionSignal('paused', { pauseReason }));
      const view = all.consent.last();
      assert.ok(view?.step === 'paused');
      assert.equal(view.resume, null);
      await becomes(all, undefined);
      const open = all.consent.last();
      assert.ok(open?.step === 'paused' && open.resume !== null);
    }
  });
});

describe('a question of the system on a desktop of its own', () => {
  test('is covered, takes nothing from afar, and the session goes on after it without a click', async () => {
    const all = await live({ mode: 'control' });
    assert.deepEqual(await keys(all), ['key KeyA down']);
    await becomes(all, 'secure-desktop');
    assert.equal(all.desktop.input.done.at(-1), 'release-all');
    const log = all.encoders[0]?.log ?? [];
    assert.equal(log.at(-1), EVERYTHING);
    assert.deepEqual([await keys(all), frozenBy(all)], [[], 'secure-desktop']);
    assert.ok(all.relay.signals.some((signal) => signal.type === 'masked' && signal.rule === 'elevation'));
    await becomes(all, undefined);
    assert.deepEqual([await keys(all), frozenBy(all)], [['key KeyA down'], null]);
    all.clock.mono += SETTLE_MS;
    log.length = 0;
    const grabs = all.desktop.captures[0]?.grabs ?? 0;
    all.desktop.secrets.tell();
    await say(all, { type: 'ack', frame: 99 });
    assert.ok((all.desktop.captures[0]?.grabs ?? 0) > grabs, 'the picture goes on');
    assert.deepEqual(log, [], 'and nothing of it is covered');
    assert.ok(all.relay.signals.every(({ type }) => type !== 'pause' && type !== 'revoke'));
  });

  test('leaves a question of the agent open', async () => {
    const all = await live({ mode: 'view' });
    const ask = { type: 'ask', id: '0'.repeat(16), capability: 'input', reach: 'all', reason: 'to restart the queue' };
    await say(all, ask);
    assert.equal(frozenBy(all), 'question');
    await becomes(all, 'secure-desktop');
    assert.equal(frozenBy(all), 'secure-desktop');
    await becomes(all, undefined);
    assert.equal(frozenBy(all), 'question');
  });
});
