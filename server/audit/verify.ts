import { X509Certificate } from 'node:crypto';
import type { RawDatabase } from '../platform/database.ts';
import { splitCertificates } from '../platform/pem.ts';
import { GENESIS_HASH, hashLink, hashPayload } from './chain.ts';
import { isCheckpointSignedBy } from './checkpoints.ts';

/** Offline: needs the database and the CA's certificate, trusts neither the server nor anything it has cached. */
export type AuditVerdict =
  | {
      isIntact: true;
      events: number;
      deletedPayloads: number;
      checkpoints: number;
      /** The last event that a signature covers. */
      signedUpTo: number;
      head: { seq: number; hash: string };
    }
  | { isIntact: false; seq: number; problem: AuditProblem };

export const AUDIT_PROBLEMS = {
  'seq-gap': 'an event before this one is missing, or this one was moved',
  'prev-hash': 'it does not follow the event before it',
  'event-hash': 'its time, number or hashes were changed',
  'payload-hash': 'what it says was changed',
  'payload-unreadable': 'what it says is not what an event can say',
  'checkpoint-missing': 'the chain says that a checkpoint was signed here, but there is none',
  'checkpoint-unexpected': 'there is a checkpoint where the chain says that none was signed',
  'checkpoint-hash': 'the signed checkpoint names another event',
  'checkpoint-key': 'the key of the checkpoint was not certified by this CA',
  'checkpoint-signature': 'the signature of the checkpoint is wrong',
  'head-missing': 'the chain ends before the head that was noted outside',
  'head-differs': 'it is not the head that was noted outside',
} as const;
export type AuditProblem = keyof typeof AUDIT_PROBLEMS;

interface EventRow {
  seq: number;
  at: number;
  prev_hash: string;
  payload_hash: string;
  salt: string | null;
  payload: string | null;
  hash: string;
}

interface CheckpointRow {
  seq: number;
  at: number;
  hash: string;
  serial_number: string;
  signature: string;
  certificate: string | null;
}

export interface AuditTrust {
  /** PEM; after it those of former CAs of the same appliance, whose checkpoints still count. */
  caCertificate: string;
  /** One that was noted outside (a receipt, a report): it proves that the end was not cut off. */
  head?: { seq: number; hash: string };
}

export function verifyAudit(raw: RawDatabase, trust: AuditTrust): AuditVerdict {
  const cas = splitCertificates(trust.caCertificate).map((pem) => new X509Certificate(pem));
  const checkpoints = readCheckpoints(raw);
  const head = { seq: 0, hash: GENESIS_HASH };
  let deletedPayloads = 0;
  const events = raw.prepare<[], EventRow>(
    'SELECT seq, at, prev_hash, payload_hash, salt, payload, hash FROM audit_events ORDER BY seq',
  );
  for (const event of events.iterate()) {
    const problem =
      problemOfEvent(event, head) ??
      problemOfCheckpoint(event, checkpoints.get(event.seq), cas) ??
      (isOtherThan(event, trust.head) ? 'head-differs' : null);
    if (problem !== null) return { isIntact: false, seq: event.seq, problem };
    if (event.payload === null) deletedPayloads += 1;
    Object.assign(head, { seq: event.seq, hash: event.hash });
  }
  const signedUpTo = Math.max(0, ...checkpoints.keys());
  if (signedUpTo > head.seq) return { isIntact: false, seq: signedUpTo, problem: 'seq-gap' };
  if (trust.head !== undefined && trust.head.seq > head.seq)
    return { isIntact: false, seq: trust.head.seq, problem: 'head-missing' };
  return { isIntact: true, events: head.seq, deletedPayloads, checkpoints: checkpoints.size, signedUpTo, head };
}

function isOtherThan(event: EventRow, head: { seq: number; hash: string } | undefined): boolean {
  return head !== undefined && event.seq === head.seq && event.hash !== head.hash;
}

function readCheckpoints(raw: RawDatabase): Map<number, CheckpointRow> {
  const rows = raw
    .prepare<[], CheckpointRow>(
      `SELECT c.seq, c.at, c.hash, c.serial_number, c.signature, k.certificate
       FROM audit_checkpoints c LEFT JOIN audit_checkpoint_keys k USING (serial_number)`,
    )
    .all();
  return new Map(rows.map((row) => [row.seq, row]));
}

function problemOfEvent(event: EventRow, before: { seq: number; hash: string }): AuditProblem | null {
  if (event.seq !== before.seq + 1) return 'seq-gap';
  if (event.prev_hash !== before.hash) return 'prev-hash';
  const { seq, at, prev_hash: prevHash, payload_hash: payloadHash } = event;
  if (event.hash !== hashLink({ seq, at, prevHash, payloadHash })) return 'event-hash';
  if (event.payload === null || event.salt === null) return null;
  if (payloadHash !== hashPayload(event.salt, event.payload)) return 'payload-hash';
  return null;
}

function problemOfCheckpoint(
  event: EventRow,
  checkpoint: CheckpointRow | undefined,
  cas: readonly X509Certificate[],
): AuditProblem | null {
  const isExpected = event.payload === null ? checkpoint !== undefined : isCheckpointEvent(event.payload);
  if (isExpected === null) return 'payload-unreadable';
  if (checkpoint === undefined) return isExpected ? 'checkpoint-missing' : null;
  if (!isExpected) return 'checkpoint-unexpected';
  if (checkpoint.hash !== event.hash) return 'checkpoint-hash';
  const certificate = certifiedKey(checkpoint, cas);
  if (certificate === null) return 'checkpoint-key';
  return isCheckpointSignedBy(checkpoint, checkpoint.signature, certificate.publicKey) ? null : 'checkpoint-signature';
}

/** Null: not an event at all. */
function isCheckpointEvent(payload: string): boolean | null {
  try {
    const parsed: unknown = JSON.parse(payload);
    return typeof parsed === 'object' && parsed !== null && 'action' in parsed && parsed.action === 'checkpoint/signed';
  } catch {
    // The hash was right, so this was written by us and wrongly; the caller names it.
    return null;
  }
}

/** Only a checkpoint key may sign: an agent's or a device's certificate is of the same CA. */
function certifiedKey(checkpoint: CheckpointRow, cas: readonly X509Certificate[]): X509Certificate | null {
  if (checkpoint.certificate === null) return null;
  try {
    const certificate = new X509Certificate(checkpoint.certificate);
    const isIssuedByUs = cas.some((ca) => certificate.checkIssued(ca) && certificate.verify(ca.publicKey));
    const isNamed = certificate.serialNumber.toLowerCase() === checkpoint.serial_number;
    return isIssuedByUs && !certificate.ca && isNamed && certificate.subject === CHECKPOINT_SUBJECT
      ? certificate
      : null;
  } catch {
    // Changed beyond recognition.
    return null;
  }
}

const CHECKPOINT_SUBJECT = 'CN=Handrail audit checkpoint';
