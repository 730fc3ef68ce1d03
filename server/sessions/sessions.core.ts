/**
 * A session's life on the server: an event comes in, the machine decides, the decision is written in one transaction and
 * whoever must know is told after the commit. Everything that changes a session's state goes through `applyIn`.
 */
import { modeOf, type EffectiveRights } from '../../protocol/capabilities.ts';
import type { ErrorCode } from '../../protocol/errors.ts';
import type { EndReason } from '../../protocol/lifecycle.ts';
import type { Audit } from '../audit/audit.ts';
import type { Authority } from '../authority/authority.ts';
import type { Desk } from '../desk/desk.ts';
import type { AfterCommit } from '../desk/request-sessions.ts';
import type { Clock } from '../platform/clock.ts';
import type { Database, Tx } from '../platform/database.ts';
import { AppError } from '../platform/errors.ts';
import { createEvents } from '../platform/events.ts';
import type { LiveHub } from '../platform/live.ts';
import type { Logger } from '../platform/logger.ts';
import { executeActions } from './session.actions.ts';
import {
  deadlineOf,
  decide,
  rightsInForce,
  type Revocation,
  type SessionEvent,
  type SessionFacts,
} from './session.machine.ts';
import { createPresenceBook, type PresenceBook } from './session.presence.ts';
import type { SessionStatus } from './session.room.ts';
import { createSessionTimes, type SessionTimes } from './session.time.ts';
import { listGrants, readSession, updateSession } from './sessions.repository.ts';
import type { SessionRow } from './sessions.tables.ts';

export interface SessionsCoreDeps {
  database: Database;
  clock: Clock;
  audit: Audit;
  hub: LiveHub;
  log: Logger;
  authority: Authority;
  desk: Pick<Desk, 'messages' | 'news'>;
}

/** What became of an event. With a `refusal` the caller must be told, and what was written still holds. */
export interface Applied {
  row: SessionRow;
  refusal: ErrorCode | undefined;
  after: AfterCommit[];
}

interface CoreEvents {
  'session/ended': { sessionId: string; reason: EndReason };
  'session/changed': { sessionId: string; revoked: Revocation | undefined };
}

export type EndListener = (sessionId: string, reason: EndReason) => void;
export type ChangeListener = (sessionId: string, revoked: Revocation | undefined) => void;

export interface SessionsCore {
  readonly presence: PresenceBook;
  readonly times: SessionTimes;
  /** Inside a transaction of the caller, who runs `after` when it has committed. */
  applyIn(tx: Tx, sessionId: string, event: SessionEvent): Applied;
  /** Alone. Throws the refusal. */
  apply(sessionId: string, event: SessionEvent): SessionStatus;
  /**
   * Applies an event, then does `work` in the same transaction unless it was refused. What it returns is the answer;
   * should it throw, nothing has happened.
   */
  applyThen<T>(sessionId: string, event: SessionEvent, work: (tx: Tx, row: SessionRow) => T): T;
  facts(tx: Tx, row: SessionRow): SessionFacts;
  /** What the sharer granted and is in force. */
  rights(tx: Tx, row: SessionRow): EffectiveRights;
  /** When the present state ends by itself, as the clock on the wall stands now; null once ended. */
  deadlineAt(tx: Tx, row: SessionRow): number | null;
  status(sessionId: string): SessionStatus;
  onEnded(listener: EndListener): void;
  /** Told of everything that changed a session, whoever brought it about; an end is told to `onEnded` first. */
  onChanged(listener: ChangeListener): void;
  tellSides(row: SessionRow): void;
}

