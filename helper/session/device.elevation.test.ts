/** Programs with administrator rights: a right of its own, for which this program may have to start again. */
import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import { MAX_AGREEMENTS } from '../../protocol/handshake.ts';
import { calm } from '../../protocol/calm.fixture.ts';
import type { ElevationState } from '../platform/platform.ts';
import { sessionHandover, type SessionHandover } from './handover.ts';
import { SETTLE_MS } from './settling.ts';
import { live as begun, start, stopAll } from './test-begun.ts';
import { SCREEN, windowOf } from './test-desktop.ts';
import { OFFER, does, given, live, paused, type Live } from './test-elevation.ts';
import { POLICY, TestAgent, grantsOf, identityCertificate, otherKey, sessionSignal, tagOf } from './test-device.ts';

afterEach(stopAll);

const ID = '0011223344556677';
const KEY = { type: 'key', code: 'KeyA', isDown: true };
const CLICK = { type: 'pointer/button', x: 5, y: 5, button: 0, isDown: true };
const YES = { type: 'answer', id: ID, answer: 'session', scope: 'all' } as const;

async function ask({ agent, relay }: Pick<Live, 'agent' | 'relay'>, capability = 'elevated'): Promise<void> {
  const question = { type: 'ask', id: ID, capability, reach: 'all', reason: 'to install the driver' };
  const payload = new TextEncoder().encode(JSON.stringify(question));
  await agent.link?.send('control', payload, { grant: tagOf(await grantsOf(relay), 'view') });
  await calm();
}

/** The last thing of this type that the agent was told. */
function told({ agent }: Pick<Live, 'agent'>, type: string): Record<string, unknown> | undefined {
  const found = agent.heard.findLast((each) => each.startsWith(`control {"type":"${type}"`));
  return found === undefined ? undefined : (JSON.parse(found.slice('control '.length)) as Record<string, unknown>);
}

const isAskable = (all: Live): boolean => JSON.stringify(told(all, 'grants')?.['askable']).includes('elevated');

/** Input of these kinds that was applied in a window with administrator rights which has the focus. */
async function applied(all: Live, ...messages: object[]): Promise<string[]> {
  all.desktop.input.done.length = 0;
  for (const message of messages) await all.agent.operates(message, tagOf(await grantsOf(all.relay), 'input'));
  return all.desktop.input.done.filter((each) => each !== 'release-all');
}

async function openElevated(all: Live): Promise<void> {
  await all.desktop.setWindows([windowOf({ isFocused: true, isElevated: true })]);
  all.clock.mono += SETTLE_MS;
}

