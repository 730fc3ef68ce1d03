import type { z } from 'zod';
import type { Invited, invite, redeemInvitation } from '../../protocol/api/sessions.ts';
import { STATE_DEADLINES } from '../../protocol/lifecycle.ts';
import type { SignedInPerson, SignIn } from '../access/sign-ins.ts';
import { STRANGER, type Audit, type AuditParty } from '../audit/audit.ts';
import type { Authority } from '../authority/authority.ts';
import type { IdentityCard } from '../authority/read-certificate.ts';
import type { RequestRow } from '../desk/desk.tables.ts';
import { readVisibleRequest } from '../desk/request-rights.ts';
import type { AfterCommit } from '../desk/request-sessions.ts';
import { findPerson } from '../access/people.repository.ts';
import type { Clock } from '../platform/clock.ts';
import type { Database, Tx } from '../platform/database.ts';
import { AppError } from '../platform/errors.ts';
import { hashSecret, newId, newSecret, type Random } from '../platform/random.ts';
import { isAvailableToAnybody, isAvailableToPerson } from '../policy/availability.ts';
import { policyFor } from '../policy/policy.ts';
import type { GuessLimit } from '../platform/guess-limit.ts';
import { findInvitation, insertInvitation, useInvitation } from './invitations.repository.ts';
import { createCodeHasher, newSpokenCode } from './secrets.ts';
import { requireAvailable } from './session-availability.ts';
import type { SessionsCore } from './sessions.core.ts';
import { findOpenSessionOf, findSession, insertSession } from './sessions.repository.ts';

/** Long enough to be read out and typed, too short to be found on a note the next day. */
const SPOKEN_CODE_LIFE_MS = 10 * 60_000;
const INVITATION_LIFE_MS = STATE_DEADLINES.invited.limitS * 1000;

export interface InvitationsService {
  /** The agent's question to the sharer. The agent has taken the request and holds a live identity certificate. */
  invite(person: SignedInPerson, requestId: string, body: z.infer<typeof invite>): Invited;
  /**
   * Uses a link or a code up. `admit` runs in the same transaction, only for somebody who has not signed in as a person.
   */
  redeem(body: z.infer<typeof redeemInvitation>, visitor: Visitor): { sessionId: string };
}

export interface Visitor {
  signIn: SignIn | null;
  address: string;
  admit: (tx: Tx, sessionId: string) => void;
}

export interface InvitationsDeps {
  database: Database;
  clock: Clock;
  random: Random;
  audit: Audit;
  authority: Authority;
  core: SessionsCore;
  guesses: GuessLimit;
  /** Of the portal, without a slash at the end. */
  portalUrl: string;
  /** Seconds, the appliance's for all sessions until there are templates. */
  sessionLimitS: number;
  idleLimitS: number;
}

export function createInvitationsService(deps: InvitationsDeps): InvitationsService {
  const hashCode = createCodeHasher(deps.random);
  return {
    invite: (person, requestId, body) => invitePerson(deps, hashCode, { person, requestId, ...body }),
    redeem: (body, visitor) => {
      requireOpenTo(deps.database.db, visitor.signIn);
      // Nine digits can be found by trying, so beyond the limit not even the right ones are looked at.
      if ('code' in body) deps.guesses.check(visitor.address);
      const by = 'secret' in body ? { secretHash: hashSecret(body.secret) } : { codeHmac: hashCode(body.code) };
      const channel = 'secret' in body ? 'link' : 'code';
      const redeemed = deps.database.transaction((tx) => redeemOnce(tx, deps, { by, channel, visitor }));
      for (const run of redeemed.after) run();
      if (redeemed.sessionId !== undefined) return { sessionId: redeemed.sessionId };
      refuse(deps, visitor);
      throw new AppError('invitation.invalid');
    },
  };
}

interface Asked extends z.infer<typeof invite> {
  person: SignedInPerson;
  requestId: string;
}

