/** What the sharer decides while a session goes on: questions, scopes, taking back, pauses, hiding. */
import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import { calm } from '../../protocol/calm.fixture.ts';
import type { ConsentWindowChoice } from '../consent/consent.views.ts';
import type { Mode } from '../../protocol/capabilities.ts';
import type { Area, Scope } from '../../protocol/scope.ts';
import { windowOf, type TestDesktop } from './test-desktop.ts';
import { asked, live as begun, stopAll } from './test-begun.ts';
import { TestAgent, grantsOf, sessionSignal, startOf, type startDevice, tagOf } from './test-device.ts';
import { SETTLE_MS } from './settling.ts';

afterEach(stopAll);

type Begin = Parameters<typeof startDevice>[0] & { scopes?: { see?: Scope; operate?: Scope } };

const live = (mode: Mode, { scopes, ...options }: Begin = {}) => begun({ mode, ...scopes }, options);
type Live = Awaited<ReturnType<typeof live>>;

const ID = '0011223344556677';
const KEY = { type: 'key', code: 'KeyA', isDown: true };
const TERMINAL: Area = { kind: 'application', executable: '/usr/bin/xterm' };
const EDITOR: Area = { kind: 'application', executable: '/usr/bin/gedit' };
const pressed = (desktop: TestDesktop): string[] => desktop.input.done.filter((each) => each !== 'release-all');

async function say({ agent, relay }: Pick<Live, 'agent' | 'relay'>, message: object): Promise<void> {
  const payload = new TextEncoder().encode(JSON.stringify(message));
  await agent.link?.send('control', payload, { grant: tagOf(await grantsOf(relay), 'view') });
  await calm();
}
const ask = (all: Live, change: object = {}): Promise<void> =>
  say(all, { type: 'ask', id: ID, capability: 'input', reach: 'all', reason: 'to restart the queue', ...change });

/** What the agent was told, of one type. */
function told(agent: TestAgent, type: string): Record<string, unknown>[] {
  return agent.heard
    .filter((each) => each.startsWith('control '))
    .map((each) => JSON.parse(each.slice('control '.length)) as Record<string, unknown>)
    .filter((message) => message['type'] === type);
}
const isFrozen = (agent: TestAgent): unknown => told(agent, 'frozen').at(-1)?.['by'];
const stateOf = (agent: TestAgent): unknown => told(agent, 'question').at(-1)?.['state'];
const operates = async ({ agent, relay }: Pick<Live, 'agent' | 'relay'>, message: object = KEY): Promise<void> =>
  agent.operates(message, tagOf(await grantsOf(relay), 'input'));

