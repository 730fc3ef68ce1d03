import type { Request } from '../../protocol/api/desk.ts';
import { actorOf } from '../access/access.ts';
import type { SignedInPerson } from '../access/sign-ins.ts';
import { SYSTEM, type Audit, type AuditParty } from '../audit/audit.ts';
import type { Clock } from '../platform/clock.ts';
import type { Database, Tx } from '../platform/database.ts';
import { AppError } from '../platform/errors.ts';
import type { Random } from '../platform/random.ts';
import type { DeskNews } from './desk.news.ts';
import type { RequestRow } from './desk.tables.ts';
import type { MessagesService } from './messages.service.ts';
import type { Move } from './request-moves.ts';
import { readVisibleRequest } from './request-rights.ts';
import type { AfterCommit, RequestSessions } from './request-sessions.ts';
import { viewRequests } from './request-view.ts';
import { findRequest, moveRequest } from './requests.repository.ts';

export interface RequestsDeps {
  database: Database;
  clock: Clock;
  random: Random;
  audit: Audit;
  news: DeskNews;
  messages: MessagesService;
  sessions: RequestSessions;
}

type Decide = (row: RequestRow, asked: { personId: string; now: number; tx: Tx }) => Move | undefined;

/** Makes moves: the change, its audit event, its line in the chat and the end of a session are one transaction. */
export interface RequestMover {
  /** Undefined: somebody else was faster, or it never was so. */
  tryMove(tx: Tx, row: RequestRow, made: { move: Move; by: AuditParty }): AfterCommit[] | undefined;
  /** `decide` says which move; undefined: none is needed. */
  act(person: SignedInPerson, requestId: string, decide: Decide): Request;
  viewOne(tx: Tx, requestId: string): Request;
}

export function createRequestMover(deps: RequestsDeps): RequestMover {
  const tryMove: RequestMover['tryMove'] = (tx, row, { move, by }) => {
    const moved = moveRequest(tx, { id: row.id, from: move.from, to: move.to });
    if (moved === undefined) return undefined;
    const { subject } = move;
    const detail = subject === undefined ? {} : { to: subject.id, name: subject.name };
    deps.audit.append(tx, { actor: by, action: move.action, target: auditTarget(row), detail });
    const ended = move.sessionMove === undefined ? [] : deps.sessions.requestMoved(tx, row.id, move.sessionMove);
    const authorId = by === SYSTEM ? null : by.id;
    const said = deps.messages.addSystem(tx, row, { code: move.says, authorId, subjectId: subject?.id ?? null });
    return [...ended, said, () => deps.news.requestChanged(row)];
  };

  const viewOne: RequestMover['viewOne'] = (tx, requestId) => {
    const row = findRequest(tx, requestId);
    const [view] = row === undefined ? [] : viewRequests(tx, [row], deps.sessions);
    if (view === undefined) throw new Error(`request ${requestId} vanished`);
    return view;
  };

  return {
    tryMove,
    viewOne,
    act: (person, requestId, decide) => {
      const { view, after } = deps.database.transaction((tx) => {
        const row = readVisibleRequest(tx, requestId, person);
        const wanted = decide(row, { personId: person.personId, now: deps.clock.now(), tx });
        const after = wanted === undefined ? [] : tryMove(tx, row, { move: wanted, by: actorOf(person) });
        if (after === undefined) throw new AppError('assistance.state-changed');
        return { view: viewOne(tx, row.id), after };
      });
      for (const run of after) run();
      return view;
    },
  };
}

export function auditTarget(row: Pick<RequestRow, 'id' | 'symptom'>): AuditParty {
  return { id: row.id, label: row.symptom.slice(0, 80) };
}
