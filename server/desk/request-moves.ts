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
  /** Whom or what the move is to, besides who makes it. */
  subject?: { id: string; name: string };
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

/** A colleague, or another queue. Both exist and are open; whether this request may go there is decided here. */
export interface HandOverTarget {
  kind: 'agent' | 'queue';
  id: string;
  name: string;
}

interface HandingOver extends Asked {
  isLead: boolean;
  target: HandOverTarget;
}

/** Whoever has a request, or a lead, gives it on; what waits can be sent to another queue by all, to a person by leads. */
export function handOver(row: RequestRow, asked: HandingOver): Move {
  refuseHandOver(row, asked);
  const { personId, now, target } = asked;
  return {
    from: { states: [row.state], ...(row.agentId !== null && { agentId: row.agentId }) },
    ...(target.kind === 'agent' ? toAgent(target, now) : toQueue(target, row.queueId)),
    action: 'request/handed-over',
    subject: { id: target.id, name: target.name },
    ...(row.state === 'taken' && { sessionMove: row.agentId === personId ? 'released' : 'taken-over' }),
  };
}

function refuseHandOver(row: RequestRow, { personId, isLead, target }: HandingOver): void {
  if (row.state !== 'waiting' && row.state !== 'taken') throw new AppError('assistance.state-changed');
  if (!isLead && row.state === 'taken' && row.agentId !== personId) throw new AppError('assistance.taken');
  if (!isLead && row.state === 'waiting' && target.kind === 'agent') throw new AppError('auth.forbidden');
  // Nobody is handed a request of their own, and taking is not handing over.
  const isOdd = target.id === row.employeeId || target.id === personId;
  if (isOdd || isThere(row, target)) throw new AppError('handover.not-possible');
}

function isThere(row: RequestRow, { kind, id }: HandOverTarget): boolean {
  return kind === 'agent' ? row.agentId === id : row.queueId === id && row.agentId === null;
}

const toAgent = ({ id }: HandOverTarget, now: number) =>
  ({ to: { state: 'taken', agentId: id, takenAt: now }, says: 'request.handed-over' }) as const;

/** It keeps its place by age: the employee has waited all the while. */
const toQueue = ({ id }: HandOverTarget, from: string) =>
  ({
    to: { state: 'waiting', agentId: null, takenAt: null, queueId: id },
    says: id === from ? 'request.released' : 'request.moved',
  }) as const;

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
