import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  INITIAL,
  TICK_MS,
  decideGuardian,
  type GuardianAction,
  type GuardianEvent,
  type GuardianState,
  type SuccessionStep,
} from './guardian.machine.ts';

const LIVE: GuardianState = { ...INITIAL, isLive: true };

/** What is done, in order; `clear-up` with its outcome, what concerns a successor by its own name. */
function run(from: GuardianState, ...events: GuardianEvent[]): { state: GuardianState; done: string[] } {
  let state = from;
  const done: string[] = [];
  for (const event of events) {
    const decision = decideGuardian(state, event);
    state = decision.state;
    for (const action of decision.actions) done.push(named(action));
  }
  return { state, done };
}

function named(action: GuardianAction): string {
  if (action.type === 'clear-up') return `clear-up ${action.outcome}`;
  return action.type === 'succession' ? action.do : action.type;
}

const ticks = (count: number): GuardianEvent[] => Array.from({ length: count }, () => ({ type: 'tick' }));
const END = ['kill-worker', 'release-input'];
const step = (name: SuccessionStep): GuardianEvent => ({ type: 'succession', step: name });

describe('the guardian', () => {
  test('lets go of keys after a second of silence and ends a worker that hangs within two', () => {
    assert.deepEqual(run(LIVE, ...ticks(3)).done, []);
    const { done, state } = run(LIVE, ...ticks(7));
    assert.deepEqual(done, ['release-input', 'release-input', 'release-input', ...END, 'clear-up hung']);
    assert.equal(state.phase, 'ending');
    assert.ok(7 * TICK_MS < 2000);
  });

  test('takes any sign of life for life', () => {
    const events = Array.from({ length: 20 }, (): GuardianEvent[] => [...ticks(3), { type: 'heard' }]).flat();
    assert.deepEqual(run(LIVE, ...events).done, []);
  });

  test('is patient with a worker that is loading while nothing is shared', () => {
    assert.deepEqual(run(INITIAL, ...ticks(59)).done, []);
    assert.deepEqual(run(INITIAL, ...ticks(60)).done, [...END, 'clear-up hung']);
  });

  test('clears up at once after a worker that died', () => {
    assert.deepEqual(run(LIVE, { type: 'worker-gone' }).done, [...END, 'clear-up crashed']);
    assert.deepEqual(run(INITIAL, { type: 'worker-gone' }).done, [...END, 'clear-up crashed']);
  });

  test('tells the worker to stop, and stops it within a second when it does not obey', () => {
    const stop: GuardianEvent = { type: 'stop', by: 'banner' };
    const heard: GuardianEvent = { type: 'heard' };
    const alive = ticks(4).flatMap((tick) => [tick, heard]);
    assert.deepEqual(run(LIVE, stop, ...alive).done, ['tell-stop', ...END, 'clear-up stopped']);
    assert.deepEqual(run(LIVE, stop, stop, { type: 'over' }, ...alive).done, ['tell-stop', 'remove-files']);
    assert.deepEqual(run(LIVE, stop, { type: 'worker-gone' }).done, ['tell-stop', ...END, 'clear-up stopped']);
  });

  test('gives the worker time to end by itself when the display is gone', () => {
    assert.deepEqual(run(LIVE, { type: 'display-lost' }, ...ticks(3)).done, []);
    assert.deepEqual(run(LIVE, { type: 'display-lost' }, ...ticks(4)).done, [...END, 'clear-up stopped']);
  });

  test('takes a signal, as at the shutdown of the computer, for Stop', () => {
    assert.deepEqual(run(LIVE, { type: 'signal' }, { type: 'over' }).done, ['tell-stop', 'remove-files']);
  });

  test('after an orderly end removes the files once, and its button only takes the words away', () => {
    const over: GuardianEvent = { type: 'over' };
    const { done, state } = run(LIVE, over, over, ...ticks(3), { type: 'stop', by: 'banner' }, { type: 'worker-gone' });
    assert.deepEqual(done, ['remove-files', 'leave', 'say-goodbye']);
    assert.equal(state.phase, 'ending');
    assert.deepEqual(run(state, { type: 'stop', by: 'banner' }, { type: 'signal' }).done, ['leave', 'leave']);
  });

  test('ends a worker that hangs after it said that all is over, once, and then says goodbye as ever', () => {
    const { done } = run(LIVE, { type: 'over' }, ...ticks(100), { type: 'worker-gone' });
    assert.deepEqual(done, ['remove-files', 'kill-worker', 'say-goodbye']);
  });

  test('starts a helper with administrator rights when asked, once, and says what became of it', () => {
    assert.deepEqual(run(LIVE, step('asked'), step('asked'), step('refused')).done, ['start', 'tell-refused']);
    const again = run(LIVE, step('asked'), step('refused'), step('asked'), step('ready'), step('asked'));
    assert.deepEqual(again.done, ['start', 'tell-refused', 'start', 'tell-ready']);
  });

  test('starts another one when the one that waited has gone', () => {
    const again = run(LIVE, step('asked'), step('ready'), step('refused'), step('asked')).done;
    assert.deepEqual(again, ['start', 'tell-ready', 'tell-refused', 'start']);
  });

  const READY = run(LIVE, step('asked'), step('ready')).state;

  test('hands over once the worker has said all and ended, and keeps what it would remove', () => {
    const { done, state } = run(READY, step('handed-over'), ...ticks(3), { type: 'worker-gone' });
    assert.deepEqual(done, ['hand-over']);
    assert.equal(state.phase, 'ending');
    const hangs = run(READY, step('handed-over'), ...ticks(100), { type: 'worker-gone' });
    assert.deepEqual(hangs.done, ['kill-worker', 'hand-over']);
  });

  test('hands over to nobody who was not asked for, is not there, or came too late', () => {
    const gone: GuardianEvent = { type: 'worker-gone' };
    assert.deepEqual(run(LIVE, step('handed-over'), gone).done, [...END, 'clear-up crashed']);
    assert.deepEqual(run(LIVE, step('asked'), step('handed-over'), gone).done, [
      'start',
      ...END,
      'dismiss',
      'clear-up crashed',
    ]);
    assert.deepEqual(run(LIVE, { type: 'over' }, step('ready')).done, ['remove-files', 'dismiss']);
    assert.deepEqual(run(LIVE, step('asked'), gone, step('ready')).done.at(-1), 'dismiss');
  });

  test('Stop wins over a helper that is being started, waits, or is being handed to', () => {
    const stop: GuardianEvent = { type: 'stop', by: 'hotkey' };
    assert.deepEqual(run(LIVE, stop, step('asked')).done, ['tell-stop']);
    assert.deepEqual(run(LIVE, step('asked'), stop, step('ready')).done, ['start', 'tell-stop', 'dismiss']);
    assert.deepEqual(run(READY, stop, step('handed-over'), { type: 'over' }).done, [
      'tell-stop',
      'dismiss',
      'remove-files',
    ]);
    assert.deepEqual(run(READY, step('handed-over'), stop).done, [...END, 'dismiss', 'clear-up stopped']);
  });

  test('stops when the helper that it took over from is gone', () => {
    const gone: GuardianEvent = { type: 'stop', by: 'predecessor' };
    assert.deepEqual(run(LIVE, gone, { type: 'over' }).done, ['tell-stop', 'remove-files']);
    assert.deepEqual(run(LIVE, gone, ...ticks(4)).done, ['tell-stop', ...END, 'clear-up crashed']);
    assert.deepEqual(run(LIVE, gone, { type: 'worker-gone' }).done, ['tell-stop', ...END, 'clear-up crashed']);
  });

  test('whatever happens, clears up, removes or hands over at most once, and after the end can only be dismissed', () => {
    const event = fc.oneof(
      fc.constantFrom<GuardianEvent>(
        { type: 'tick' },
        { type: 'heard' },
        { type: 'banner', isLive: true },
        { type: 'banner', isLive: false },
        { type: 'over' },
        { type: 'stop', by: 'banner' },
        { type: 'stop', by: 'hotkey' },
        { type: 'worker-gone' },
        { type: 'display-lost' },
        { type: 'signal' },
        { type: 'stop', by: 'predecessor' },
        step('asked'),
        step('ready'),
        step('refused'),
        step('handed-over'),
      ),
    );
    fc.assert(
      fc.property(fc.array(event, { maxLength: 200 }), (events) => {
        const { done, state } = run(INITIAL, ...events);
        const isEnding = (action: string): boolean =>
          action.startsWith('clear-up') || action === 'remove-files' || action === 'hand-over';
        const endings = done.filter(isEnding);
        assert.ok(endings.length <= 1);
        const afterwards = state.phase === 'ending' ? run(state, ...events).done : [];
        assert.deepEqual(
          afterwards.filter((action) => action !== 'leave' && action !== 'dismiss'),
          [],
        );
      }),
    );
  });
});