function invitePerson(deps: InvitationsDeps, hashCode: (code: string) => string, asked: Asked): Invited {
  const { clock, random } = deps;
  const sessionId = newId('ses', random);
  const secret = newSecret(random);
  const spokenCode = newSpokenCode(random);
  const expiresAt = clock.now() + INVITATION_LIFE_MS;
  const after = deps.database.transaction((tx) => {
    const request = readTakenRequest(tx, asked);
    const identity = readLiveIdentity(deps.authority, asked.person.personId);
    insertSession(tx, {
      id: sessionId,
      requestId: request.id,
      reason: asked.reason,
      requestedMode: asked.mode,
      policy: policyFor({ categoryId: request.categoryId, departmentId: departmentOf(tx, request.employeeId) }, deps),
      sharerId: request.employeeId,
      agentId: asked.person.personId,
      agentSerial: identity.card.serialNumber,
      agentCertificate: identity.pem,
      createdAt: clock.now(),
    });
    const { reason, mode } = asked;
    const { refusal, after } = deps.core.applyIn(tx, sessionId, { type: 'invited', reason, mode });
    if (refusal !== undefined) throw new AppError(refusal);
    insertInvitation(tx, {
      sessionId,
      secretHash: hashSecret(secret),
      codeHmac: hashCode(spokenCode),
      expiresAt,
      codeExpiresAt: clock.now() + SPOKEN_CODE_LIFE_MS,
    });
    return after;
  });
  for (const run of after) run();
  // In the fragment, which browsers keep to themselves: no server and no log sees it before the page sends it on purpose.
  return { sessionId, link: `${deps.portalUrl}/i#${secret}`, spokenCode, expiresAt };
}

function readTakenRequest(tx: Tx, { person, requestId }: Asked): RequestRow {
  const request = readVisibleRequest(tx, requestId, person);
  requireAvailable(tx, { requestId, sharerId: request.employeeId, agentId: person.personId });
  if (request.state !== 'taken') throw new AppError('assistance.state-changed');
  if (request.agentId !== person.personId) throw new AppError('assistance.taken');
  if (findOpenSessionOf(tx, requestId) !== undefined) throw new AppError('session.exists');
  return request;
}

function readLiveIdentity(authority: Authority, personId: string): { pem: string; card: IdentityCard } {
  const pem = authority.currentIdentity(personId);
  const card = pem === null ? null : authority.readIdentity(pem);
  if (pem === null || card === null) throw new AppError('identity.missing');
  return { pem, card };
}

function departmentOf(tx: Tx, personId: string): string {
  const person = findPerson(tx, personId);
  if (person === null) throw new Error(`person ${personId} asked for help and does not exist`);
  return person.departmentId;
}

/** Before anything is looked up: where nobody can be helped there is nothing to redeem, for whoever asks. */
function requireOpenTo(tx: Tx, signIn: SignIn | null): void {
  const isOpen = signIn?.kind === 'person' ? isAvailableToPerson(tx, signIn) : isAvailableToAnybody(tx);
  if (!isOpen) throw new AppError('not-found');
}

interface Attempt {
  by: { secretHash: string } | { codeHmac: string };
  channel: 'link' | 'code';
  visitor: Visitor;
}

/** Without `sessionId`: nothing was opened. A wrong guess, or the wrong person, uses nobody's invitation up. */
function redeemOnce(
  tx: Tx,
  { clock, core }: InvitationsDeps,
  { by, channel, visitor }: Attempt,
): { sessionId?: string; after: AfterCommit[] } {
  const found = findInvitation(tx, by, clock.now());
  const row = found && findSession(tx, found.sessionId);
  if (row === undefined) return { after: [] };
  const person = visitor.signIn?.kind === 'person' ? visitor.signIn : null;
  if (person !== null && person.personId !== row.sharerId) return { after: [] };
  requireAvailable(tx, row);
  if (!useInvitation(tx, row.id, clock.now())) return { after: [] };
  const { refusal, after } = core.applyIn(tx, row.id, { type: 'redeemed', channel, isGuest: person === null });
  if (refusal !== undefined) return { after };
  if (person === null) visitor.admit(tx, row.id);
  return { sessionId: row.id, after };
}

function refuse({ database, audit, guesses }: InvitationsDeps, visitor: Visitor): void {
  guesses.refuse(visitor.address);
  database.transaction((tx) =>
    audit.append(tx, {
      actor: partyOf(visitor.signIn),
      action: 'invitation/refused',
      outcome: 'refused',
      detail: { reason: 'invitation.invalid' },
    }),
  );
}

function partyOf(signIn: SignIn | null): AuditParty {
  return signIn?.kind === 'person' ? { id: signIn.personId, label: signIn.name } : STRANGER;
}
