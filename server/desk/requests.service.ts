import type { z } from 'zod';
import type { Queue, Request, createRequest } from '../../protocol/api/desk.ts';
import { actorOf } from '../access/access.ts';
import type { SignedInPerson } from '../access/sign-ins.ts';
import { SYSTEM, type Audit, type AuditParty } from '../audit/audit.ts';
import type { Clock } from '../platform/clock.ts';
import type { Database, Tx } from '../platform/database.ts';
import { AppError } from '../platform/errors.ts';
import { newId, type Random } from '../platform/random.ts';
import { findCategory } from './categories.repository.ts';
import type { DeskNews } from './desk.news.ts';
import type { RequestRow } from './desk.tables.ts';
import type { MessagesService } from './messages.service.ts';
import { cancel, release, solve, take, type Move } from './request-moves.ts';
import { readVisibleRequest } from './request-rights.ts';
import type { AfterCommit, RequestSessions } from './request-sessions.ts';
import { viewRequests } from './request-view.ts';
import { findRequest, insertRequest, listDesk, listRequestsOf, moveRequest } from './requests.repository.ts';

export interface RequestsService {
  create(person: SignedInPerson, body: z.infer<typeof createRequest>): Request;
  listMine(person: SignedInPerson): Request[];
  queue(person: SignedInPerson): Queue;
  detail(person: SignedInPerson, requestId: string): Request;
  /** Taking what one has already is not an error; taking what another has is, unless it is meant. */
  take(person: SignedInPerson, requestId: string, how: { takeOver: boolean }): Request;
  release(person: SignedInPerson, requestId: string): Request;
  solve(person: SignedInPerson, requestId: string): Request;
  cancel(person: SignedInPerson, requestId: string): Request;
  /** Puts back into the queue whatever an agent had who is no longer there. */
  releaseAllOf(agentId: string): void;
}

export interface RequestsDeps {
  database: Database;
  clock: Clock;
  random: Random;
  audit: Audit;
  news: DeskNews;
  messages: MessagesService;
  sessions: RequestSessions;
}

export function createRequestsService(deps: RequestsDeps): RequestsService {
  const { database, clock } = deps;

  /** Undefined: somebody else was faster, or it never was so. */
  function tryMove(tx: Tx, row: RequestRow, { move, by }: { move: Move; by: AuditParty }): AfterCommit[] | undefined {
    const moved = moveRequest(tx, { id: row.id, from: move.from, to: move.to });
    if (moved === undefined) return undefined;
    deps.audit.append(tx, { actor: by, action: move.action, target: auditTarget(row) });
    const ended = move.sessionMove === undefined ? [] : deps.sessions.requestMoved(tx, row.id, move.sessionMove);
    const authorId = by === SYSTEM ? null : by.id;
    const said = deps.messages.addSystem(tx, row, { code: move.says, authorId });
    return [...ended, said, () => deps.news.requestChanged(row)];
  }

  function act(
    person: SignedInPerson,
    requestId: string,
    move: (row: RequestRow, asked: { personId: string; now: number }) => Move | undefined,
  ): Request {
    const { view, after } = database.transaction((tx) => {
      const row = readVisibleRequest(tx, requestId, person);
      const wanted = move(row, { personId: person.personId, now: clock.now() });
      const after = wanted === undefined ? [] : tryMove(tx, row, { move: wanted, by: actorOf(person) });
      if (after === undefined) throw new AppError('assistance.state-changed');
      return { view: viewOne(tx, row.id), after };
    });
    for (const run of after) run();
    return view;
  }

  function viewOne(tx: Tx, requestId: string): Request {
    const row = findRequest(tx, requestId);
    const [view] = row === undefined ? [] : viewRequests(tx, [row], deps.sessions);
    if (view === undefined) throw new Error(`request ${requestId} vanished`);
    return view;
  }

  return {
    create: (person, body) => create(deps, person, body),
    listMine: (person) => viewRequests(database.db, listRequestsOf(database.db, person.personId), deps.sessions),
    queue: (person) => {
      const { open, closed } = listDesk(database.db);
      const view = (rows: RequestRow[]) => viewRequests(database.db, rows, deps.sessions);
      return {
        waiting: view(open.filter((row) => row.state === 'waiting')),
        mine: view(open.filter((row) => row.agentId === person.personId)),
        others: view(open.filter((row) => row.agentId !== null && row.agentId !== person.personId)),
        closed: view(closed),
      };
    },
    detail: (person, requestId) => viewOne(database.db, readVisibleRequest(database.db, requestId, person).id),
    take: (person, requestId, { takeOver }) =>
      act(person, requestId, (row, asked) => take(row, { ...asked, takeOver })),
    release: (person, requestId) => act(person, requestId, release),
    solve: (person, requestId) => act(person, requestId, solve),
    cancel: (person, requestId) => act(person, requestId, cancel),
    releaseAllOf: (agentId) => {
      const after = database.transaction((tx) =>
        listDesk(tx)
          .open.filter((row) => row.agentId === agentId)
          .flatMap((row) => tryMove(tx, row, { move: release(row, { personId: agentId }), by: SYSTEM }) ?? []),
      );
      for (const run of after) run();
    },
  };
}

function create(deps: RequestsDeps, person: SignedInPerson, body: z.infer<typeof createRequest>): Request {
  const { row, view } = deps.database.transaction((tx) => {
    const category = findCategory(tx, body.categoryId);
    if (category === undefined || !category.isActive) throw new AppError('request.invalid', { fields: ['categoryId'] });
    const fresh = { id: newId('req', deps.random), employeeId: person.personId, ...body, createdAt: deps.clock.now() };
    insertRequest(tx, fresh);
    deps.audit.append(tx, {
      actor: actorOf(person),
      action: 'request/created',
      target: auditTarget(fresh),
      detail: { category: category.name.en },
    });
    const row = findRequest(tx, fresh.id);
    const [view] = row === undefined ? [] : viewRequests(tx, [row], deps.sessions);
    if (row === undefined || view === undefined) throw new Error('a request that was just made exists');
    return { row, view };
  });
  deps.news.requestChanged(row);
  return view;
}

export function auditTarget(row: Pick<RequestRow, 'id' | 'symptom'>): AuditParty {
  return { id: row.id, label: row.symptom.slice(0, 80) };
}
