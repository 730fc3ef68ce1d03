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
/** Ticks that it gets to end after it said that all is over or handed over; by itself it takes less than one second. */
const LEAVE_WITHIN = 20;

export interface GuardianState {
  /**
   * `watching`: the worker lives. `over`: it said that nothing is shared any more. `handing-over`: it has said what another
   * helper needs to go on, and shares nothing. `ending`: it was or is being killed.
   */
  phase: 'watching' | 'over' | 'handing-over' | 'ending';
  /** Whether something is shared, as the banner says. */
  isLive: boolean;
  /** Ticks since the worker was last heard. */
  silence: number;
  /** Ticks since Stop was pressed; null when it was not. */
  sinceStop: number | null;
  /** Whose Stop it was. */
  stoppedBy: StoppedBy | null;
  /** Ticks since the worker said that it is over, or handed over; null before. */
  sinceOver: number | null;
  /** Another helper, with administrator rights: being started, or ready to take over. */
  successor: 'none' | 'starting' | 'ready';
}

/** How far things are where a step makes sense. */
const SUCCESSOR_BEFORE: Record<SuccessionStep, readonly GuardianState['successor'][]> = {
  asked: ['none'],
  ready: ['starting'],
  refused: ['starting', 'ready'],
  'handed-over': ['ready'],
};

export const INITIAL: GuardianState = {
  phase: 'watching',
  isLive: false,
  silence: 0,
  sinceStop: null,
  stoppedBy: null,
  sinceOver: null,
  successor: 'none',
};

/** The worker asks for a helper with administrator rights in its place; there is one; there is none (any more); it was told all. */
export type SuccessionStep = 'asked' | 'ready' | 'refused' | 'handed-over';

export type GuardianEvent =
  | { type: 'tick' }
  | { type: 'heard' }
  | { type: 'banner'; isLive: boolean }
  | { type: 'over' }
  | { type: 'stop'; by: StoppedBy }
  | { type: 'worker-gone' }
  | { type: 'display-lost' }
  | { type: 'succession'; step: SuccessionStep }
  /** The guardian itself is told to end (SIGTERM, SIGINT, SIGHUP). */
  | { type: 'signal' };

/** `predecessor`: the helper that this one took over from is gone, and the consent window with it. */
export type StoppedBy = 'banner' | 'hotkey' | 'predecessor';

/** Why the guardian had to act, as the person is told; `stopped` when they wanted it. */
export type Outcome = 'crashed' | 'hung' | 'stopped';

export type GuardianAction =
  | { type: 'tell-stop'; by: StoppedBy }
  /**
   * Of the helper with administrator rights: start it; tell the worker what became of that; end it, if there is one, since it
   * is not wanted any more; give it all that it needs, and from there on everything is its own (once).
   */
  | { type: 'succession'; do: 'start' | 'tell-ready' | 'tell-refused' | 'dismiss' | 'hand-over' }
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
    case 'succession':
      return onSuccession(state, event.step);
  }
}

/** The banner only says how it ended, and its button takes it away; so does a signal. */
function afterTheEnd(state: GuardianState, event: GuardianEvent): Decision {
  if (event.type === 'succession') return { state, actions: unwanted(event.step) };
  const isDismissal = event.type === 'stop' || event.type === 'signal';
  return { state, actions: isDismissal ? [{ type: 'leave' }] : [] };
}

function oneMore(ticks: number | null): number | null {
  return ticks === null ? null : ticks + 1;
}

function onTick(state: GuardianState): Decision {
  // A worker that does not end is ended; its going is then an orderly end all the same.
  if (state.phase !== 'watching')
    return { state, actions: state.sinceOver === LEAVE_WITHIN ? [{ type: 'kill-worker' }] : [] };
  if (state.sinceStop !== null && state.sinceStop >= OBEY_WITHIN) return end(state, outcomeOf(state));
  if (state.silence >= (state.isLive ? END_AFTER : END_AFTER_IDLE)) return end(state, 'hung');
  const isHolding = state.isLive && state.silence >= RELEASE_AFTER;
  return { state, actions: isHolding ? [{ type: 'release-input' }] : [] };
}

function onStop(state: GuardianState, by: StoppedBy): Decision {
  if (state.phase === 'over') return { state, actions: [{ type: 'leave' }] };
  // The worker has left the session: nobody else can say that it is over.
  if (state.phase === 'handing-over') return end(state, 'stopped');
  if (state.sinceStop !== null) return { state, actions: [] };
  return { state: { ...state, sinceStop: 0, stoppedBy: by }, actions: [{ type: 'tell-stop', by }] };
}

function onOver(state: GuardianState): Decision {
  if (state.phase !== 'watching') return { state, actions: [] };
  return {
    state: { ...state, phase: 'over', isLive: false, sinceOver: 0 },
    actions: [...dismissal(state), { type: 'remove-files' }],
  };
}

function onSuccession(state: GuardianState, step: SuccessionStep): Decision {
  const { phase, sinceStop, successor } = state;
  const isWanted = phase === 'watching' && sinceStop === null;
  if (!isWanted || !SUCCESSOR_BEFORE[step].includes(successor)) return { state, actions: unwanted(step) };
  switch (step) {
    case 'asked':
      return { state: { ...state, successor: 'starting' }, actions: [{ type: 'succession', do: 'start' }] };
    case 'ready':
      return { state: { ...state, successor: 'ready' }, actions: [{ type: 'succession', do: 'tell-ready' }] };
    case 'refused':
      return { state: { ...state, successor: 'none' }, actions: [{ type: 'succession', do: 'tell-refused' }] };
    case 'handed-over':
      return { state: { ...state, phase: 'handing-over', isLive: false, sinceOver: 0 }, actions: [] };
  }
}

/** One that comes when nobody waits for it any more is sent away. */
function unwanted(step: SuccessionStep): GuardianAction[] {
  return step === 'ready' ? [{ type: 'succession', do: 'dismiss' }] : [];
}

/** When it was not their Stop the person is not told that it was. */
function outcomeOf({ stoppedBy }: GuardianState): Outcome {
  return stoppedBy === 'predecessor' ? 'crashed' : 'stopped';
}

/** Nobody hands over any more. */
function dismissal({ successor }: GuardianState): GuardianAction[] {
  return successor === 'none' ? [] : [{ type: 'succession', do: 'dismiss' }];
}

function onWorkerGone(state: GuardianState): Decision {
  const ending: GuardianState = { ...state, phase: 'ending', isLive: false };
  if (state.phase === 'over') return { state: ending, actions: [{ type: 'say-goodbye' }] };
  if (state.phase === 'handing-over') return { state: ending, actions: [{ type: 'succession', do: 'hand-over' }] };
  return end(state, state.sinceStop === null ? 'crashed' : outcomeOf(state));
}

function end(state: GuardianState, outcome: Outcome): Decision {
  return {
    state: { ...state, phase: 'ending', isLive: false },
    actions: [{ type: 'kill-worker' }, { type: 'release-input' }, ...dismissal(state), { type: 'clear-up', outcome }],
  };
}
