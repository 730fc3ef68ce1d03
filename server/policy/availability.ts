/** Whether remote assistance is available to somebody or for something, as the database knows both at this moment. */
import type { Role } from '../../protocol/api/access.ts';
import { findPerson } from '../access/people.repository.ts';
import type { Tx } from '../platform/database.ts';
import {
  ANYBODY,
  isAssistanceAvailable,
  isAvailableToAnybody as isLeftToAnybody,
  isEverythingOn,
  type Edition,
} from './edition.ts';
import { listSwitchSubjects, readEdition } from './edition.repository.ts';

type Subject = { departmentId: string; roles: readonly Role[] };

/** What a session is or would be about. Without `agentId` nobody has taken it yet. */
export interface Assistance {
  sharerId: string;
  categoryId: string;
  agentId: string | null;
}

export function isAvailableToAnybody(tx: Tx): boolean {
  const edition = readEdition(tx);
  return isEverythingOn(edition) || isLeftToAnybody(edition, listSwitchSubjects(tx));
}

/** Whether this person may be helped at all, by somebody and with something. */
export function isAvailableToPerson(tx: Tx, person: Subject): boolean {
  return isAvailableToAnybody(tx) && isAssistanceAvailable(readEdition(tx), { ...ANYBODY, sharer: person });
}

/** For many at once: reads the edition and each person once. `edition` other than the present one: what if. */
export function availabilityIn(tx: Tx, edition: Edition = readEdition(tx)): (assistance: Assistance) => boolean {
  if (isEverythingOn(edition)) return () => true;
  const isLeft = isLeftToAnybody(edition, listSwitchSubjects(tx));
  const people = new Map<string, Subject>();
  const personOf = (personId: string): Subject => {
    const person = people.get(personId) ?? findPerson(tx, personId);
    if (person === null) throw new Error(`person ${personId} is referred to and does not exist`);
    people.set(personId, person);
    return person;
  };
  return ({ sharerId, categoryId, agentId }) =>
    isLeft &&
    isAssistanceAvailable(edition, {
      sharer: personOf(sharerId),
      categoryId,
      agent: agentId === null ? null : personOf(agentId),
    });
}
