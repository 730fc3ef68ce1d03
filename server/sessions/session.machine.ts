/**
 * The life of one session as a pure decision: what is known of it and an event go in, a list of actions comes out
 * (ARCHITECTURE §4). Time arrives as `event.at`. Whoever calls executes the actions in one transaction; nothing in here
 * reads a clock, a socket or the database. Unknown combinations are refused, never guessed.
 */
import {
  effective,
  isCapability,
  isReachAllowed,
  type Capability,
  type EffectiveRights,
  type GrantFact,
  type Policy,
} from '../../protocol/capabilities.ts';
import type { AuditAction, AuditDetail } from '../../protocol/audit.ts';
import type { ErrorCode } from '../../protocol/errors.ts';
import { TASK_LIMIT_S, type Purpose, type RevokeCause } from '../../protocol/grant.ts';
import {
  STATE_DEADLINES,
  isTransitionAllowed,
  type EndReason,
  type PauseReason,
  type SessionState,
} from '../../protocol/lifecycle.ts';
import type { ScopeFact } from '../../protocol/scope.ts';

/** A helper that vanishes before Start gets this long to come back, so that a restart of it is not the end. */
export const DEVICE_RETURN_LIMIT_S = 60;

/** What a decision needs to know of a session. Times are milliseconds since 1970. */
export interface SessionFacts {
  state: SessionState;
  stateSince: number;
  /** First time it was active; the time limit counts from here, pauses included. */
  startedAt: number | null;
  pauseReason: PauseReason | null;
  policy: Policy;
  grants: readonly GrantFact[];
  deviceSerial: string | null;
  /** Since when an enrolled device that had connected is gone; null while it is there or never was. */
  deviceLostAt: number | null;
}

export type Party = 'sharer' | 'agent' | 'server';

/** A right as the sharer's device states it; `consentText` names the wording that was agreed to. */
export interface NewGrant {
  id: string;
  capability: string;
  holder: string;
  scope: ScopeFact;
  purpose: Purpose;
  /** Both by the device's clock. */
  notBefore: number;
  notAfter: number;
  consentText?: string;
}

export type SessionEvent =
  | { type: 'invited'; reason: string; mode: string }
  | { type: 'redeemed'; channel: 'link' | 'code'; isGuest: boolean }
  | { type: 'accepted'; isGuest: boolean }
  | { type: 'declined' }
  | { type: 'enrolled'; serialNumber: string; platform: string; helperVersion: string }
  | { type: 'granted'; grant: NewGrant }
  /** By the device for one grant, so by the sharer unless it says why; or by the sharer's portal or the agent for all of a kind. */
  | { type: 'revoked'; grantId: string; cause?: RevokeCause | undefined }
  | { type: 'taken-back'; capability: Capability; by: 'sharer' | 'agent' }
  | { type: 'right-declined'; capability: string; reach: string }
  | { type: 'masked'; rule: string }
  | { type: 'paused'; by: Party; reason: PauseReason }
  | { type: 'ended'; by: Party; reason: EndReason }
  | { type: 'person-deactivated'; who: 'agent' | 'sharer' }
  | { type: 'connected'; who: 'agent' | 'device'; serialNumber: string }
  | { type: 'disconnected'; who: 'agent' | 'device' }
  | { type: 'tick' };

export type TimedEvent = SessionEvent & { at: number };

/** Grants that stop counting now, and whose doing it is. */
export interface Revocation {
  type: 'revoke-grants';
  grantIds: string[];
  by: Party;
}

/** One audit event still without its place in the chain. */
export type AuditFact = {
  [A in AuditAction]: { type: 'audit'; by: Party; action: A; detail: AuditDetail<A> };
}[AuditAction];

export type SessionAction =
  | { type: 'move'; to: SessionState; pauseReason: PauseReason | null; endReason: EndReason | null }
  | { type: 'store-grant'; grant: NewGrant }
  | Revocation
  | { type: 'store-device'; serialNumber: string; platform: string; helperVersion: string }
  /** Whether the sharer's side is somebody who came in by code or link without signing in. */
  | { type: 'store-guest'; isGuest: boolean }
  /** Invitation, spoken code and helper tokens stop working. */
  | { type: 'void-secrets' }
  | { type: 'revoke-certificate'; serialNumber: string }
  | { type: 'close'; reason: EndReason }
  | AuditFact
  /** What came before in the list still holds; the caller is told that it was not done. */
  | { type: 'refuse'; code: ErrorCode };

