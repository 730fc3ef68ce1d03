import type { SystemMessage } from '../../protocol/api/desk.ts';
import type { AuditAction } from '../../protocol/audit.ts';
import { AppError } from '../platform/errors.ts';
import type { RequestRow } from './desk.tables.ts';
import type { RequestMove } from './request-sessions.ts';
import type { RequestChange, RequestExpectation } from './requests.repository.ts';

/** One move of a request, and everything that is written with it. */
export interface Move {
  from: RequestExpectation;
  to: RequestChange;
  action: AuditAction;
  says: SystemMessage;
  /** Set when an open session cannot outlive the move. */
  sessionMove?: RequestMove;
}

interface Asked {
  personId: string;
  now: number;
}

/** Undefined when the person has it already. Taking what another has must be meant. */
export function take(row: RequestRow, { personId, now, takeOver }: Asked & { takeOver: boolean }): Move | undefined {
  // Nobody works on a request of their own: the two sides of a session are two people.
  if (row.employeeId === personId) throw new AppError('auth.forbidden');
  if (row.state === 'taken' && row.agentId === personId) return undefined;
  const taken = { to: { state: 'taken', agentId: personId, takenAt: now }, action: 'request/taken' } as const;
  if (row.state !== 'taken' || row.agentId === null) {
    return { ...taken, from: { states: ['waiting'] }, says: 'request.taken' };
  }
  if (!takeOver) throw new AppError('assistance.taken');
  const from = { states: ['taken'], agentId: row.agentId } as const;
  return { ...taken, from, says: 'request.taken-over', sessionMove: 'taken-over' };
}

/** Back into the queue, where it keeps its place. */
export function release(row: RequestRow, { personId }: { personId: string }): Move {
  return {
    from: fromMine(row, personId),
    to: { state: 'waiting', agentId: null, takenAt: null },
    action: 'request/released',
    says: 'request.released',
    sessionMove: 'released',
  };
}

export function solve(row: RequestRow, { personId, now }: Asked): Move {
  return {
    from: fromMine(row, personId),
    to: { state: 'solved', closedAt: now },
    action: 'request/solved',
    says: 'request.solved',
    sessionMove: 'solved',
  };
}

export function cancel(row: RequestRow, { personId, now }: Asked): Move {
  if (row.employeeId !== personId) throw new AppError('auth.forbidden');
  return {
    from: { states: ['waiting', 'taken'] },
    to: { state: 'cancelled', closedAt: now },
    action: 'request/cancelled',
    says: 'request.cancelled',
    sessionMove: 'cancelled',
  };
}

function fromMine(row: RequestRow, personId: string): RequestExpectation {
  if (row.state === 'taken' && row.agentId !== personId) throw new AppError('assistance.taken');
  return { states: ['taken'], agentId: personId };
}
