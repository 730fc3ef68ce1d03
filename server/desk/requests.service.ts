import type { z } from 'zod';
import { IMPACT_PRIORITY, type Queue, type Request, type createRequest } from '../../protocol/api/desk.ts';
import type { Handover } from '../../protocol/api/queues.ts';
import { actorOf } from '../access/access.ts';
import type { SignedInPerson } from '../access/sign-ins.ts';
import { SYSTEM } from '../audit/audit.ts';
import { AppError } from '../platform/errors.ts';
import { newId } from '../platform/random.ts';
import { findCategory } from './categories.repository.ts';
import type { RequestRow } from './desk.tables.ts';
import { viewHandovers } from './handovers.ts';
import { readDefaultQueueId } from './queues.repository.ts';
import { auditTarget, createRequestMover, type RequestsDeps } from './request-mover.ts';
import { cancel, release, solve, take } from './request-moves.ts';
import { readVisibleRequest } from './request-rights.ts';
import { createRequestSteering, type RequestSteering } from './request-steering.ts';
import { viewRequests } from './request-view.ts';
import { findRequest, insertRequest, listDesk, listRequestsOf } from './requests.repository.ts';

export interface RequestsService extends RequestSteering {
  create(person: SignedInPerson, body: z.infer<typeof createRequest>): Request;
  listMine(person: SignedInPerson): Request[];
  queue(person: SignedInPerson): Queue;
  detail(person: SignedInPerson, requestId: string): Request;
  /** Taking what one has already is not an error; taking what another has is, unless it is meant. */
  take(person: SignedInPerson, requestId: string, how: { takeOver: boolean }): Request;
  release(person: SignedInPerson, requestId: string): Request;
  solve(person: SignedInPerson, requestId: string): Request;
  cancel(person: SignedInPerson, requestId: string): Request;
  /** How it came to whoever has it, with the notes. */
  handovers(person: SignedInPerson, requestId: string): Handover[];
  /** Puts back into the queue whatever an agent had who is no longer there. */
  releaseAllOf(agentId: string): void;
}

export function createRequestsService(deps: RequestsDeps): RequestsService {
  const { database, sessions } = deps;
  const mover = createRequestMover(deps);

  return {
    ...createRequestSteering(deps, mover),
    create: (person, body) => create(deps, person, body),
    listMine: (person) => viewRequests(database.db, listRequestsOf(database.db, person.personId), sessions),
    queue: (person) => {
      const { open, closed } = listDesk(database.db);
      const view = (rows: RequestRow[]) => viewRequests(database.db, rows, sessions);
      return {
        waiting: view(open.filter((row) => row.state === 'waiting')),
        mine: view(open.filter((row) => row.agentId === person.personId)),
        others: view(open.filter((row) => row.agentId !== null && row.agentId !== person.personId)),
        closed: view(closed),
      };
    },
    detail: (person, requestId) => mover.viewOne(database.db, readVisibleRequest(database.db, requestId, person).id),
    handovers: (person, requestId) => viewHandovers(database.db, readVisibleRequest(database.db, requestId, person).id),
    take: (person, requestId, { takeOver }) =>
      mover.act(person, requestId, (row, asked) => take(row, { ...asked, takeOver })),
    release: (person, requestId) => mover.act(person, requestId, release),
    solve: (person, requestId) => mover.act(person, requestId, solve),
    cancel: (person, requestId) => mover.act(person, requestId, cancel),
    releaseAllOf: (agentId) => {
      const after = database.transaction((tx) =>
        listDesk(tx)
          .open.filter((row) => row.agentId === agentId)
          .flatMap((row) => mover.tryMove(tx, row, { move: release(row, { personId: agentId }), by: SYSTEM }) ?? []),
      );
      for (const run of after) run();
    },
  };
}

function create(deps: RequestsDeps, person: SignedInPerson, body: z.infer<typeof createRequest>): Request {
  const { row, view } = deps.database.transaction((tx) => {
    const category = findCategory(tx, body.categoryId);
    if (category === undefined || !category.isActive) throw new AppError('request.invalid', { fields: ['categoryId'] });
    const fresh = {
      id: newId('req', deps.random),
      employeeId: person.personId,
      ...body,
      queueId: category.queueId ?? readDefaultQueueId(tx),
      priority: IMPACT_PRIORITY[body.impact],
      createdAt: deps.clock.now(),
    };
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