describe('the right to programs with administrator rights', () => {
  test('is neither asked for nor offered where there are none to be had', async () => {
    const all = await live('impossible');
    assert.equal(isAskable(all), false);
    await ask(all);
    assert.equal(told(all, 'question')?.['state'], 'refused');
    await does(all, OFFER);
    assert.deepEqual(await given(all), ['view', 'input']);
    const view = all.consent.last();
    assert.ok(view?.step === 'live' && view.allowed.every(({ capability }) => capability !== 'elevated'));
  });

  test('where this program has them is a grant like any other, and what it was given on is its own text', async () => {
    const all = await live('elevated');
    await openElevated(all);
    assert.ok(isAskable(all));
    assert.deepEqual(await applied(all, KEY, CLICK), []);
    assert.equal(told(all, 'input-refused')?.['reason'], 'elevated');
    await ask(all);
    const view = all.consent.last();
    assert.ok(view?.step === 'question' && view.question.capability === 'elevated' && view.elevation === 'elevated');
    await does(all, YES);
    assert.equal(told(all, 'question')?.['state'], 'granted');
    const grant = (await grantsOf(all.relay)).at(-1);
    assert.deepEqual(
      [grant?.capability, grant?.scope.reach, grant?.purpose, grant?.consentText],
      ['elevated', 'all', 'session', 'text of elevated'],
    );
    assert.deepEqual(await applied(all, KEY, CLICK), ['key KeyA down', 'move 105,55', 'button 0 down']);
    assert.deepEqual(all.asked, [], 'nothing was started');
  });

  test('taken back ends at once: what is held is let go, and such windows take nothing again', async () => {
    const all = await live('elevated');
    await openElevated(all);
    await does(all, OFFER);
    assert.deepEqual(await applied(all, KEY), ['key KeyA down']);
    all.consent.does({ type: 'take-back', capability: 'elevated' });
    assert.equal(all.desktop.input.done.at(-1), 'release-all');
    await calm();
    assert.deepEqual(await applied(all, KEY, CLICK), []);
    await all.desktop.setWindows([windowOf({ isFocused: true })]);
    all.clock.mono += SETTLE_MS;
    assert.deepEqual(await applied(all, KEY), ['key KeyA down'], 'other windows still do');
  });

  test('taken back lets go of a button that is held in such a window, whatever has the keyboard', async () => {
    const all = await live('elevated');
    await all.desktop.setWindows([windowOf({ isElevated: true }), windowOf({ id: 'other', isFocused: true })]);
    all.clock.mono += SETTLE_MS;
    await does(all, OFFER);
    assert.deepEqual(await applied(all, CLICK), ['move 105,55', 'button 0 down']);
    all.consent.does({ type: 'take-back', capability: 'elevated' });
    assert.equal(all.desktop.input.done.at(-1), 'release-all');
  });

  describe('ends with mouse and keyboard, and does not come back with them', () => {
    const held = (all: Live): string[] =>
      (told(all, 'grants')?.['rights'] as { capability: string }[]).map(({ capability }) => capability);
    const revoked = ({ relay }: Live): string[] =>
      relay.signals.flatMap((signal) => (signal.type === 'revoke' ? [`${signal.grantId} ${signal.cause ?? ''}`] : []));

    test('when the sharer takes them back', async () => {
      const all = await live('elevated');
      await does(all, OFFER);
      await does(all, { type: 'take-back', capability: 'input' });
      const ids = (await grantsOf(all.relay)).slice(1).map(({ id }) => `${id} `);
      assert.deepEqual([held(all), revoked(all)], [['view'], ids]);
      await does(all, { type: 'allow', capability: 'input', scope: 'all' });
      assert.deepEqual(held(all), ['view', 'input']);
    });

    test('when the portal takes them back, or the agent gives them back', async () => {
      const all = await live('elevated');
      await does(all, OFFER);
      const [, input, elevated] = await grantsOf(all.relay);
      await all.relay.says({ type: 'revoked', grantIds: [input?.id ?? ''], by: 'agent' });
      assert.deepEqual([held(all), revoked(all)], [['view'], [`${elevated?.id} `]]);
      await does(all, { type: 'allow', capability: 'input', scope: 'all' });
      assert.deepEqual(held(all), ['view', 'input']);
    });

    test('when their time is over', async (t) => {
      t.mock.timers.enable({ apis: ['setInterval'] });
      const all = await live('elevated', 'view');
      await ask(all, 'input');
      await does(all, { ...YES, answer: 'task' });
      await does(all, OFFER);
      assert.deepEqual(held(all), ['view', 'input', 'elevated']);
      const [, input, elevated] = await grantsOf(all.relay);
      all.clock.mono += 899_000;
      all.desktop.touch();
      all.clock.mono += 1000;
      t.mock.timers.tick(1000);
      await calm();
      assert.deepEqual([held(all), revoked(all)], [['view'], [`${input?.id} time`, `${elevated?.id} time`]]);
      await does(all, { type: 'allow', capability: 'input', scope: 'all' });
      assert.deepEqual(held(all), ['view', 'input']);
    });
  });

  test('is offered again after a pause, unless it was taken back', async () => {
    for (const isTakenBack of [false, true]) {
      const all = await live('elevated');
      await does(all, OFFER);
      if (isTakenBack) await does(all, { type: 'take-back', capability: 'elevated' });
      await does(all, { type: 'pause' });
      await all.relay.says(sessionSignal('paused', { pauseReason: 'sharer' }));
      assert.equal(paused(all).resume?.isElevated, !isTakenBack);
      await does(all, { type: 'resume', mode: 'same' });
      const again = (await given(all)).slice(3);
      assert.deepEqual(again, isTakenBack ? ['view', 'input'] : ['view', 'input', 'elevated']);
    }
  });

  test('is not offered again without mouse and keyboard, which were for one task', async () => {
    const all = await live('elevated', 'view');
    await ask(all, 'input');
    await does(all, { ...YES, answer: 'task' });
    await does(all, OFFER);
    assert.deepEqual(await given(all), ['view', 'input', 'elevated']);
    await does(all, { type: 'pause' });
    await all.relay.says(sessionSignal('paused', { pauseReason: 'sharer' }));
    assert.deepEqual([paused(all).resume?.mode, paused(all).resume?.isElevated], ['view', false]);
  });

  test('is neither asked for nor given to whom only a part of the screen may operate', async () => {
    for (const elevation of ['possible', 'elevated'] as const) {
      const all = await live(elevation, { mode: 'limited', operate: [{ kind: 'window', windowId: 'window' }] });
      await ask(all);
      assert.equal(told(all, 'question')?.['state'], 'refused');
      await does(all, OFFER);
      assert.deepEqual([await given(all), all.asked], [['view', 'input'], []]);
    }
  });
});