describe('a question for more', () => {
  test('is shown with the agent’s words, and while it is open nothing from afar is applied', async () => {
    const all = await live('control', { scopes: {} });
    const { consent, desktop, agent } = all;
    await ask(all, { capability: 'files' });
    const view = consent.last();
    assert.ok(view?.step === 'question');
    assert.deepEqual([view.question.reason, view.question.capability], ['to restart the queue', 'files']);
    assert.deepEqual([isFrozen(agent), stateOf(agent)], ['question', 'shown']);
    for (const message of [KEY, { type: 'text', text: 'y' }, { type: 'pointer/move', x: 5, y: 5 }])
      await operates(all, message);
    assert.deepEqual(pressed(desktop), []);
    assert.ok(told(agent, 'input-refused').some(({ reason }) => reason === 'frozen'));
  });

  test('lets go of what is held before it is seen', async () => {
    const all = await live('control');
    await operates(all);
    await ask(all, { capability: 'files' });
    assert.deepEqual(all.desktop.input.done.slice(-2), ['key KeyA down', 'release-all']);
  });

  test('declined is no right, is written down, and the hand is free again', async () => {
    const all = await live('control');
    await ask(all, { capability: 'files' });
    all.consent.does({ type: 'answer', id: ID, answer: 'decline', scope: [] });
    await calm();
    assert.deepEqual([stateOf(all.agent), isFrozen(all.agent)], ['declined', null]);
    assert.deepEqual(all.relay.signals.at(-1), { type: 'declined', capability: 'files', reach: 'all' });
    await operates(all);
    assert.deepEqual(pressed(all.desktop), ['key KeyA down']);
    assert.equal(all.consent.last()?.step, 'live');
  });

  test('granted for this task lasts a quarter of an hour', async (t) => {
    t.mock.timers.enable({ apis: ['setInterval'] });
    const all = await live('view');
    await ask(all);
    all.consent.does({ type: 'answer', id: ID, answer: 'task', scope: 'all' });
    await calm();
    const grant = (await grantsOf(all.relay)).at(-1);
    assert.deepEqual([grant?.capability, grant?.purpose], ['input', 'task']);
    assert.equal((grant?.notAfter ?? 0) - all.clock.wall, 900_000);
    await operates(all);
    assert.deepEqual(pressed(all.desktop), ['key KeyA down']);
    all.clock.mono += 899_000;
    all.desktop.touch();
    all.clock.mono += 1000;
    // Set back meanwhile, which lengthens nothing.
    all.clock.wall -= 3_600_000;
    t.mock.timers.tick(1000);
    await calm();
    await operates(all, { ...KEY, code: 'KeyB' });
    assert.deepEqual(pressed(all.desktop), ['key KeyA down']);
    assert.deepEqual(all.relay.signals.at(-1), { type: 'revoke', grantId: grant?.id, cause: 'time' });
    assert.equal(all.desktop.input.done.at(-1), 'release-all');
  });

  test('withdrawn by the agent is over', async () => {
    const all = await live('view');
    await ask(all);
    await say(all, { type: 'ask-withdrawn', id: ID });
    assert.deepEqual([stateOf(all.agent), isFrozen(all.agent)], ['withdrawn', null]);
    all.consent.does({ type: 'answer', id: ID, answer: 'session', scope: 'all' });
    await calm();
    assert.deepEqual(
      (await grantsOf(all.relay)).map(({ capability }) => capability),
      ['view'],
    );
  });

  test('while another is open, or for what policy has no room for, is never shown', async () => {
    const all = await live('view', {
      enrolment: { policy: { capabilities: ['view', 'input'], limitedOnly: [], idleLimitS: 900, masks: [] } },
    });
    await ask(all, { capability: 'files' });
    assert.deepEqual([stateOf(all.agent), isFrozen(all.agent)], ['refused', null]);
    await ask(all);
    await ask(all, { id: 'ffeeddccbbaa9988' });
    const shown = told(all.agent, 'question').filter(({ state }) => state === 'shown');
    assert.equal(shown.length, 1);
  });

  test('is gone with a pause: an answer afterwards gives nothing', async () => {
    const all = await live('view');
    await ask(all);
    all.consent.does({ type: 'pause' });
    all.consent.does({ type: 'answer', id: ID, answer: 'session', scope: 'all' });
    await calm();
    assert.deepEqual(
      (await grantsOf(all.relay)).map(({ capability }) => capability),
      ['view'],
    );
  });
});

test('a window that was opened while sharing is in the list to hide from, and the question before Start never comes back', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const shared = { id: 'screen', name: 'Screen', width: 1000, height: 800, thumbnail: null };
  const choices = { screens: [shared], windows: [] as ConsentWindowChoice[] };
  const all = await live('control', { surroundings: { choices: () => Promise.resolve({ ...choices }) } });
  const bounds = { x: 0, y: 0, width: 10, height: 10 };
  const about = { application: 'xterm', executable: '/usr/bin/xterm', rule: null, thumbnail: null };
  choices.windows = [{ id: 'late', title: 'notes', screenId: 'screen', bounds, ...about }];
  for (let second = 0; second < 4; second++) {
    t.mock.timers.tick(1000);
    await calm();
    assert.equal(all.consent.last()?.step, 'live');
  }
  const view = all.consent.last();
  assert.deepEqual(view?.step === 'live' && view.windows.map(({ id }) => id), ['late']);
});

