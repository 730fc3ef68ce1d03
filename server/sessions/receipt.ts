/** The consent receipt: put together from the session's rows and what the audit chain says of it. */
import { createHash } from 'node:crypto';
import { AUDIT_READERS, type AuditEvent } from '../../protocol/api/audit.ts';
import type { Receipt, ReceiptGrant } from '../../protocol/api/receipt.ts';
import type { AuditAction } from '../../protocol/audit.ts';
import {
  consentSentencesOf,
  readConsentTextName,
  type ConsentSubject,
  type ConsentTextName,
} from '../../protocol/consent-text.ts';
import { PAUSE_REASONS } from '../../protocol/lifecycle.ts';
import { REVOKE_CAUSES } from '../../protocol/grant.ts';
import { REACHES } from '../../protocol/scope.ts';
import { readOrganisationName } from '../access/organisation.repository.ts';
import type { SignIn } from '../access/sign-ins.ts';
import { listEventsOf, readAnchor } from '../audit/audit.repository.ts';
import type { Clock } from '../platform/clock.ts';
import type { Tx } from '../platform/database.ts';
import { AppError } from '../platform/errors.ts';
import { sideOf } from './session-sides.ts';
import { identityAtInvitation, promisedRef } from './session-view.ts';
import { findSession, listGrantRows } from './sessions.repository.ts';
import type { SessionGrantRow, SessionRow } from './sessions.tables.ts';

const TOLD = [
  'invitation/sent',
  'session/accepted',
  'session/granted',
  'session/revoked',
  'session/declined',
  'session/masked',
  'session/paused',
  'session/resumed',
  'session/ended',
] as const satisfies readonly AuditAction[];

/** To anybody else there is no such receipt. It stays where remote assistance is switched off: it is a record. */
export function readForReceipt(tx: Tx, sessionId: string, signIn: SignIn): SessionRow {
  const row = findSession(tx, sessionId);
  const isReader = signIn.kind === 'person' && AUDIT_READERS.some((role) => signIn.roles.includes(role));
  if (row === undefined || (sideOf(row, signIn) === undefined && !isReader)) throw new AppError('not-found');
  return row;
}

export function readReceipt(
  tx: Tx,
  row: SessionRow,
  { clock, caCertificate }: { clock: Clock; caCertificate: string },
): Receipt {
  const events = listEventsOf(tx, row.id, TOLD);
  const { head, checkpoint } = readAnchor(tx);
  const organisation = readOrganisationName(tx) ?? '';
  const agent = agentOf(row, caCertificate);
  const of = { row, events, subject: { ...agent, organisation } };
  const { name, employeeNumber, department } = promisedRef(tx, row.sharerId);
  return {
    kind: 'handrail/1 receipt',
    madeAt: clock.now(),
    organisation,
    session: {
      id: row.id,
      requestId: row.requestId,
      state: row.state,
      reason: row.reason,
      requestedMode: row.requestedMode,
      invitedAt: row.createdAt,
      acceptedAt: events.find(({ action }) => action === 'session/accepted')?.at ?? null,
      startedAt: row.startedAt,
      ended: endOf(row, events),
    },
    sharer: { name, employeeNumber, department, isGuest: row.isGuest },
    device: deviceOf(row),
    agent,
    grants: listGrantRows(tx, row.id).map((grant) => toGrant(grant, of)),
    declined: declinedIn(events),
    masked: maskedIn(events),
    pauses: pausesIn(row, events),
    chain: { head, checkpoint },
    lastEntry: entryOf(events.at(-1)) ?? { seq: head.seq, hash: head.hash },
  };
}

type Entry = Receipt['lastEntry'];

function entryOf(event: AuditEvent | undefined): Entry | null {
  return event === undefined ? null : { seq: event.seq, hash: event.hash };
}

function agentOf(row: SessionRow, caCertificate: string): Receipt['agent'] {
  const { name, employeeNumber, department, serialNumber, notAfter } = identityAtInvitation(row, caCertificate);
  return { name, employeeNumber, department, serialNumber, notAfter };
}

function deviceOf({ deviceSerial, devicePlatform, helperVersion }: SessionRow): Receipt['device'] {
  if (deviceSerial === null) return null;
  return { serialNumber: deviceSerial, platform: devicePlatform ?? '', helperVersion: helperVersion ?? '' };
}

type By = 'sharer' | 'agent' | 'server' | null;

