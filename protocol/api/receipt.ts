/**
 * The consent receipt of one session: what the sharer allowed whom, in which words, for how long, what became of it, and
 * the end of the audit chain as the anchor outside of the server. docs/receipt.md says how to check it.
 */
import { z } from '../zod.ts';
import { language, timeMs } from './shared.ts';
import { requestId, sessionId } from './desk.ts';
import { mode } from './sessions.ts';
import { PURPOSES, REVOKE_CAUSES } from '../grant.ts';
import { END_REASONS, PAUSE_REASONS, SESSION_STATES } from '../lifecycle.ts';
import { REACHES, scopeFact } from '../scope.ts';

const hash = z.string().regex(/^[0-9a-f]{64}$/);
/** Where the audit chain says so. Where it may be null: it was deleted there. */
const entry = z.strictObject({ seq: z.number().int().positive(), hash });
/** `server`: the appliance, by a rule or a limit. Null: the chain does not say any more. */
const by = z.enum(['sharer', 'agent', 'server']).nullable();
const person = { name: z.string(), employeeNumber: z.string(), department: z.string() };

export const receiptGrant = z.strictObject({
  /** As the sharer's device signed it. */
  id: z.string(),
  capability: z.string(),
  scope: scopeFact,
  purpose: z.enum(PURPOSES),
  /** Serial number of the identity certificate that held the right. */
  holder: z.string(),
  grantedAt: timeMs,
  /** By the device's clock; all other times are the server's. */
  notAfter: timeMs,
  /** The words that were agreed to; null when the device did not name them in a way that we know, see `stated`. */
  consentText: z
    .strictObject({
      id: z.string(),
      version: z.number().int(),
      language,
      /** Of the sentences as they were shown, one a line, in UTF-8. */
      sha256: hash,
      /** From the server's own archive, with the names of the certificate; null when none of its texts has this hash. */
      sentences: z.array(z.string()).nullable(),
    })
    .nullable(),
  stated: z.string().nullable(),
  /**
   * Null: never taken back; then it ends at `notAfter`. `with`: alone, because its time was over or a wider one took its
   * place, or because everything paused or ended.
   */
  revoked: z
    .strictObject({
      at: timeMs,
      by,
      with: z.enum(['alone', ...REVOKE_CAUSES, 'pause', 'end']),
      entry: entry.nullable(),
    })
    .nullable(),
  entry: entry.nullable(),
});
export type ReceiptGrant = z.infer<typeof receiptGrant>;

/** What a signature of the appliance covers: everything up to this entry. */
export const receiptCheckpoint = z.strictObject({
  seq: z.number().int().positive(),
  at: timeMs,
  hash,
  /** Of the certificate below. */
  serialNumber: z.string(),
  /** RSASSA-PSS with SHA-256 (RFC 8017 §8.1) over `handrail audit checkpoint 1`, seq, at and hash, a line each; base64. */
  signature: z.string(),
  /** PEM, issued by the internal CA. */
  certificate: z.string(),
});

/**
 * GET /api/sessions/:id/receipt → receipt, at any time: its sharer (a guest too), its agent, and `AUDIT_READERS`. The file
 * that the page offers has the bytes of this answer.
 */
export const receipt = z.strictObject({
  kind: z.literal('handrail/1 receipt'),
  madeAt: timeMs,
  organisation: z.string(),
  session: z.strictObject({
    id: sessionId,
    requestId,
    state: z.enum(SESSION_STATES),
    /** The agent's words. */
    reason: z.string(),
    requestedMode: mode,
    invitedAt: timeMs,
    acceptedAt: timeMs.nullable(),
    /** Start was pressed for the first time. */
    startedAt: timeMs.nullable(),
    ended: z.strictObject({ at: timeMs, reason: z.enum(END_REASONS), by, entry: entry.nullable() }).nullable(),
  }),
  /** `isGuest`: came in by link or code without signing in, so that this is whom the agent invited, and no more. */
  sharer: z.strictObject({ ...person, isGuest: z.boolean() }),
  device: z.strictObject({ serialNumber: z.string(), platform: z.string(), helperVersion: z.string() }).nullable(),
  /** As the identity certificate names them. */
  agent: z.strictObject({ ...person, serialNumber: z.string(), notAfter: timeMs }),
  grants: z.array(receiptGrant),
  /** Asked for and not given, or not answered. */
  declined: z.array(z.strictObject({ at: timeMs, capability: z.string(), reach: z.enum(REACHES).nullable(), entry })),
  /** What was hidden, by rule and never by content. */
  masked: z.array(
    z.strictObject({ rule: z.string(), times: z.number().int().positive(), firstAt: timeMs, lastAt: timeMs }),
  ),
  pauses: z.array(z.strictObject({ from: timeMs, until: timeMs.nullable(), reason: z.enum(PAUSE_REASONS), by, entry })),
  chain: z.strictObject({
    head: z.strictObject({ seq: z.number().int().nonnegative(), hash, at: timeMs }),
    /** The last one that was signed; null before the first. */
    checkpoint: receiptCheckpoint.nullable(),
  }),
  /** The last entry that is about this session: signed when the checkpoint is not before it. */
  lastEntry: entry,
});
export type Receipt = z.infer<typeof receipt>;