describe('limited mode', () => {
  const windows = [
    windowOf({
      id: 'secret',
      executable: '/usr/bin/gedit',
      bounds: { x: 500, y: 50, width: 600, height: 800 },
      isFocused: false,
    }),
    windowOf({
      id: 'shell',
      executable: '/usr/bin/xterm',
      bounds: { x: 100, y: 50, width: 600, height: 800 },
      isFocused: true,
    }),
  ];

  test('keys reach the window that was chosen and no other; the pointer stays inside it', async () => {
    const all = await live('limited', { scopes: { see: [TERMINAL], operate: [TERMINAL] } });
    await all.desktop.setWindows(windows);
    await operates(all);
    assert.deepEqual(pressed(all.desktop), [], 'not yet known whether a password is asked for there');
    all.clock.mono += SETTLE_MS;
    await operates(all);
    await operates(all, { type: 'pointer/move', x: 10, y: 10 });
    await operates(all, { type: 'pointer/move', x: 700, y: 10 });
    assert.deepEqual(pressed(all.desktop), ['key KeyA down', 'move 110,60']);
    await all.desktop.setWindows(windows.map((window) => ({ ...window, isFocused: window.id === 'secret' })));
    assert.equal(all.desktop.input.done.at(-1), 'release-all');
    await operates(all, { ...KEY, code: 'KeyB' });
    assert.ok(!pressed(all.desktop).includes('key KeyB down'));
  });

  test('what was not chosen is covered, and the agent is told where, never what', async () => {
    const all = await live('limited', { scopes: { see: [TERMINAL], operate: [TERMINAL] } });
    await all.desktop.setWindows(windows);
    // What has just come into view is shown once its program has painted it.
    const covers = (): boolean =>
      all.encoders[0]?.log.includes('masks [{"x":400,"y":0,"width":600,"height":800}]') === true;
    assert.equal(covers(), false);
    all.clock.mono += 450;
    for (let turn = 0; turn < 200 && !covers(); turn++) await new Promise((resolve) => setTimeout(resolve, 10));
    const scene = told(all.agent, 'scene').at(-1);
    assert.deepEqual(scene?.['hidden'], [{ x: 400, y: 0, width: 600, height: 800, why: 'not-shared' }]);
    assert.deepEqual(scene['operable'], [{ x: 0, y: 0, width: 400, height: 800 }]);
    assert.equal(covers(), true);
    assert.ok(!JSON.stringify(all.agent.heard).includes('gedit'));
  });

  test('to operate is to see: the right to see covers both', async () => {
    const all = await live('limited', { scopes: { see: [EDITOR], operate: [TERMINAL] } });
    const [view] = await grantsOf(all.relay);
    assert.ok(view?.scope.reach === 'limited');
    assert.equal(view.scope.applications, 2);
  });

  test('what is allowed more comes beside what was, and the relay hears of reach alone', async () => {
    const all = await live('view', { scopes: { see: [TERMINAL] } });
    all.consent.does({ type: 'allow', capability: 'view', scope: [EDITOR] });
    await calm();
    const [before, seen] = await grantsOf(all.relay);
    assert.deepEqual([seen?.capability, seen?.scope.reach === 'limited' && seen.scope.applications], ['view', 2]);
    assert.deepEqual(all.relay.signals.at(-1), { type: 'revoke', grantId: before?.id, cause: 'replaced' });
    assert.ok(!JSON.stringify(all.relay.signals).includes('gedit'));
  });

  test('to allow a window to be used does not let it be seen', async () => {
    const all = await live('view', { scopes: { see: [TERMINAL] } });
    all.consent.does({ type: 'allow', capability: 'input', scope: [EDITOR] });
    await calm();
    await all.desktop.setWindows(windows);
    all.clock.mono += 2000;
    assert.deepEqual(
      (await grantsOf(all.relay)).map(({ capability }) => capability),
      ['view', 'input'],
    );
    await operates(all, { type: 'pointer/move', x: 700, y: 10 });
    assert.deepEqual(pressed(all.desktop), []);
  });
});