describe('starting again with administrator rights', () => {
  test('pauses first: nothing is sent or held, and no right is given, while Windows asks', async () => {
    const all = await live('possible');
    assert.deepEqual(await applied(all, KEY), ['key KeyA down']);
    await ask(all);
    await does(all, YES);
    assert.deepEqual(all.relay.signals.at(-1), { type: 'pause', reason: 'restarting' });
    assert.deepEqual(all.asked, ['paused'], 'asked once, and only then');
    assert.equal(all.desktop.captures[0]?.isClosed, true);
    assert.equal(all.desktop.input.done.at(-1), 'release-all');
    assert.deepEqual(await given(all), ['view', 'input']);
  });

  test('comes of the sharer’s own offer as well', async () => {
    const all = await live('possible');
    await does(all, OFFER);
    assert.deepEqual([all.relay.signals.at(-1), all.asked], [{ type: 'pause', reason: 'restarting' }, ['paused']]);
  });

  test('offers nothing while Windows asks, whoever is there, and nothing lets it go on', async () => {
    const all = await live('possible');
    await does(all, OFFER);
    await all.relay.says(sessionSignal('paused', { pauseReason: 'restarting' }));
    const back = new TestAgent(all.device, { sender: 2 });
    await back.join();
    for (const pausedBy of ['restarting', 'network'] as const) {
      await all.relay.says(sessionSignal('paused', { pauseReason: pausedBy }));
      assert.deepEqual([paused(all).restart, paused(all).resume], ['asked', null]);
    }
    await does(all, { type: 'resume', mode: 'same' });
    assert.deepEqual(await given(all), ['view', 'input']);
  });

  for (const how of ['refused', 'failed'] as const)
    test(`that is ${how} is said, and it goes on without, when the sharer says so`, async () => {
      const all = await live('possible');
      await does(all, OFFER);
      await all.relay.says(sessionSignal('paused', { pauseReason: 'restarting' }));
      if (how === 'refused') await all.answers(false);
      else all.windows.reject(new Error('no such file'));
      await calm();
      const { reason, restart, resume } = paused(all);
      assert.deepEqual(
        [reason, restart, resume?.mode, resume?.isElevated],
        ['restarting', 'refused', 'control', false],
      );
      assert.equal(all.handover(), undefined);
      await does(all, { type: 'resume', mode: 'same' });
      assert.deepEqual((await given(all)).slice(2), ['view', 'input']);
      await all.relay.says(sessionSignal('active', { grantedMode: 'control' }));
      await does(all, { type: 'pause' });
      assert.equal(paused(all).restart, null, 'said once');
    });

  test('does not happen after a yes that came too late: without mouse and keyboard there is nothing to start for', async () => {
    const all = await live('possible');
    await ask(all);
    await does(all, { type: 'take-back', capability: 'input' });
    await does(all, YES);
    assert.deepEqual([all.asked, told(all, 'question')?.['state']], [[], 'declined']);
    assert.ok(all.relay.signals.every(({ type }) => type !== 'pause'));
  });

  for (const [what, end, reason] of [
    ['Stop', ({ consent }: Live) => consent.does({ type: 'stop' }), 'sharer-stopped'],
    ['the hotkey', ({ session }: Live) => session.stop(), 'sharer-stopped'],
    ['a closed window', ({ consent }: Live) => consent.dismiss(), 'sharer-stopped'],
    [
      'the relay',
      ({ relay }: Live) => relay.says(sessionSignal('ended', { endReason: 'pause-timeout' })),
      'pause-timeout',
    ],
  ] as const)
    test(`is over with ${what}, whatever Windows says then`, async () => {
      const all = await live('possible');
      await does(all, OFFER);
      await end(all);
      await all.answers(true);
      assert.deepEqual([all.ended(), all.handover()], [reason, undefined]);
      assert.equal(all.consent.last()?.step, 'ended');
    });

  test('hands over what the next process has to know, and ends nothing', async () => {
    const all = await live('possible');
    const startedAt = all.clock.wall;
    const rectangle = { x: 1, y: 2, width: 30, height: 40 };
    await does(all, { type: 'mask-window', windowId: 'w1' });
    await does(all, { type: 'mask-rectangle', rectangle });
    await ask(all);
    await does(all, YES);
    // Set back meanwhile.
    all.clock.wall -= 60_000;
    all.clock.mono += 90_000;
    const said = all.relay.signals.length;
    await all.answers(true);
    const handover = all.handover();
    assert.deepEqual(sessionHandover.parse(JSON.parse(JSON.stringify(handover))), handover);
    assert.match(handover?.knownKey ?? '', /^[0-9a-f]{64}$/);
    assert.deepEqual(
      { ...handover, knownKey: '' },
      {
        knownKey: '',
        guesses: 1,
        questions: 1,
        startedAt,
        elapsedMs: 90_000,
        before: { mode: 'control', screenId: SCREEN.id, see: 'all', operate: 'all', files: false, elevated: true },
        masks: { isAllHidden: false, windows: [{ id: 'w1', label: 'w1' }], rectangles: [rectangle] },
      },
    );
    assert.deepEqual([all.ended(), all.relay.signals.length], [undefined, said]);
    all.relay.refuse();
    await does(all, { type: 'stop' });
    assert.equal(all.relay.signals.length, said, 'the session is another process’s now');
  });

  test('does not happen for mouse and keyboard that are for one task: both would be over before it', async () => {
    const all = await live('possible', 'view');
    await ask(all, 'input');
    await does(all, { ...YES, answer: 'task' });
    all.clock.wall += 60_000;
    all.clock.mono += 60_000;
    await ask(all);
    assert.equal(told(all, 'question')?.['state'], 'refused');
    await does(all, OFFER);
    assert.deepEqual([all.asked, all.consent.last()?.step], [[], 'live']);
    await does(all, { type: 'allow', capability: 'input', scope: 'all' });
    await does(all, OFFER);
    await all.answers(true);
    assert.deepEqual([all.handover()?.before.mode, all.handover()?.before.elevated], ['control', true]);
  });
});