const JOINABLE: readonly SessionState[] = ['connecting', 'active', 'paused'];
const REFUSE: SessionAction = { type: 'refuse', code: 'session.state-changed' };

/** When the present state ends by itself, and why. Undefined once ended. */
export function deadlineOf(session: SessionFacts): { at: number; reason: EndReason } | undefined {
  if (session.state === 'ended') return undefined;
  const limits = [stateDeadline(session)];
  if (session.state === 'paused' && session.startedAt !== null) limits.push(timeLimit(session, session.startedAt));
  if (session.state === 'connecting' && session.deviceLostAt !== null) {
    limits.push({ at: session.deviceLostAt + DEVICE_RETURN_LIMIT_S * 1000, reason: 'connection-lost' });
  }
  return limits.reduce((first, next) => (next.at < first.at ? next : first));
}

function stateDeadline(session: SessionFacts): { at: number; reason: EndReason } {
  if (session.state === 'active') return timeLimit(session, session.startedAt ?? session.stateSince);
  const { limitS, reason } = STATE_DEADLINES[session.state as Exclude<SessionState, 'ended'>];
  const isNetwork = session.state === 'paused' && session.pauseReason === 'network';
  return { at: session.stateSince + limitS * 1000, reason: isNetwork ? 'connection-lost' : reason };
}

function timeLimit({ policy }: SessionFacts, startedAt: number): { at: number; reason: EndReason } {
  return { at: startedAt + policy.sessionLimitS * 1000, reason: STATE_DEADLINES.active.reason };
}

/** Rights in force now: none outside `active`, whatever was granted. */
export function rightsInForce(session: SessionFacts, at: { holder: string; now: number }): EffectiveRights {
  return session.state === 'active' ? effective(session.policy, session.grants, at) : new Map();
}

/** What follows from an event. An empty list means that nothing changes and nobody needs to know. */
export function decide(session: SessionFacts, event: TimedEvent): SessionAction[] {
  const deadline = deadlineOf(session);
  if (deadline !== undefined && event.at >= deadline.at) {
    return [...end(session, event.at, { by: 'server', reason: deadline.reason }), ...(isDemand(event) ? [REFUSE] : [])];
  }
  if (session.state === 'ended') return isDemand(event) ? [REFUSE] : [];
  // The table pairs each event type with its own decision; TypeScript cannot follow that through the index.
  return DECISIONS[event.type](session, event as never);
}

/** A demand that cannot be met is refused; a report of something that happened anyway is not. */
function isDemand(event: SessionEvent): boolean {
  const isReport = [
    'tick',
    'ended',
    'disconnected',
    'person-deactivated',
    'revoked',
    'right-declined',
    'masked',
  ].includes(event.type);
  return !isReport;
}

type Decision<T extends SessionEvent['type']> = (
  session: SessionFacts,
  event: Extract<TimedEvent, { type: T }>,
) => SessionAction[];