describe('what is taken back', () => {
  test('in the portal is gone here at once', async () => {
    const all = await live('control');
    const input = (await grantsOf(all.relay)).find(({ capability }) => capability === 'input');
    await operates(all);
    await all.relay.says({ type: 'revoked', grantIds: [input?.id ?? ''], by: 'sharer' });
    await operates(all, { ...KEY, code: 'KeyB' });
    assert.deepEqual([pressed(all.desktop), all.desktop.input.done.at(-1)], [['key KeyA down'], 'release-all']);
    assert.ok(!all.relay.said().includes('revoke'));
  });

  test('by the agent is told as the agent’s doing until they have it again, and never said to be the sharer’s', async () => {
    const all = await live('control');
    const givenBack = (): unknown => {
      const view = all.consent.last();
      return view?.step === 'live' && view.givenBack;
    };
    const takeAway = async (by: 'agent' | 'sharer'): Promise<void> => {
      const input = (await grantsOf(all.relay)).findLast(({ capability }) => capability === 'input');
      await all.relay.says({ type: 'revoked', grantIds: [input?.id ?? ''], by });
    };
    await takeAway('agent');
    await operates(all);
    assert.deepEqual([pressed(all.desktop), givenBack()], [[], ['input']]);
    all.consent.does({ type: 'allow', capability: 'input', scope: 'all' });
    await calm();
    assert.deepEqual(givenBack(), []);
    await takeAway('sharer');
    assert.deepEqual(givenBack(), []);
    assert.ok(!all.relay.said().includes('revoke'));
  });

  test('is not the agent’s to say to the device: that is none of their words', async () => {
    const all = await live('control');
    for (const type of ['give-back', 'take-back']) await say(all, { type, capability: 'input' });
    await operates(all);
    assert.deepEqual([pressed(all.desktop), all.relay.said().includes('revoke')], [['key KeyA down'], false]);
  });

  test('the right to see is a pause', async () => {
    const all = await live('control');
    all.consent.does({ type: 'take-back', capability: 'view' });
    assert.deepEqual(all.relay.signals.at(-1), { type: 'pause', reason: 'sharer' });
    assert.equal(all.desktop.captures[0]?.isClosed, true);
  });

  test('before a pause is not offered after it', async () => {
    const all = await live('control');
    all.consent.does({ type: 'take-back', capability: 'input' });
    await calm();
    all.consent.does({ type: 'pause' });
    await all.relay.says(sessionSignal('paused', { pauseReason: 'sharer' }));
    const view = all.consent.last();
    assert.ok(view?.step === 'paused');
    assert.deepEqual([view.resume?.mode, view.resume?.scope.operate], ['view', null]);
    all.consent.does({ type: 'resume', mode: 'same' });
    await calm();
    assert.deepEqual(
      (await grantsOf(all.relay)).slice(2).map(({ capability }) => capability),
      ['view'],
    );
  });
});

describe('a pause', () => {
  const PAUSES = [
    ['the button', (all: Live) => all.consent.does({ type: 'pause' }), 'sharer'],
    ['the lock of the screen', (all: Live) => all.session.onLock('locked'), 'screen-lock'],
    ['a desktop that is on no screen', (all: Live) => all.session.onLock('disconnected'), 'screen-disconnected'],
  ] as const;
  for (const [by, pause, reason] of PAUSES) {
    test(`by ${by}: nothing is sent or held from that line on, and the relay hears why`, async () => {
      const all = await live('control');
      await operates(all);
      const sent = all.relay.chunks.length;
      pause(all);
      assert.deepEqual(all.relay.signals.at(-1), { type: 'pause', reason });
      assert.equal(all.desktop.input.done.at(-1), 'release-all');
      all.desktop.captures[0]?.change();
      await operates(all, { ...KEY, code: 'KeyB' });
      assert.equal(all.relay.chunks.length, sent);
      assert.ok(!pressed(all.desktop).includes('key KeyB down'));
      assert.equal(all.phases.at(-1), 'paused');
    });
  }

  test('goes on in one step with the same scope, once the relay knows of it', async () => {
    const all = await live('limited', { scopes: { see: [TERMINAL], operate: [TERMINAL] } });
    all.consent.does({ type: 'pause' });
    all.consent.does({ type: 'resume', mode: 'same' });
    await calm();
    const before = (await grantsOf(all.relay)).length;
    await all.relay.says(sessionSignal('paused', { pauseReason: 'sharer', deadlineAt: 5 }));
    const view = all.consent.last();
    assert.ok(view?.step === 'paused');
    assert.deepEqual([view.deadlineAt, view.resume?.scope.see.applications], [5, ['xterm']]);
    all.consent.does({ type: 'resume', mode: 'same' });
    await calm();
    const after = (await grantsOf(all.relay)).slice(before);
    assert.deepEqual(
      after.map(({ capability, scope }) => [capability, scope.reach]),
      [
        ['view', 'limited'],
        ['input', 'limited'],
      ],
    );
  });

  test('by the agent or in the portal offers what was in force, although the relay takes it back first', async () => {
    const all = await live('control');
    const givenBack = (await grantsOf(all.relay)).find(({ capability }) => capability === 'input');
    await all.relay.says({ type: 'revoked', grantIds: [givenBack?.id ?? ''], by: 'agent' });
    const pause = async (modes: readonly string[]): Promise<void> => {
      const grantIds = (await grantsOf(all.relay)).map(({ id }) => id);
      await all.relay.says(
        { type: 'revoked', grantIds, by: 'agent' },
        sessionSignal('paused', { pauseReason: 'agent' }),
      );
      const view = all.consent.last();
      assert.ok(view?.step === 'paused');
      assert.deepEqual([view.resume?.mode], modes);
    };
    await pause(['view']);
    all.consent.does({ type: 'resume', mode: 'same' });
    await calm();
    await all.relay.says(sessionSignal('active', { grantedMode: 'view' }));
    all.consent.does({ type: 'allow', capability: 'input', scope: 'all' });
    await calm();
    await pause(['control']);
  });

  test('comes when nobody is at the computer', async (t) => {
    t.mock.timers.enable({ apis: ['setInterval'] });
    const all = await live('control');
    all.clock.wall += 900_000;
    all.clock.mono += 900_000;
    t.mock.timers.tick(1000);
    assert.deepEqual(all.relay.signals.at(-1), { type: 'pause', reason: 'sharer-away' });
  });

  test('comes with a lost network: all is let go, and after it only the sharer lets it go on', async () => {
    const all = await live('control');
    await operates(all);
    all.relay.lose();
    assert.equal(all.desktop.input.done.at(-1), 'release-all');
    assert.equal(all.desktop.captures[0]?.isClosed, true);
    const view = all.consent.last();
    assert.ok(view?.step === 'paused');
    assert.deepEqual([view.reason, view.resume], ['network', null]);
    await all.relay.return();
    await all.relay.says(sessionSignal('paused', { pauseReason: 'network' }));
    const back = new TestAgent(all.device, { sender: 2 });
    await back.join();
    const offered = all.consent.last();
    assert.ok(offered?.step === 'paused' && offered.resume !== null);
    assert.equal(all.desktop.captures.length, 1);
    all.consent.does({ type: 'resume', mode: 'view' });
    await calm();
    assert.deepEqual(
      (await grantsOf(all.relay)).slice(2).map(({ capability }) => capability),
      ['view'],
    );
    await all.relay.says(sessionSignal('active', { grantedMode: 'view' }));
    await back.listen();
    assert.equal(all.phases.at(-1), 'live view');
  });
});

