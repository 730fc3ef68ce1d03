import type { Request } from '../../../protocol/api/desk.ts';
import type { SessionState } from '../../../protocol/lifecycle.ts';
import type { Tone } from '../design/tone.ts';

/** What a request is to the eye: its own state, or that of the session which is open for it. */
export const SHOWN_STATES = [
  'waiting',
  'taken',
  'invited',
  'accepted',
  'connecting',
  'active',
  'paused',
  'solved',
  'cancelled',
] as const;
export type ShownState = (typeof SHOWN_STATES)[number];

const OF_SESSION: Record<SessionState, ShownState | null> = {
  requested: 'invited',
  invited: 'invited',
  accepted: 'accepted',
  connecting: 'connecting',
  active: 'active',
  paused: 'paused',
  ended: null,
};

export function shownState(request: Pick<Request, 'state' | 'session'>): ShownState {
  if (request.state === 'solved' || request.state === 'cancelled') return request.state;
  const ofSession = request.session ? OF_SESSION[request.session.state] : null;
  return ofSession ?? request.state;
}

export const STATE_TONES: Record<ShownState, Tone> = {
  waiting: 'attention',
  taken: 'accent',
  invited: 'accent',
  accepted: 'accent',
  connecting: 'accent',
  active: 'good',
  paused: 'attention',
  solved: 'good',
  cancelled: 'neutral',
};

/** The five stations of the status line. */
export const STATIONS = ['sent', 'taken', 'invited', 'session', 'solved'] as const;
export type Station = (typeof STATIONS)[number];

const REACHED: Record<ShownState, Station> = {
  waiting: 'sent',
  taken: 'taken',
  invited: 'invited',
  accepted: 'invited',
  connecting: 'invited',
  active: 'session',
  paused: 'session',
  solved: 'solved',
  cancelled: 'sent',
};

export function reachedStation(state: ShownState): Station {
  return REACHED[state];
}
