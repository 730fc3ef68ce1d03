import type { z } from 'zod';
import type {
  addPerson as addPersonBody,
  changePerson as changePersonBody,
  passwordLink,
} from '../../protocol/api/access.ts';
import type { AuditParty } from '../audit/audit.ts';
import { isUniqueViolation, type Tx } from '../platform/database.ts';
import { AppError } from '../platform/errors.ts';
import { newId } from '../platform/random.ts';
import { announceRevoked, revokeIdentities, type AccessDeps } from './access.ts';
import { hasDepartment } from './organisation.repository.ts';
import {
  findPerson,
  insertPerson,
  listWorkingAdmins,
  updatePerson,
  writeRoles,
  type PersonRecord,
} from './people.repository.ts';
import { writePhoto } from './photos.ts';

type PasswordLink = z.infer<typeof passwordLink>;

/** What an administrator does to people. Every change and its audit event are one transaction. */
export interface People {
  add(actor: AuditParty, body: z.infer<typeof addPersonBody>): { person: PersonRecord; passwordLink: PasswordLink };
  change(actor: AuditParty, personId: string, body: z.infer<typeof changePersonBody>): PersonRecord;
  deactivate(actor: AuditParty, personId: string): PersonRecord;
  activate(actor: AuditParty, personId: string): PersonRecord;
  issuePasswordLink(actor: AuditParty, personId: string): PasswordLink;
  setPhoto(actor: AuditParty, personId: string, photo: { mediaType: string; bytes: Buffer }): void;
}

export function createPeople(deps: AccessDeps): People {
  const { database, audit } = deps;
  return {
    add: (actor, body) => database.transaction((tx) => addPerson(deps, tx, { actor, body })),
    change: (actor, personId, body) => {
      const changed = database.transaction((tx) => changePerson(deps, tx, { actor, personId, body }));
      announceChange(deps, changed);
      return changed.person;
    },
    deactivate: (actor, personId) => deactivate(deps, actor, personId),
    activate: (actor, personId) =>
      database.transaction((tx) => {
        const person = requirePerson(tx, personId);
        if (person.isActive) return person;
        updatePerson(tx, personId, { isActive: true });
        audit.append(tx, { actor, action: 'person/activated', target: partyOf(person) });
        return requirePerson(tx, personId);
      }),
    issuePasswordLink: (actor, personId) =>
      database.transaction((tx) => {
        const person = requirePerson(tx, personId);
        // A link of somebody who is not active could not be used.
        if (!person.isActive) throw new AppError('not-found');
        audit.append(tx, { actor, action: 'person/password-link-issued', target: partyOf(person) });
        return deps.passwordLinks.issue(tx, personId);
      }),
    setPhoto: (actor, personId, photo) => {
      const revoked = database.transaction((tx) => {
        const target = partyOf(requirePerson(tx, personId));
        writePhoto(tx, personId, { ...photo, now: deps.clock.now() });
        audit.append(tx, { actor, action: 'person/changed', target, detail: { changed: 'photo' } });
        return revokeIdentities(deps, tx, { actor, target, reason: 'photo-changed' });
      });
      announceRevoked(deps, personId, revoked);
    },
  };
}

function requirePerson(tx: Tx, personId: string): PersonRecord {
  const person = findPerson(tx, personId);
  if (person === null) throw new AppError('not-found');
  return person;
}

const partyOf = (person: PersonRecord): AuditParty => ({ id: person.id, label: person.name });

function requireDepartment(tx: Tx, departmentId: string): void {
  if (!hasDepartment(tx, departmentId)) throw new AppError('request.invalid', { fields: ['departmentId'] });
}

/** Which import an event belongs to, when it is of one. */
interface OfImport {
  importId?: string;
}

const ofImport = ({ importId }: OfImport) => (importId === undefined ? {} : { import: importId });

function addPerson(
  deps: AccessDeps,
  tx: Tx,
  { actor, body }: { actor: AuditParty; body: z.infer<typeof addPersonBody> },
): { person: PersonRecord; passwordLink: PasswordLink } {
  requireDepartment(tx, body.departmentId);
  const id = newId('per', deps.random);
  try {
    insertPerson(tx, { id, ...body, passwordHash: null, createdAt: deps.clock.now() });
  } catch (error) {
    if (isUniqueViolation(error, 'people.employee_number'))
      throw new AppError('person.number-taken', {}, { cause: error });
    throw error;
  }
  const person = requirePerson(tx, id);
  auditAdded(deps, tx, { actor, person });
  return { person, passwordLink: deps.passwordLinks.issue(tx, id) };
}

