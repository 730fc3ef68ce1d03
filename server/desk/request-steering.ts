import type { Priority, Request } from '../../protocol/api/desk.ts';
import type { HandOver } from '../../protocol/api/queues.ts';
import { actorOf } from '../access/access.ts';
import type { SignedInPerson } from '../access/sign-ins.ts';
import type { Tx } from '../platform/database.ts';
import { AppError } from '../platform/errors.ts';
import { newId } from '../platform/random.ts';
import { insertHandover } from './handovers.repository.ts';
import { findTarget } from './handovers.ts';
import { auditTarget, type RequestMover, type RequestsDeps } from './request-mover.ts';
import { handOver } from './request-moves.ts';
import { isOpen, readVisibleRequest } from './request-rights.ts';
import { changePriority } from './requests.repository.ts';

/** Where a request goes next, and how soon. */
export interface RequestSteering {
  /** To a colleague or another queue, with a note that only the desk reads. */
  handOver(person: SignedInPerson, requestId: string, to: HandOver): Request;
  setPriority(person: SignedInPerson, requestId: string, priority: Priority): Request;
}

export function createRequestSteering(deps: RequestsDeps, mover: RequestMover): RequestSteering {
  return {
    handOver: (person, requestId, to) => {
      const { personId, name: from } = person;
      const isLead = person.roles.includes('lead');
      const view = mover.act(person, requestId, (row, { now, tx }) => {
        const target = findTarget(tx, to);
        insertHandover(tx, {
          id: newId('hnd', deps.random),
          requestId,
          byId: personId,
          toAgentId: target.kind === 'agent' ? target.id : null,
          toQueueId: target.kind === 'queue' ? target.id : null,
          note: to.note,
          handedOverAt: now,
        });
        return handOver(row, { personId, now, isLead, target });
      });
      if ('agentId' in to) deps.news.handedOver(view, { agentId: to.agentId, from, employee: view.employee.name });
      return view;
    },
    setPriority: (person, requestId, priority) => {
      const changed = deps.database.transaction((tx) => change(deps, tx, { person, requestId, priority }));
      if (changed !== undefined) deps.news.requestChanged(changed);
      return mover.viewOne(deps.database.db, requestId);
    },
  };
}

/** Undefined: it is so already. */
function change(
  deps: RequestsDeps,
  tx: Tx,
  { person, requestId, priority }: { person: SignedInPerson; requestId: string; priority: Priority },
): { id: string; employeeId: string } | undefined {
  const row = readVisibleRequest(tx, requestId, person);
  if (!isOpen(row)) throw new AppError('assistance.state-changed');
  const { id, priority: from } = row;
  if (from === priority) return undefined;
  if (!changePriority(tx, { id, from, to: priority })) throw new AppError('assistance.state-changed');
  const detail = { from, priority };
  deps.audit.append(tx, {
    actor: actorOf(person),
    action: 'request/priority-set',
    target: auditTarget(row),
    detail,
  });
  return row;
}
