import { z } from '../zod.ts';
import { MODES } from '../capabilities.ts';
import { SESSION_STATES } from '../lifecycle.ts';
import { personRef, sessionId } from './desk.ts';
import { platform } from './sessions.ts';
import { timeMs } from './shared.ts';

/** GET /api/status → status. Role admin. What an operator looks at; nothing in it opens anything. */
const count = z.number().int().nonnegative();

/** `server`: for helpers and, without a company certificate, for browsers; `portal`: the company's own, for browsers. */
export const CERTIFICATE_KINDS = ['portal', 'server', 'authority', 'checkpoint'] as const;
export const statusCertificate = z.object({
  kind: z.enum(CERTIFICATE_KINDS),
  subject: z.string(),
  issuer: z.string(),
  serialNumber: z.string(),
  notBefore: timeMs,
  notAfter: timeMs,
  /** SHA-256 of the DER, hex. */
  sha256: z.string(),
});
export type StatusCertificate = z.infer<typeof statusCertificate>;

export const statusSession = z.object({
  id: sessionId,
  state: z.enum(SESSION_STATES),
  stateSince: timeMs,
  agent: personRef,
  /** The employee who was invited; `isGuest` when nobody has proven to be them. */
  sharer: personRef,
  isGuest: z.boolean(),
  grantedMode: z.enum(MODES).nullable(),
  isAgentConnected: z.boolean(),
  isDeviceConnected: z.boolean(),
  /** The way the picture takes; null while nobody is connected. */
  path: z.enum(['relay']).nullable(),
  bytes: count,
  /** Of the last few seconds; null until that is known. */
  bytesPerS: z.number().nonnegative().nullable(),
  framesPerS: z.number().nonnegative().nullable(),
});
export type StatusSession = z.infer<typeof statusSession>;

/** What an operator should do something about, most urgent first. The UI words each as what to do. */
export const statusWarning = z.discriminatedUnion('code', [
  z.object({ code: z.literal('disk-full'), freeBytes: count }),
  z.object({ code: z.literal('disk-low'), freeBytes: count }),
  z.object({ code: z.literal('certificate-ended'), kind: z.enum(CERTIFICATE_KINDS), at: timeMs }),
  z.object({ code: z.literal('certificate-ends'), kind: z.enum(CERTIFICATE_KINDS), at: timeMs }),
  z.object({ code: z.literal('backup-missing') }),
  z.object({ code: z.literal('backup-old'), at: timeMs }),
  z.object({ code: z.literal('checkpoint-late'), at: timeMs.nullable() }),
  z.object({ code: z.literal('helper-missing') }),
  z.object({ code: z.literal('metrics-unavailable'), port: count }),
]);
export type StatusWarning = z.infer<typeof statusWarning>;

export const status = z.object({
  at: timeMs,
  startedAt: timeMs,
  versions: z.object({
    handrail: z.string(),
    node: z.string(),
    sqlite: z.string(),
    /** The newest migration. */
    schema: z.string(),
  }),
  residentBytes: count,
  warnings: z.array(statusWarning),
  storage: z.object({
    directory: z.string(),
    databaseBytes: count,
    attachmentBytes: count,
    backupBytes: count,
    otherBytes: count,
    freeBytes: count,
    totalBytes: count,
  }),
  certificates: z.array(statusCertificate),
  sessions: z.array(statusSession),
  liveConnections: count,
  /** Since the start. */
  relay: z.object({
    bytes: count,
    chunks: count,
    pictureFrames: count,
    inputFrames: count,
    refusals: z.array(z.object({ reason: z.string(), count })),
  }),
  helpers: z.array(z.object({ platform, version: z.string(), bytes: count, sha256: z.string() })),
  backup: z.object({ at: timeMs, bytes: count, isEncrypted: z.boolean() }).nullable(),
  audit: z.object({
    head: z.object({ seq: count, hash: z.string() }),
    checkpoint: z.object({ seq: count, at: timeMs }).nullable(),
  }),
});
export type Status = z.infer<typeof status>;