describe('a session that goes on with administrator rights', () => {
  async function handedOver(): Promise<SessionHandover> {
    const first = await live('possible');
    await does(first, { type: 'mask-window', windowId: 'w1' });
    await does(first, OFFER);
    await first.answers(true);
    return first.handover() ?? assert.fail('not handed over');
  }
  const resumed = async (change: Partial<SessionHandover> = {}, elevation: ElevationState = 'elevated') =>
    start({
      surroundings: { elevation: () => elevation },
      options: { resumed: { ...(await handedOver()), ...change } },
    });

  test('begins paused, and with the agent who is known already it goes on at one click, as before', async () => {
    const device = await resumed();
    assert.deepEqual(device.consent.steps(), ['paused']);
    assert.deepEqual(
      [paused(device).reason, paused(device).resume, paused(device).restart],
      ['restarting', null, null],
    );
    await device.relay.says(sessionSignal('paused', { pauseReason: 'restarting' }));
    const agent = new TestAgent(device);
    await agent.join();
    const { resume } = paused(device);
    assert.deepEqual([resume?.mode, resume?.isElevated], ['control', true]);
    await does(device, { type: 'resume', mode: 'same' });
    const grants = await grantsOf(device.relay);
    assert.deepEqual(
      grants.map(({ capability, consentText }) => [capability, consentText]),
      [
        ['view', 'text of control'],
        ['input', 'text of control'],
        ['elevated', 'text of elevated'],
      ],
    );
    await device.relay.says(sessionSignal('active', { grantedMode: 'control' }));
    await agent.listen();
    const view = device.consent.last();
    assert.ok(view?.step === 'live');
    assert.deepEqual(
      [view.ownMasks, view.rights.map(({ capability }) => capability)],
      [[{ id: 'w1', label: 'w1' }], ['view', 'input', 'elevated']],
    );
  });

  test('goes on looking only, when the sharer likes that better', async () => {
    const device = await resumed();
    await new TestAgent(device).join();
    await does(device, { type: 'resume', mode: 'view' });
    assert.deepEqual(await given(device), ['view']);
  });

  test('gives the right to nobody in a process that has no administrator rights', async () => {
    for (const elevation of ['impossible', 'possible'] as const) {
      const device = await resumed({}, elevation);
      await new TestAgent(device).join();
      await does(device, { type: 'resume', mode: 'same' });
      assert.deepEqual(await given(device), ['view', 'input']);
    }
  });

  test('asks about an agent with another key, and guesses at match codes are counted on', async () => {
    const other = { certificate: identityCertificate({ key: otherKey }), key: otherKey };
    const device = await resumed({ guesses: MAX_AGREEMENTS - 1 });
    await new TestAgent(device, other).join();
    assert.equal(device.consent.last()?.step, 'ask');
    await new TestAgent(device, { ...other, sender: 2 }).join();
    assert.equal(device.ended(), 'protocol-violation');
  });

  test('counts the questions of before: thirty a session, whichever process shows them', async () => {
    for (const [questions, state] of [
      [29, 'shown'],
      [30, 'refused'],
    ] as const) {
      const device = await resumed({ questions });
      const agent = new TestAgent(device);
      await agent.join();
      await does(device, { type: 'resume', mode: 'view' });
      await device.relay.says(sessionSignal('active', { grantedMode: 'view' }));
      await agent.listen();
      await ask({ ...device, agent }, 'input');
      assert.equal(told({ agent }, 'question')?.['state'], state);
    }
  });

  test('has the time that is left of its first, by the earlier of both clocks', async (t) => {
    t.mock.timers.enable({ apis: ['setInterval'] });
    const now = Date.now();
    for (const [wallMs, elapsedMs, leftMs] of [
      [60_000, 0, 7_140_000],
      [-60_000, 90_000, 7_110_000],
    ] as const) {
      const startedAt = now - wallMs;
      const device = await resumed({ startedAt, elapsedMs });
      assert.equal(paused(device).endsAt, startedAt + 7_200_000);
      const isOverAfter = async (ms: number): Promise<boolean> => {
        device.clock.wall = now + ms;
        device.clock.mono = 1000 + ms;
        t.mock.timers.tick(1000);
        await calm();
        return device.ended() === 'time-limit';
      };
      assert.deepEqual([await isOverAfter(leftMs - 1), await isOverAfter(leftMs)], [false, true]);
    }
  });

  test('has shared something: a closed window is Stop', async () => {
    const device = await resumed();
    assert.ok(device.session.hasShared);
    device.consent.dismiss();
    await calm();
    assert.equal(device.ended(), 'sharer-stopped');
  });

  test('that hides everything hides it still', async () => {
    const masks = { isAllHidden: true, windows: [], rectangles: [] };
    const device = await resumed({ masks });
    assert.ok(device.session.masks.isAllHidden);
  });
});

test('a policy of before this right leaves no room for it', async () => {
  const policy = { ...POLICY, capabilities: ['view', 'input', 'files'] };
  const all = await begun('control', { enrolment: { policy }, surroundings: { elevation: () => 'elevated' } });
  await does(all, OFFER);
  assert.deepEqual(await given(all), ['view', 'input']);
});