export function createSessionsCore(deps: SessionsCoreDeps): SessionsCore {
  const { database, clock, log } = deps;
  const times = createSessionTimes(clock);
  const presence = createPresenceBook(clock, times);
  const { facts, statusOf, ...readers } = createReaders(presence, times);
  // One listener's failure must not keep the next from closing its sockets.
  const events = createEvents<CoreEvents>((error) => log.error('session/listener-failed', { error }));

  function tellSides(row: SessionRow): void {
    const message = { type: 'session/changed', sessionId: row.id } as const;
    deps.hub.notifyPerson(row.agentId, message);
    deps.hub.notifyPerson(row.sharerId, message);
    deps.hub.notifyGuests(row.id, message);
  }

  function applyIn(tx: Tx, sessionId: string, event: SessionEvent): Applied {
    const before = readSession(tx, sessionId);
    const at = times.now(before);
    const actions = decide(facts(tx, before), { ...event, at });
    const refusal = actions.find((action) => action.type === 'refuse')?.code;
    const done = executeActions(
      tx,
      { row: before, actions, at },
      {
        ...deps,
        onEnded: (id, reason) => events.emit('session/ended', { sessionId: id, reason }),
      },
    );
    const after = [...done.after];
    if (actions.some((action) => action.type !== 'refuse')) {
      const revoked = actions.find((action) => action.type === 'revoke-grants');
      after.push(() => events.emit('session/changed', { sessionId, revoked }));
      after.push(() => tellSides(done.row));
    }
    if (done.row.state !== before.state) {
      const { state: to, endReason, pauseReason } = done.row;
      after.push(() =>
        log.info('session/moved', { sessionId, from: before.state, to, reason: endReason ?? pauseReason }),
      );
      after.push(() => deps.desk.news.requestChanged({ id: before.requestId, employeeId: before.sharerId }));
    }
    const { figures } = presence.of(sessionId);
    if (done.row.state === 'ended' && figures.bytes > 0) updateSession(tx, sessionId, figures);
    return { row: done.row, refusal, after };
  }

  function applyThen<T>(sessionId: string, event: SessionEvent, work: (tx: Tx, row: SessionRow) => T): T {
    const { after, answer } = database.transaction((tx) => {
      const { row, refusal, after } = applyIn(tx, sessionId, event);
      // A refusal may follow an end that has to be kept, so it must not undo the transaction.
      return { after, answer: refusal === undefined ? { value: work(tx, row) } : { refusal } };
    });
    for (const run of after) run();
    if ('refusal' in answer) throw new AppError(answer.refusal);
    return answer.value;
  }

  return {
    presence,
    times,
    applyIn,
    applyThen,
    apply: (sessionId, event) => applyThen(sessionId, event, statusOf),
    facts,
    ...readers,
    status: (sessionId) => statusOf(database.db, readSession(database.db, sessionId)),
    onEnded: (listener) => void events.on('session/ended', ({ sessionId, reason }) => listener(sessionId, reason)),
    onChanged: (listener) =>
      void events.on('session/changed', ({ sessionId, revoked }) => listener(sessionId, revoked)),
    tellSides,
  };
}

type Readers = Pick<SessionsCore, 'facts' | 'rights' | 'deadlineAt'> & {
  statusOf: (tx: Tx, row: SessionRow) => SessionStatus;
};

function createReaders(presence: PresenceBook, times: SessionTimes): Readers {
  function facts(tx: Tx, row: SessionRow): SessionFacts {
    const { state, stateSince, startedAt, pauseReason, policy, deviceSerial } = row;
    const { deviceLostAt } = presence.of(row.id);
    return {
      state,
      stateSince,
      startedAt,
      pauseReason,
      policy,
      deviceSerial,
      deviceLostAt,
      grants: listGrants(tx, row.id),
    };
  }

  const rights = (tx: Tx, row: SessionRow): EffectiveRights =>
    rightsInForce(facts(tx, row), { holder: row.agentSerial, now: times.now(row) });

  function deadlineAt(tx: Tx, row: SessionRow): number | null {
    const deadline = deadlineOf(facts(tx, row));
    return deadline === undefined ? null : times.onWall(row, deadline.at);
  }

  const statusOf = (tx: Tx, row: SessionRow): SessionStatus => ({
    state: row.state,
    grantedMode: modeOf(rights(tx, row)),
    pauseReason: row.pauseReason,
    deadlineAt: deadlineAt(tx, row),
    endReason: row.endReason,
  });

  return { facts, rights, deadlineAt, statusOf };
}
