import type { z } from 'zod';
import type { Enrolled, enrol } from '../../protocol/api/sessions.ts';
import type { Policy } from '../../protocol/capabilities.ts';
import { STATE_DEADLINES } from '../../protocol/lifecycle.ts';
import { readOrganisationName } from '../access/organisation.repository.ts';
import { findPerson } from '../access/people.repository.ts';
import { STRANGER, type Audit } from '../audit/audit.ts';
import type { Authority } from '../authority/authority.ts';
import type { Clock } from '../platform/clock.ts';
import type { Database, Tx } from '../platform/database.ts';
import { AppError } from '../platform/errors.ts';
import { hashSecret } from '../platform/random.ts';
import type { GuessLimit } from '../platform/guess-limit.ts';
import { isAvailableToAnybody } from '../policy/availability.ts';
import { findHelperToken, useHelperToken } from './invitations.repository.ts';
import { requireAvailable } from './session-availability.ts';
import { identityAtInvitation, readCardPhoto } from './session-view.ts';
import { readSession } from './sessions.repository.ts';
import type { SessionsCore } from './sessions.core.ts';
import type { SessionRow } from './sessions.tables.ts';

/** The certificate lives as long as the session may: waiting for Start, the time limit, and a little for clocks. */
function certificateLifeMs({ sessionLimitS }: Policy): number {
  return (STATE_DEADLINES.connecting.limitS + sessionLimitS + 300) * 1000;
}

export interface EnrolmentDeps {
  database: Database;
  clock: Clock;
  audit: Audit;
  authority: Authority;
  core: SessionsCore;
  guesses: GuessLimit;
  helpers: HelperRules;
}

/** Which helpers are let in. What a helper says of itself keeps honest old ones out, not somebody who writes their own. */
export interface HelperRules {
  /** Three numbers; older ones are refused. */
  minVersion: string;
  /** SHA-256 of files that are neither let in nor offered any more, hex. */
  revoked: readonly string[];
}

export type EnrolDevice = (body: z.infer<typeof enrol>, from: { address: string }) => Enrolled;

/** From a one-time token and a key made on the device to a certificate for one session. */
export function createEnrolment(deps: EnrolmentDeps): EnrolDevice {
  return (body, { address }) => {
    try {
      requireOffered(deps.database.db, body.token);
      requireTrusted(body, deps.helpers);
      const { enrolled, after } = deps.database.transaction((tx) => enrolIn(tx, body, deps));
      for (const run of after) run();
      return enrolled;
    } catch (error) {
      if (error instanceof AppError) refuse(deps, { code: error.code, address });
      throw error;
    }
  };
}

/** Also for a token that does not count any more, so that the helper can say why. */
function requireOffered(tx: Tx, token: string): void {
  if (!isAvailableToAnybody(tx)) throw new AppError('not-found');
  const issued = findHelperToken(tx, hashSecret(token));
  if (issued !== undefined) requireAvailable(tx, readSession(tx, issued.sessionId));
}

function requireTrusted(
  { helperVersion, helperFile }: z.infer<typeof enrol>,
  { minVersion, revoked }: HelperRules,
): void {
  if (!isAtLeast(helperVersion, minVersion)) throw new AppError('enrolment.version-too-old');
  if (helperFile !== null && revoked.includes(helperFile)) throw new AppError('enrolment.file-revoked');
}

/** Throws when anything is wrong, and then nothing has happened: a token survives a request that was not understood. */
function enrolIn(
  tx: Tx,
  body: z.infer<typeof enrol>,
  deps: EnrolmentDeps,
): { enrolled: Enrolled; after: (() => void)[] } {
  const now = deps.clock.now();
  const used = useHelperToken(tx, hashSecret(body.token), now);
  if (used === undefined) throw new AppError('enrolment.token-invalid');
  const { sessionId } = used;
  const { csr: csrPem, platform, helperVersion } = body;
  const { policy } = readSession(tx, sessionId);
  const notAfter = now + certificateLifeMs(policy);
  const issued = deps.authority.issueDeviceCertificate(tx, { csrPem, sessionId, notAfter });
  const { serialNumber } = issued;
  const applied = deps.core.applyIn(tx, sessionId, { type: 'enrolled', serialNumber, platform, helperVersion });
  if (applied.refusal !== undefined) throw new AppError('enrolment.token-invalid');
  return { enrolled: { ...describe(tx, applied.row, deps.authority), ...pick(issued) }, after: applied.after };
}

const pick = ({ certificate, notAfter }: { certificate: string; notAfter: number }) => ({ certificate, notAfter });

function describe(tx: Tx, row: SessionRow, authority: Authority): Omit<Enrolled, 'certificate' | 'notAfter'> {
  const sharer = findPerson(tx, row.sharerId);
  const card = identityAtInvitation(row, authority.caCertificate);
  return {
    sessionId: row.id,
    ca: authority.caCertificate,
    organisation: readOrganisationName(tx) ?? '',
    sharerName: sharer?.name ?? '',
    reason: row.reason,
    requestedMode: row.requestedMode,
    agentCertificate: row.agentCertificate,
    agentPhoto: readCardPhoto(tx, row, card)?.bytes.toString('base64') ?? null,
    language: sharer?.language ?? 'en',
    policy: {
      capabilities: [...row.policy.capabilities],
      limitedOnly: [...row.policy.limitedOnly],
      idleLimitS: row.policy.idleLimitS,
      masks: row.policy.masks.map(({ id, executables }) => ({ id, executables: [...executables] })),
    },
    sessionLimitS: row.policy.sessionLimitS,
  };
}

function refuse(
  { database, audit, guesses }: EnrolmentDeps,
  { code, address }: { code: string; address: string },
): void {
  // Before anything is written: what a stranger can put into the chain is bounded.
  guesses.refuse(address);
  database.transaction((tx) =>
    audit.append(tx, {
      actor: STRANGER,
      action: 'session/enrolment-refused',
      outcome: 'refused',
      detail: { reason: code },
    }),
  );
}

/** Versions of three numbers; anything else is older than everything. */
function isAtLeast(version: string, least: string): boolean {
  const numbers = (text: string) => /^(\d{1,6})\.(\d{1,6})\.(\d{1,6})$/.exec(text)?.slice(1).map(Number);
  const [given, needed] = [numbers(version), numbers(least)];
  if (given === undefined || needed === undefined) return false;
  const differing = given.findIndex((number, index) => number !== needed[index]);
  return differing === -1 || (given[differing] ?? 0) > (needed[differing] ?? 0);
}