/** What the audit chain says of somebody new. */
export function auditAdded(
  deps: Pick<AccessDeps, 'audit'>,
  tx: Tx,
  added: {
    actor: AuditParty;
    person: Pick<PersonRecord, 'id' | 'employeeNumber' | 'name' | 'department' | 'roles'>;
  } & OfImport,
): void {
  const { id, employeeNumber, name, department, roles } = added.person;
  const detail = { employeeNumber, name, department, roles: roles.join(','), ...ofImport(added) };
  deps.audit.append(tx, { actor: added.actor, action: 'person/added', target: { id, label: name }, detail });
}

interface Change extends OfImport {
  actor: AuditParty;
  personId: string;
  body: z.infer<typeof changePersonBody>;
}

/** What is to be told once the transaction has committed. */
export interface PersonChanged {
  person: PersonRecord;
  revoked: string[];
  hasNewRoles: boolean;
}

export function changePerson(deps: AccessDeps, tx: Tx, changing: Change): PersonChanged {
  const { actor, personId, body } = changing;
  const before = requirePerson(tx, personId);
  const { name, departmentId, roles } = body;
  if (departmentId !== undefined) requireDepartment(tx, departmentId);
  if (roles !== undefined && !roles.includes('admin')) refuseForLastAdmin(tx, before);
  const columns = { ...(name !== undefined && { name }), ...(departmentId !== undefined && { departmentId }) };
  if (Object.keys(columns).length > 0) updatePerson(tx, personId, columns);
  if (roles !== undefined) writeRoles(tx, personId, roles);
  const person = requirePerson(tx, personId);
  const changed = (['name', 'departmentId', 'roles'] as const).filter(
    (key) => String(before[key]) !== String(person[key]),
  );
  const hasNewRoles = changed.includes('roles');
  if (changed.length === 0) return { person, revoked: [], hasNewRoles };
  const detail = { changed: changed.join(','), roles: person.roles.join(','), ...ofImport(changing) };
  deps.audit.append(tx, { actor, action: 'person/changed', target: partyOf(person), detail });
  const isCertificateUntrue =
    before.name !== person.name || before.departmentId !== person.departmentId || !person.roles.includes('agent');
  const because = { actor, target: partyOf(person), reason: 'person-changed' };
  return { person, revoked: isCertificateUntrue ? revokeIdentities(deps, tx, because) : [], hasNewRoles };
}

export function announceChange(deps: AccessDeps, { person, revoked, hasNewRoles }: PersonChanged): void {
  announceRevoked(deps, person.id, revoked);
  // What a page may do has changed: it comes back and asks again.
  if (hasNewRoles) deps.hub.close((audience) => audience.personId === person.id, 'reconnect');
}

/** An appliance without an administrator who can sign in could never get another. */
function refuseForLastAdmin(tx: Tx, person: PersonRecord): void {
  if (!person.isActive || !person.roles.includes('admin')) return;
  if (listWorkingAdmins(tx).every((id) => id === person.id)) throw new AppError('person.last-admin');
}

/** Takes effect at once: sign-ins, links, certificates, sockets; sessions hear of it by the event. */
function deactivate(deps: AccessDeps, actor: AuditParty, personId: string): PersonRecord {
  const { person, revoked, isNews } = deps.database.transaction((tx) => {
    const before = requirePerson(tx, personId);
    if (!before.isActive) return { person: before, revoked: [], isNews: false };
    refuseForLastAdmin(tx, before);
    updatePerson(tx, personId, { isActive: false });
    deps.signIns.endAllOf(tx, personId);
    deps.passwordLinks.remove(tx, personId);
    deps.audit.append(tx, { actor, action: 'person/deactivated', target: partyOf(before) });
    const because = { actor, target: partyOf(before), reason: 'person-deactivated' };
    return { person: requirePerson(tx, personId), revoked: revokeIdentities(deps, tx, because), isNews: true };
  });
  if (isNews) {
    announceRevoked(deps, personId, revoked);
    deps.events.emit('person/deactivated', { personId });
    deps.hub.close((audience) => audience.personId === personId, 'signed-out');
  }
  return person;
}