const DECISIONS: { [T in SessionEvent['type']]: Decision<T> } = {
  invited: (session, { reason, mode }) =>
    from(session, ['requested'], () => [
      move('invited'),
      {
        type: 'audit',
        by: 'agent',
        action: 'invitation/sent',
        detail: { reason, mode, channel: 'portal, link, code' },
      },
    ]),
  redeemed: (session, { channel, isGuest }) =>
    from(session, ['invited'], () => [
      { type: 'store-guest', isGuest },
      { type: 'audit', by: 'sharer', action: 'invitation/redeemed', detail: { channel } },
    ]),
  accepted: (session, { isGuest }) =>
    from(session, ['invited'], () => [
      { type: 'store-guest', isGuest },
      move('accepted'),
      { type: 'void-secrets' },
      { type: 'audit', by: 'sharer', action: 'session/accepted', detail: {} },
    ]),
  declined: (session, { at }) =>
    from(session, ['invited', 'accepted', 'connecting'], () =>
      end(session, at, { by: 'sharer', reason: 'sharer-declined' }),
    ),
  enrolled: (session, { serialNumber, platform, helperVersion }) =>
    from(session, ['accepted'], () => [
      { type: 'store-device', serialNumber, platform, helperVersion },
      move('connecting'),
      { type: 'void-secrets' },
      {
        type: 'audit',
        by: 'sharer',
        action: 'session/enrolled',
        detail: { serialNumber, platform, helperVersion },
      },
    ]),
  granted: (session, { grant, at }) =>
    from(session, ['connecting', 'active', 'paused'], () => grantTo(session, grant, at)),
  revoked: revoke,
  'taken-back': takeBack,
  'right-declined': (session, { capability, reach }) =>
    notice(session, { action: 'session/declined', detail: { capability, reach } }),
  masked: (session, { rule }) => notice(session, { action: 'session/masked', detail: { rule } }),
  paused: (session, event) =>
    session.state === 'paused' ? [] : from(session, ['active'], () => pause(session, event)),
  ended: (session, { by, reason, at }) => end(session, at, { by, reason }),
  'person-deactivated': (session, { who, at }) =>
    end(session, at, { by: 'server', reason: who === 'agent' ? 'agent-deactivated' : 'sharer-deactivated' }),
  connected: (session, { who, serialNumber }) =>
    from(session, who === 'agent' ? ['accepted', ...JOINABLE] : JOINABLE, () => [
      {
        type: 'audit',
        by: who === 'agent' ? 'agent' : 'sharer',
        action: 'session/joined',
        detail: { serialNumber },
      },
    ]),
  disconnected: (session, { who }) => {
    if (session.state !== 'active') return [];
    return pause(
      session,
      who === 'agent' ? { by: 'agent', reason: 'agent-away' } : { by: 'server', reason: 'network' },
    );
  },
  tick: () => [],
};

function from(session: SessionFacts, states: readonly SessionState[], then: () => SessionAction[]): SessionAction[] {
  return states.includes(session.state) ? then() : [REFUSE];
}

function move(to: Exclude<SessionState, 'paused' | 'ended'>): SessionAction {
  return { type: 'move', to, pauseReason: null, endReason: null };
}

function end(session: SessionFacts, at: number, { by, reason }: { by: Party; reason: EndReason }): SessionAction[] {
  if (!isTransitionAllowed(session.state, 'ended')) return [];
  const durationS = session.startedAt === null ? 0 : Math.round((at - session.startedAt) / 1000);
  const revoked: SessionAction[] =
    session.deviceSerial === null ? [] : [{ type: 'revoke-certificate', serialNumber: session.deviceSerial }];
  return [
    { type: 'move', to: 'ended', pauseReason: null, endReason: reason },
    ...revokeGrants(unrevoked(session), by),
    { type: 'void-secrets' },
    ...revoked,
    { type: 'audit', by, action: 'session/ended', detail: { reason, durationS } },
    { type: 'close', reason },
  ];
}

/** A pause takes every right back: going on is a new decision of the sharer, never the return of an old one. */
function pause(session: SessionFacts, { by, reason }: { by: Party; reason: PauseReason }): SessionAction[] {
  return [
    { type: 'move', to: 'paused', pauseReason: reason, endReason: null },
    { type: 'audit', by, action: 'session/paused', detail: { reason } },
    ...revokeGrants(unrevoked(session), by),
  ];
}

/** Leaving a pause is always the sharer's (ARCHITECTURE §4), by a new grant of view. */
function resume(): SessionAction[] {
  return [move('active'), { type: 'audit', by: 'sharer', action: 'session/resumed', detail: {} }];
}

