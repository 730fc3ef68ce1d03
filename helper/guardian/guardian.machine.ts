/**
 * What the guardian does when: pure. A tick comes every `TICK_MS`; silence is counted in ticks and not in time, so that a
 * computer that slept or is short of processor time does not look like a worker that hangs.
 */

export const TICK_MS = 250;
/** Ticks without a sign of life, while something is shared: 1 s until held keys are released, 1.75 s until the end. */
const RELEASE_AFTER = 4;
const END_AFTER = 7;
/** While nothing is shared a worker may be busy: loading, on a slow disk. */
const END_AFTER_IDLE = 60;
/** Ticks that a worker gets to obey Stop. */
const OBEY_WITHIN = 4;
/** Ticks that it gets to end after it said that all is over; by itself it takes less than one second. */
const LEAVE_WITHIN = 20;

export interface GuardianState {
  /** `watching`: the worker lives. `over`: it said that nothing is shared any more. `ending`: it was or is being killed. */
  phase: 'watching' | 'over' | 'ending';
  /** Whether something is shared, as the banner says. */
  isLive: boolean;
  /** Ticks since the worker was last heard. */
  silence: number;
  /** Ticks since Stop was pressed; null when it was not. */
  sinceStop: number | null;
  /** Ticks since the worker said that it is over; null before. */
  sinceOver: number | null;
}

export const INITIAL: GuardianState = {
  phase: 'watching',
  isLive: false,
  silence: 0,
  sinceStop: null,
  sinceOver: null,
};

export type GuardianEvent =
  | { type: 'tick' }
  | { type: 'heard' }
  | { type: 'banner'; isLive: boolean }
  | { type: 'over' }
  | { type: 'stop'; by: 'banner' | 'hotkey' }
  | { type: 'worker-gone' }
  | { type: 'display-lost' }
  /** The guardian itself is told to end (SIGTERM, SIGINT, SIGHUP). */
  | { type: 'signal' };

/** Why the guardian had to act, as the person is told; `stopped` when they wanted it. */
export type Outcome = 'crashed' | 'hung' | 'stopped';

export type GuardianAction =
  | { type: 'tell-stop'; by: 'banner' | 'hotkey' }
  | { type: 'release-input' }
  | { type: 'kill-worker' }
  /** Files away, the relay told, the person told. Once. */
  | { type: 'clear-up'; outcome: Outcome }
  /** The orderly end: files away. Once. */
  | { type: 'remove-files' }
  /** After an orderly end the worker is gone too: what is left is the banner that says why. */
  | { type: 'say-goodbye' }
  /** The person has read it. */
  | { type: 'leave' };

export interface Decision {
  state: GuardianState;
  actions: GuardianAction[];
}

export function decideGuardian(state: GuardianState, event: GuardianEvent): Decision {
  if (state.phase === 'ending') return afterTheEnd(state, event);
  switch (event.type) {
    case 'tick':
      return onTick({
        ...state,
        silence: state.silence + 1,
        sinceStop: oneMore(state.sinceStop),
        sinceOver: oneMore(state.sinceOver),
      });
    case 'heard':
      return { state: { ...state, silence: 0 }, actions: [] };
    case 'banner':
      return { state: { ...state, isLive: event.isLive }, actions: [] };
    case 'over':
      return onOver(state);
    case 'stop':
      return onStop(state, event.by);
    case 'worker-gone':
      return onWorkerGone(state);
    case 'signal':
      return onStop(state, 'banner');
    case 'display-lost':
      // The worker has lost it too: it ends by itself or is ended.
      return { state: { ...state, sinceStop: state.sinceStop ?? 0 }, actions: [] };
  }
}

/** The banner only says how it ended, and its button takes it away; so does a signal. */
function afterTheEnd(state: GuardianState, event: GuardianEvent): Decision {
  const isDismissal = event.type === 'stop' || event.type === 'signal';
  return { state, actions: isDismissal ? [{ type: 'leave' }] : [] };
}

function oneMore(ticks: number | null): number | null {
  return ticks === null ? null : ticks + 1;
}

function onTick(state: GuardianState): Decision {
  // A worker that does not end is ended; its going is then an orderly end all the same.
  if (state.phase === 'over')
    return { state, actions: state.sinceOver === LEAVE_WITHIN ? [{ type: 'kill-worker' }] : [] };
  if (state.sinceStop !== null && state.sinceStop >= OBEY_WITHIN) return end(state, 'stopped');
  if (state.silence >= (state.isLive ? END_AFTER : END_AFTER_IDLE)) return end(state, 'hung');
  const isHolding = state.isLive && state.silence >= RELEASE_AFTER;
  return { state, actions: isHolding ? [{ type: 'release-input' }] : [] };
}

function onStop(state: GuardianState, by: 'banner' | 'hotkey'): Decision {
  if (state.phase === 'over') return { state, actions: [{ type: 'leave' }] };
  if (state.sinceStop !== null) return { state, actions: [] };
  return { state: { ...state, sinceStop: 0 }, actions: [{ type: 'tell-stop', by }] };
}

function onOver(state: GuardianState): Decision {
  if (state.phase === 'over') return { state, actions: [] };
  return { state: { ...state, phase: 'over', isLive: false, sinceOver: 0 }, actions: [{ type: 'remove-files' }] };
}

function onWorkerGone(state: GuardianState): Decision {
  const ending: GuardianState = { ...state, phase: 'ending', isLive: false };
  if (state.phase === 'over') return { state: ending, actions: [{ type: 'say-goodbye' }] };
  return end(state, state.sinceStop === null ? 'crashed' : 'stopped');
}

function end(state: GuardianState, outcome: Outcome): Decision {
  return {
    state: { ...state, phase: 'ending', isLive: false },
    actions: [{ type: 'kill-worker' }, { type: 'release-input' }, { type: 'clear-up', outcome }],
  };
}
