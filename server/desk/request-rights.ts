import type { Role } from '../../protocol/api/access.ts';
import type { SignedInPerson } from '../access/sign-ins.ts';
import { AppError } from '../platform/errors.ts';
import type { Tx } from '../platform/database.ts';
import type { RequestRow } from './desk.tables.ts';
import { findRequest } from './requests.repository.ts';

/** Who works on requests: they see all of them. */
export const DESK_ROLES = ['agent', 'lead'] as const satisfies readonly Role[];

export function isOnDesk(roles: readonly Role[]): boolean {
  return DESK_ROLES.some((role) => roles.includes(role));
}

/** The request, when this person may know of it: its employee, agents and leads. To all others it does not exist. */
export function readVisibleRequest(
  tx: Tx,
  requestId: string,
  person: Pick<SignedInPerson, 'personId' | 'roles'>,
): RequestRow {
  const row = findRequest(tx, requestId);
  if (row === undefined || !(row.employeeId === person.personId || isOnDesk(person.roles))) {
    throw new AppError('not-found');
  }
  return row;
}

export function isOpen(row: RequestRow): boolean {
  return row.state === 'waiting' || row.state === 'taken';
}