describe('hide now', () => {
  test('covers everything and holds the hand from afar; shown again, both are as before', async () => {
    const all = await live('control');
    all.session.toggleHidden();
    await calm();
    assert.ok(all.encoders[0]?.log.includes('masks [{"x":0,"y":0,"width":1000,"height":800}]'));
    await operates(all);
    assert.deepEqual([pressed(all.desktop), isFrozen(all.agent)], [[], 'hide-now']);
    assert.ok(all.relay.signals.some((signal) => signal.type === 'masked' && signal.rule === 'hide-now'));
    all.session.toggleHidden();
    await operates(all);
    assert.deepEqual([pressed(all.desktop), isFrozen(all.agent)], [['key KeyA down'], null]);
  });

  test('areas that were drawn before Start are covered from the first picture on, however many', async () => {
    const all = await asked();
    const hideAreas = Array.from({ length: 40 }, (_, at) => ({ x: at * 20, y: 300, width: 10, height: 10 }));
    all.consent.does({ ...startOf(all.agent.matchCode, 'view'), hideAreas });
    await calm();
    await all.relay.says(sessionSignal('active', { grantedMode: 'view' }));
    await all.agent.listen();
    const log = all.encoders[0]?.log ?? [];
    assert.match(log[0] ?? '', /^masks /);
    for (const masks of log.filter((line) => line.startsWith('masks ')))
      for (const area of hideAreas) assert.ok(masks.includes(JSON.stringify(area)), masks);
    const view = all.consent.last();
    assert.ok(view?.step === 'live');
    assert.deepEqual([view.ownMasks.length, view.ownMasks[0]?.label], [40, '10 × 10']);
    all.consent.does({ type: 'unmask', id: view.ownMasks[0]?.id ?? '' });
    await calm();
    const after = all.consent.last();
    assert.equal(after?.step === 'live' && after.ownMasks.length, 39);
  });

  test('a password field that has the focus takes no keys from afar, and its place is covered', async () => {
    const all = await live('control');
    const bounds = { x: 200, y: 150, width: 100, height: 20 };
    all.desktop.secrets.fields = [{ kind: 'password', bounds, pid: 9, isFocused: true }];
    all.desktop.secrets.tell();
    await calm();
    await operates(all);
    assert.deepEqual(pressed(all.desktop), []);
    assert.ok(told(all.agent, 'input-refused').some(({ reason }) => reason === 'password'));
    assert.ok(all.encoders[0]?.log.includes('masks [{"x":96,"y":96,"width":108,"height":28}]'));
    assert.ok(all.relay.signals.some((signal) => signal.type === 'masked' && signal.rule === 'password-field'));
  });
});
