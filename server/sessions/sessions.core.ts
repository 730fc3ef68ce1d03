/**
 * A session's life on the server: an event comes in, the machine decides, the decision is written in one transaction and
 * whoever must know is told after the commit. Everything that changes a session's state goes through `applyIn`.
 */
import { modeOf, type Mode } from '../../protocol/capabilities.ts';
import type { ErrorCode } from '../../protocol/errors.ts';
import type { EndReason } from '../../protocol/lifecycle.ts';
import type { Audit } from '../audit/audit.ts';
import type { Authority } from '../authority/authority.ts';
import type { Desk } from '../desk/desk.ts';
import type { AfterCommit } from '../desk/request-sessions.ts';
import type { Clock } from '../platform/clock.ts';
import type { Database, Tx } from '../platform/database.ts';
import { AppError } from '../platform/errors.ts';
import type { LiveHub } from '../platform/live.ts';
import type { Logger } from '../platform/logger.ts';
import { executeActions } from './session.actions.ts';
import { deadlineOf, decide, rightsInForce, type SessionEvent, type SessionFacts } from './session.machine.ts';
import { createPresenceBook, type PresenceBook } from './session.presence.ts';
import type { SessionStatus } from './session.room.ts';
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

export interface SessionsCore {
  readonly presence: PresenceBook;
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
  grantedMode(tx: Tx, row: SessionRow): Mode | null;
  status(sessionId: string): SessionStatus;
  onEnded(listener: EndListener): void;
  tellSides(row: SessionRow): void;
}

export function createSessionsCore(deps: SessionsCoreDeps): SessionsCore {
  const { database, clock, log } = deps;
  const presence = createPresenceBook(clock);
  const ends = createEndListeners(log);

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

  function tellSides(row: SessionRow): void {
    const message = { type: 'session/changed', sessionId: row.id } as const;
    deps.hub.notifyPerson(row.agentId, message);
    deps.hub.notifyPerson(row.sharerId, message);
    deps.hub.notifyGuests(row.id, message);
  }

  function applyIn(tx: Tx, sessionId: string, event: SessionEvent): Applied {
    const before = readSession(tx, sessionId);
    const at = clock.now();
    const actions = decide(facts(tx, before), { ...event, at });
    const refusal = actions.find((action) => action.type === 'refuse')?.code;
    const done = executeActions(tx, { row: before, actions, at }, { ...deps, onEnded: ends.tell });
    const after = [...done.after];
    if (actions.some((action) => action.type !== 'refuse')) after.push(() => tellSides(done.row));
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

  function grantedMode(tx: Tx, row: SessionRow): Mode | null {
    const rights = rightsInForce(facts(tx, row), { holder: row.agentSerial, now: clock.now() });
    return modeOf(rights);
  }

  const statusOf = (tx: Tx, row: SessionRow): SessionStatus => ({
    state: row.state,
    grantedMode: grantedMode(tx, row),
    pauseReason: row.pauseReason,
    deadlineAt: deadlineOf(facts(tx, row))?.at ?? null,
    endReason: row.endReason,
  });

  return {
    presence,
    applyIn,
    applyThen,
    apply: (sessionId, event) => applyThen(sessionId, event, statusOf),
    facts,
    grantedMode,
    status: (sessionId) => statusOf(database.db, readSession(database.db, sessionId)),
    onEnded: ends.add,
    tellSides,
  };
}

type EndListener = (sessionId: string, reason: EndReason) => void;

function createEndListeners(log: Logger): { add: (listener: EndListener) => void; tell: EndListener } {
  const listeners: EndListener[] = [];
  return {
    add: (listener) => {
      listeners.push(listener);
    },
    tell: (sessionId, reason) => {
      for (const listener of listeners) {
        try {
          listener(sessionId, reason);
        } catch (error) {
          // One listener's failure must not keep the next from closing its sockets.
          log.error('session/end-listener-failed', { sessionId, error });
        }
      }
    },
  };
}
