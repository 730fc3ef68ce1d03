import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import { calm } from '../../protocol/calm.fixture.ts';
import type { Choices } from './device.phases.ts';
import { windowOf } from './test-desktop.ts';
import { asked, beginSigning, live, start, stopAll } from './test-begun.ts';
import { TestAgent, grantsOf, sessionSignal, startOf, tagOf } from './test-device.ts';

afterEach(stopAll);

describe('Stop wins over everything', () => {
  test('from the window, the banner or the hotkey: nothing is sent or held from that line on', async () => {
    const { session, relay, agent, desktop, encoders, ended } = await live('control');
    const sent = relay.chunks.length;
    session.stop();
    assert.deepEqual(relay.signals.at(-1), { type: 'end', reason: 'sharer-stopped' });
    assert.equal(desktop.input.done.at(-1), 'release-all');
    desktop.captures[0]?.change();
    desktop.touch();
    await agent.operates({ type: 'key', code: 'KeyA', isDown: true }, 1n);
    assert.equal(relay.chunks.length, sent);
    assert.ok(!desktop.input.done.includes('key KeyA down'));
    assert.equal(encoders[0]?.isClosed, true);
    assert.equal(ended(), 'sharer-stopped');
  });

  test('over a Start that is still being signed', async () => {
    const { session, relay, consent, agent, desktop } = await asked();
    consent.does(startOf(agent.matchCode, 'control'));
    await beginSigning();
    session.stop();
    await calm();
    await relay.says(sessionSignal('active', { grantedMode: 'control' }));
    assert.deepEqual(relay.said().slice(2), ['end']);
    assert.equal(desktop.captures.length, 0);
  });

  test('over control that is still being signed: the last thing shown is the end', async () => {
    const { session, relay, consent, phases } = await live('view');
    consent.does({ type: 'allow', capability: 'input', scope: 'all' });
    await beginSigning();
    session.stop();
    await calm();
    assert.equal(relay.said().at(-1), 'end');
    assert.deepEqual([consent.steps().at(-1), phases.at(-1)], ['ended', 'ended']);
  });

  test('over a question that is still being prepared: it is never shown', async () => {
    const choices = Promise.withResolvers<Choices>();
    const device = await start({ surroundings: { choices: () => choices.promise } });
    await new TestAgent(device).join();
    device.session.stop();
    choices.resolve({ screens: [], windows: [] });
    await calm();
    assert.deepEqual(device.consent.steps(), ['waiting', 'ended']);
    assert.deepEqual(device.phases, ['waiting', 'ended']);
  });

  test('over a stream that is still being opened', async () => {
    const opening = Promise.withResolvers<never>();
    const { session, relay, consent, agent, phases } = await asked({
      options: { startStream: () => opening.promise },
    });
    consent.does(startOf(agent.matchCode, 'view'));
    await calm();
    await relay.says(sessionSignal('active', { grantedMode: 'view' }));
    session.stop();
    let stopped = 0;
    // Only `stop` may be called on it.
    opening.resolve({ stop: () => (stopped += 1) } as never);
    await calm();
    assert.deepEqual([stopped, phases.at(-1)], [1, 'ended']);
  });

  test('closing the window, and losing the connection, stop as well', async () => {
    const closing = await live('control');
    closing.consent.dismiss();
    await calm();
    assert.equal(closing.ended(), 'sharer-stopped');
    const losing = await live('control');
    losing.relay.refuse();
    await calm();
    assert.equal(losing.ended(), 'connection-lost');
    for (const { desktop } of [closing, losing]) {
      assert.equal(desktop.input.done.at(-1), 'release-all');
      assert.equal(desktop.captures[0]?.isClosed, true);
    }
  });

  test('although the display fails while it lets go', async () => {
    const { session, desktop, ended } = await live('control');
    desktop.input.releaseAll = () => {
      throw new Error('the display is gone');
    };
    session.stop();
    await calm();
    assert.equal(ended(), 'sharer-stopped');
    assert.equal(desktop.captures[0]?.isClosed, true);
  });
});

describe('a Start', () => {
  test('is for the agent who was on display, not for the one who joined meanwhile', async () => {
    const { device, relay, consent, agent, ended } = await asked();
    consent.does(startOf(agent.matchCode, 'control'));
    const other = new TestAgent(device, { sender: 2 });
    await other.join();
    await relay.says(sessionSignal('active'));
    assert.equal(ended(), undefined);
    assert.equal(relay.chunks.length, 0);
    assert.ok(!relay.said().includes('handshake/epoch'));
  });
});

describe('the local person', () => {
  test('wins: what the agent holds is let go, and the agent is told once', async () => {
    const { agent, desktop, relay } = await live('control');
    const input = tagOf(await grantsOf(relay), 'input');
    await agent.operates({ type: 'key', code: 'ShiftLeft', isDown: true }, input);
    desktop.touch();
    desktop.touch();
    await agent.operates({ type: 'key', code: 'KeyA', isDown: true }, input);
    assert.deepEqual(desktop.input.done, ['key ShiftLeft down', 'release-all']);
    assert.equal(agent.heard.filter((each) => each.includes('"isActive":true')).length, 1);
  });

  test('finds nothing held when the consent window takes the keyboard', async () => {
    const { agent, desktop, relay } = await live('control');
    await agent.operates({ type: 'key', code: 'Space', isDown: true }, tagOf(await grantsOf(relay), 'input'));
    const bounds = { x: 0, y: 0, width: 10, height: 10 };
    await desktop.setWindows([windowOf({ id: 'consent', pid: 7, bounds, isFocused: true })]);
    assert.deepEqual(desktop.input.done, ['key Space down', 'release-all']);
  });
});
