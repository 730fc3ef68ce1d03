/**
 * The life of a session (ARCHITECTURE §4). One table: the server's database repeats it as a foreign key, and a test
 * compares both.
 */
export const SESSION_STATES = ['requested', 'invited', 'accepted', 'connecting', 'active', 'paused', 'ended'] as const;
export type SessionState = (typeof SESSION_STATES)[number];

export const TRANSITIONS = {
  requested: ['invited', 'ended'],
  invited: ['accepted', 'ended'],
  accepted: ['connecting', 'ended'],
  connecting: ['active', 'ended'],
  active: ['paused', 'ended'],
  paused: ['active', 'ended'],
  ended: [],
} as const satisfies Record<SessionState, readonly SessionState[]>;

export function isTransitionAllowed(from: SessionState, to: SessionState): boolean {
  return (TRANSITIONS[from] as readonly SessionState[]).includes(to);
}

/** Every reason for which a session ends. Shown to both sides in words, kept in the audit chain as the code. */
export const END_REASONS = [
  'sharer-declined',
  'sharer-stopped',
  'agent-stopped',
  'invitation-expired',
  'invitation-withdrawn',
  'enrolment-timeout',
  'consent-timeout',
  'match-code-mismatch',
  'connection-lost',
  'pause-timeout',
  'time-limit',
  'agent-deactivated',
  'sharer-deactivated',
  'device-failed',
  'server-restarted',
  'protocol-violation',
  'switched-off',
] as const;
export type EndReason = (typeof END_REASONS)[number];

export const PAUSE_REASONS = [
  'agent-away',
  'sharer',
  'agent',
  'network',
  'screen-lock',
  /** The desktop is on no screen any more. */
  'screen-disconnected',
  'sharer-away',
  /** The helper starts again, with administrator rights. */
  'restarting',
  'sleep',
] as const;
export type PauseReason = (typeof PAUSE_REASONS)[number];

/** Seconds a session may stay in a state before it ends, and why it then ends. `active` has the template's limit. */
export const STATE_DEADLINES = {
  requested: { limitS: 60, reason: 'invitation-withdrawn' },
  invited: { limitS: 15 * 60, reason: 'invitation-expired' },
  accepted: { limitS: 30 * 60, reason: 'enrolment-timeout' },
  connecting: { limitS: 15 * 60, reason: 'consent-timeout' },
  active: { limitS: 2 * 60 * 60, reason: 'time-limit' },
  paused: { limitS: 10 * 60, reason: 'pause-timeout' },
} as const satisfies Partial<Record<SessionState, { limitS: number; reason: EndReason }>>;