function grantTo(session: SessionFacts, grant: NewGrant, at: number): SessionAction[] {
  const isAllowed =
    isCapability(grant.capability) && isReachAllowed(session.policy, grant.capability, grant.scope.reach);
  const isFresh = grant.notAfter > at && !session.grants.some((other) => other.id === grant.id);
  // The difference alone counts: the device's clock need not be ours.
  const limitS =
    grant.purpose === 'task' ? Math.min(TASK_LIMIT_S, session.policy.sessionLimitS) : session.policy.sessionLimitS;
  const isWithinLimit = grant.notAfter - grant.notBefore <= limitS * 1000;
  if (!isAllowed || !isFresh || !isWithinLimit) return [{ type: 'refuse', code: 'grant.invalid' }];
  const { id, capability, scope, purpose, notAfter, consentText } = grant;
  const stored: SessionAction[] = [
    { type: 'store-grant', grant },
    {
      type: 'audit',
      by: 'sharer',
      action: 'session/granted',
      detail: {
        capability,
        grant: id,
        ...scopeDetail(scope),
        purpose,
        notAfter,
        ...(consentText === undefined ? {} : { consentText }),
      },
    },
  ];
  if (capability !== 'view' || session.state === 'active') return stored;
  return [...(session.state === 'paused' ? resume() : [move('active')]), ...stored];
}

function scopeDetail(scope: ScopeFact): AuditDetail<'session/granted'> {
  if (scope.reach === 'all') return { reach: 'all' };
  const { reach, windows, applications, rectangles, sha256: areas } = scope;
  return { reach, windows, applications, rectangles, areas };
}

/** Something that the device says for the record; it changes nothing. */
function notice(session: SessionFacts, fact: Omit<AuditFact, 'type' | 'by'>): SessionAction[] {
  // Action and detail were paired by the type of AuditFact.
  return JOINABLE.includes(session.state) ? [{ type: 'audit', by: 'sharer', ...fact } as AuditFact] : [];
}

/** All of a kind at once, from wherever: without view there is nothing left to share, which is a pause. */
function takeBack(
  session: SessionFacts,
  { capability, by, at }: { capability: Capability; by: 'sharer' | 'agent'; at: number },
): SessionAction[] {
  const held = unrevoked(session).filter((grant) => grant.capability === capability);
  if (held.length === 0) return [];
  if (capability === 'view' && session.state === 'active') return pause(session, { by, reason: by });
  return revokeGrants([...held, ...lostWith(session, held, at)], by);
}

/** Without view nothing may be operated: taking back view takes back everything and pauses. */
function revoke(
  session: SessionFacts,
  { grantId, cause, at }: { grantId: string; cause?: RevokeCause | undefined; at: number },
): SessionAction[] {
  const grant = unrevoked(session).find((known) => known.id === grantId);
  if (grant === undefined) return [];
  const keepsView =
    grant.capability !== 'view' ||
    unrevoked(session).some((other) => other.capability === 'view' && other.id !== grantId);
  if (keepsView) return revokeGrants([grant, ...lostWith(session, [grant], at)], 'sharer', cause);
  if (session.state === 'active') return pause(session, { by: 'sharer', reason: 'sharer' });
  return revokeGrants(unrevoked(session), 'sharer');
}

function revokeGrants(grants: readonly GrantFact[], by: Party, cause?: RevokeCause): SessionAction[] {
  if (grants.length === 0) return [];
  return [
    { type: 'revoke-grants', grantIds: grants.map((grant) => grant.id), by },
    ...grants.map(({ id, capability }): AuditFact => ({
      type: 'audit',
      by,
      action: 'session/revoked',
      detail: { capability, grant: id, ...(cause === undefined ? {} : { cause }) },
    })),
  ];
}

/** What needs what is gone goes with it: it is not to come back with it unasked. */
function lostWith(session: SessionFacts, gone: readonly GrantFact[], now: number): GrantFact[] {
  const all = unrevoked(session);
  const left = all.filter((grant) => !gone.includes(grant));
  return left.filter(({ capability, holder }) => {
    const isIn = (grants: readonly GrantFact[]): boolean =>
      isCapability(capability) && effective(session.policy, grants, { holder, now }).has(capability);
    return isIn(all) && !isIn(left);
  });
}

function unrevoked(session: SessionFacts): GrantFact[] {
  return session.grants.filter((grant) => !grant.isRevoked);
}
