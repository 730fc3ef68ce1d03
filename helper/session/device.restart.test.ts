/** While Windows is asked for administrator rights for one agent, another one with another key joins. */
import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import { start, stopAll } from './test-begun.ts';
import { TestAgent, identityCertificate, otherKey, sessionSignal, startOf } from './test-device.ts';
import { OFFER, does, given, live, paused } from './test-elevation.ts';

afterEach(stopAll);

describe('a restart for one agent, while another one with another key joins,', () => {
  const OTHER = { sender: 2, certificate: identityCertificate({ key: otherKey }), key: otherKey };

  async function joinedMeanwhile() {
    const all = await live('possible');
    await does(all, OFFER);
    await all.relay.says(sessionSignal('paused', { pauseReason: 'restarting' }));
    const other = new TestAgent(all.device, OTHER);
    await other.join();
    return { all, other };
  }

  test('offers nobody anything: the page says what Windows asks', async () => {
    const { all, other } = await joinedMeanwhile();
    assert.deepEqual([paused(all).restart, paused(all).resume], ['asked', null]);
    await does(all, startOf(other.matchCode, 'view'));
    await all.relay.says(sessionSignal('active', { grantedMode: 'view' }));
    assert.deepEqual([await given(all), paused(all).restart], [['view', 'input'], 'asked']);
    await does(all, { type: 'stop' });
    assert.equal(all.ended(), 'sharer-stopped');
  });

  for (const isHere of [true, false])
    test(`hands over for the first one, the other one ${isHere ? 'waiting' : 'gone again'}`, async () => {
      const { all, other } = await joinedMeanwhile();
      await does(all, startOf(other.matchCode, 'view'));
      if (!isHere) await all.relay.says({ type: 'agent/left', sender: 2 });
      await all.answers(true);
      const resumed = all.handover() ?? assert.fail('not handed over');
      const next = await start({ surroundings: { elevation: () => 'elevated' }, options: { resumed } });
      await new TestAgent(next, OTHER).join();
      assert.equal(next.consent.last()?.step, 'ask');
      await new TestAgent(next).join();
      assert.deepEqual([paused(next).resume?.mode, paused(next).resume?.isElevated], ['control', true]);
    });

  test('asks about the other one after a no, who is let in like anybody', async () => {
    const { all, other } = await joinedMeanwhile();
    await all.answers(false);
    const view = all.consent.last();
    assert.ok(view?.step === 'ask' && view.codes.includes(other.matchCode));
    await does(all, startOf(other.matchCode, 'view'));
    await all.relay.says(sessionSignal('active', { grantedMode: 'view' }));
    assert.deepEqual((await given(all)).slice(2), ['view']);
    assert.equal(all.consent.last()?.step, 'live');
  });

  for (const when of ['before', 'after'] as const)
    test(`lets the first one go on after a no, the other one gone ${when} it`, async () => {
      const { all, other } = await joinedMeanwhile();
      await does(all, startOf(other.matchCode, 'view'));
      if (when === 'before') await all.relay.says({ type: 'agent/left', sender: 2 });
      await all.answers(false);
      if (when === 'after') await all.relay.says({ type: 'agent/left', sender: 2 });
      assert.equal(paused(all).restart, 'refused');
      await new TestAgent(all.device, { sender: 3 }).join();
      await does(all, { type: 'resume', mode: 'same' });
      assert.deepEqual((await given(all)).slice(2), ['view', 'input']);
    });
});