/** What the sharer's side does as a guest is a guest's; an operator at the server's own console is the server. */
function byOf(row: SessionRow, event: AuditEvent | undefined): By {
  if (event === undefined) return null;
  const { id } = event.actor;
  if (id === row.agentId) return 'agent';
  if (id === row.sharerId || id === 'guest') return 'sharer';
  return id === 'system' || id === 'operator' ? 'server' : null;
}

function endOf(row: SessionRow, events: readonly AuditEvent[]): Receipt['session']['ended'] {
  if (row.endedAt === null || row.endReason === null) return null;
  const event = events.findLast(({ action }) => action === 'session/ended');
  return { at: row.endedAt, reason: row.endReason, by: byOf(row, event), entry: entryOf(event) };
}

interface Of {
  row: SessionRow;
  events: readonly AuditEvent[];
  /** Whom the words are about. */
  subject: ConsentSubject;
}

function toGrant(grant: SessionGrantRow, { row, events, subject }: Of): ReceiptGrant {
  const { id, capability, scope, purpose, holder, grantedAt, notAfter, consentText: stated } = grant;
  const isOfIt = (action: AuditAction) => (event: AuditEvent) =>
    event.action === action && event.detail['grant'] === id;
  const name = stated === null ? undefined : readConsentTextName(stated);
  const consentText = name === undefined ? null : { ...name, sentences: sentencesOf(name, subject) };
  const facts = { id, capability, scope, purpose, holder, grantedAt, notAfter, consentText, stated };
  const entry = entryOf(events.find(isOfIt('session/granted')));
  if (grant.revokedAt === null) return { ...facts, revoked: null, entry };
  const revocation = events.find(isOfIt('session/revoked'));
  const cause = REVOKE_CAUSES.find((known) => known === revocation?.detail['cause']);
  const together = grant.revokedAt === row.endedAt ? 'end' : isOfPause(revocation, events) ? 'pause' : 'alone';
  const by = cause === undefined ? byOf(row, revocation) : null;
  return {
    ...facts,
    revoked: { at: grant.revokedAt, by, with: cause ?? together, entry: entryOf(revocation) },
    entry,
  };
}

/** What the device says of its words is their name alone: the words are ours, and theirs only when the hash is the same. */
function sentencesOf({ id, version, language, sha256 }: ConsentTextName, subject: ConsentSubject): string[] | null {
  const archived = { id: id.slice(0, -language.length - 1), version, language };
  const sentences = consentSentencesOf(archived, subject);
  if (sentences === undefined) return null;
  return createHash('sha256').update(sentences.join('\n'), 'utf8').digest('hex') === sha256 ? sentences : null;
}

/** A pause and the revocations that come with it are written in one transaction, so that nothing is in between. */
function isOfPause(revocation: AuditEvent | undefined, events: readonly AuditEvent[]): boolean {
  let at = revocation === undefined ? -1 : events.indexOf(revocation);
  while (at > 0) {
    const [before, event] = [events[at - 1], events[at]];
    if (before === undefined || event === undefined || before.seq !== event.seq - 1) return false;
    if (before.action === 'session/paused') return true;
    if (before.action !== 'session/revoked') return false;
    at -= 1;
  }
  return false;
}

function declinedIn(events: readonly AuditEvent[]): Receipt['declined'] {
  return events
    .filter(({ action }) => action === 'session/declined')
    .map(({ seq, hash, at, detail }) => ({
      at,
      capability: String(detail['capability']),
      reach: REACHES.find((reach) => reach === detail['reach']) ?? null,
      entry: { seq, hash },
    }));
}

function maskedIn(events: readonly AuditEvent[]): Receipt['masked'] {
  const masked = events.filter(({ action }) => action === 'session/masked');
  return [...Map.groupBy(masked, ({ detail }) => String(detail['rule']))].map(([rule, times]) => ({
    rule,
    times: times.length,
    firstAt: Math.min(...times.map(({ at }) => at)),
    lastAt: Math.max(...times.map(({ at }) => at)),
  }));
}

function pausesIn(row: SessionRow, events: readonly AuditEvent[]): Receipt['pauses'] {
  return events.flatMap((event, index) => {
    const reason = PAUSE_REASONS.find((known) => known === event.detail['reason']);
    if (event.action !== 'session/paused' || reason === undefined) return [];
    const goesOn = events.slice(index + 1).find(({ action }) => action === 'session/resumed');
    const until = goesOn?.at ?? row.endedAt;
    return [{ from: event.at, until, reason, by: byOf(row, event), entry: { seq: event.seq, hash: event.hash } }];
  });
}
