import { findRequest } from '../desk/requests.repository.ts';
import type { Tx } from '../platform/database.ts';
import { AppError } from '../platform/errors.ts';
import { availabilityIn } from '../policy/availability.ts';
import { isEverythingOn, type Edition } from '../policy/edition.ts';
import { readEdition } from '../policy/edition.repository.ts';
import type { SessionRow } from './sessions.tables.ts';

export type SessionParties = Pick<SessionRow, 'requestId' | 'sharerId' | 'agentId'>;

/** For many at once. `edition` other than the present one: what if. */
export function sessionAvailabilityIn(tx: Tx, edition: Edition = readEdition(tx)): (row: SessionParties) => boolean {
  if (isEverythingOn(edition)) return () => true;
  const isAvailable = availabilityIn(tx, edition);
  return ({ requestId, sharerId, agentId }) => {
    const request = findRequest(tx, requestId);
    if (request === undefined) throw new Error(`request ${requestId} has a session and does not exist`);
    return isAvailable({ sharerId, agentId, categoryId: request.categoryId });
  };
}

export function isSessionAvailable(tx: Tx, row: SessionParties): boolean {
  return sessionAvailabilityIn(tx)(row);
}

/** Where remote assistance is switched off there is nothing that could be asked for. */
export function requireAvailable(tx: Tx, row: SessionParties): void {
  if (!isSessionAvailable(tx, row)) throw new AppError('not-found');
}
