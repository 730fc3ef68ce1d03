import { z } from '../zod.ts';
import { text, timeMs } from './shared.ts';
import { secret } from './access.ts';
import { requestId, sessionId, personRef } from './desk.ts';
import { END_REASONS, PAUSE_REASONS, SESSION_STATES } from '../lifecycle.ts';
import { CAPABILITY_NAMES, LIMIT_RANGE_S, MODES } from '../capabilities.ts';
import { PURPOSES } from '../grant.ts';
import { REACHES } from '../scope.ts';

export const mode = z.enum(MODES);
const capability = z.enum(CAPABILITY_NAMES);

/** Read from the agent's identity certificate after verification against the internal CA, never from the account. */
export const agentCard = z.object({
  name: z.string(),
  employeeNumber: z.string(),
  department: z.string(),
  /** SHA-256 of the photo as named in the certificate, hex; empty when there is no photo. */
  photoSha256: z.string(),
  photoUrl: z.string().nullable(),
  serialNumber: z.string(),
  notAfter: timeMs,
});
export type AgentCard = z.infer<typeof agentCard>;

/** POST /api/requests/:id/invitations → invited. Needs a live identity certificate (409 identity.missing). */
export const invite = z.strictObject({ reason: text(500), mode });
/** `link` has the secret in its fragment; `spokenCode` is nine digits, one use, for the phone. Both are shown to the agent once. */
export const invited = z.object({ sessionId, link: z.string(), spokenCode: z.string(), expiresAt: timeMs });
export type Invited = z.infer<typeof invited>;

/** POST /api/invitations/redeem → { sessionId }; signs a visitor in as guest of that one session when not signed in. */
export const redeemInvitation = z.union([
  z.strictObject({ secret }),
  z.strictObject({ code: z.string().regex(/^[0-9]{9}$/) }),
]);
export const redeemed = z.object({ sessionId });

/** What a helper can be made for (ops/package/platforms.ts); a server offers those that it holds. */
export const platform = z.enum(['linux-x64', 'linux-arm64', 'win-x64', 'macos-arm64']);
export type HelperPlatform = z.infer<typeof platform>;

export const session = z.object({
  id: sessionId,
  requestId: requestId.nullable(),
  state: z.enum(SESSION_STATES),
  reason: z.string(),
  /** What the agent asked for; the sharer decides. */
  requestedMode: mode,
  /** What the sharer granted and is in force; null when nothing is. */
  grantedMode: mode.nullable(),
  /** What `grantedMode` sums up: each right as the agent holds it now. */
  rights: z.array(z.object({ capability, reach: z.enum(REACHES), purpose: z.enum(PURPOSES), notAfter: timeMs })),
  policy: z.object({
    /** Modes that the sharer may choose from at all. */
    modes: z.array(mode),
  }),
  sharer: personRef,
  agent: personRef,
  card: agentCard,
  createdAt: timeMs,
  stateSince: timeMs,
  /** When the present state ends by itself. */
  deadlineAt: timeMs.nullable(),
  startedAt: timeMs.nullable(),
  endedAt: timeMs.nullable(),
  endReason: z.enum(END_REASONS).nullable(),
  pauseReason: z.enum(PAUSE_REASONS).nullable(),
  isAgentConnected: z.boolean(),
  isDeviceConnected: z.boolean(),
  /** False: switched off, so that there will not be another one. */
  isAssistanceAvailable: z.boolean(),
  /** Counted by the relay: sealed bytes, frames, input frames. */
  figures: z.object({ bytes: z.number(), pictureFrames: z.number(), inputFrames: z.number() }),
});
export type Session = z.infer<typeof session>;
// GET /api/sessions/:id → session (its sharer, its agent)
// POST /api/sessions/:id/accept → accepted (the sharer); /decline, /end, /pause → session (end, pause: either side)

/** POST /api/sessions/:id/take-back → session. The sharer takes a right back, or the agent gives it back: who signed in says. */
export const takeBack = z.strictObject({ capability });

/** The token is in `fileName`, made anew at each call and valid once; older ones of the session stop working. */
export const helperDownload = z.object({
  platform,
  url: z.string(),
  fileName: z.string(),
  bytes: z.number(),
  sha256: z.string(),
});
export const accepted = z.object({ session, downloads: z.array(helperDownload), token: z.string(), expiresAt: timeMs });
export type Accepted = z.infer<typeof accepted>;
// POST /api/sessions/:id/downloads → accepted (again, while accepted)

/** GET /api/clean-up → cleanUpTools: the helper's own file under a name that makes it remove what another one left. */
export const cleanUpTools = z.object({ downloads: z.array(helperDownload) });

/** POST /api/sessions/:id/ticket → ticket (the agent) */
export const ticket = z.object({ ticket: secret, expiresAt: timeMs });

const limitS = z.number().min(LIMIT_RANGE_S.least).max(LIMIT_RANGE_S.most);

/**
 * POST /enrol on the helper's listener → enrolled. The token is the one of the file name; `csr` is PKCS#10 PEM (RFC 2986).
 */
export const enrol = z.strictObject({
  token: z.string().max(64),
  csr: z.string().max(8192),
  helperVersion: z.string().max(32),
  /** SHA-256 of the file that was started, hex; null when the helper runs from source. */
  helperFile: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .nullable(),
  platform: z.string().max(32),
});
export const enrolled = z.object({
  sessionId,
  certificate: z.string(),
  ca: z.string(),
  notAfter: timeMs,
  organisation: z.string(),
  sharerName: z.string(),
  reason: z.string(),
  requestedMode: mode,
  agentCertificate: z.string(),
  /** base64 of the photo whose hash the certificate names; null when there is none. */
  agentPhoto: z.string().nullable(),
  language: z.enum(['en', 'zh-CN']),
  /** Strict, unlike other answers: a restriction that the device does not know it could not keep. */
  policy: z.strictObject({
    capabilities: z.array(z.string()),
    limitedOnly: z.array(z.string()),
    idleLimitS: limitS,
    masks: z.array(z.strictObject({ id: z.string(), executables: z.array(z.string()) })),
  }),
  sessionLimitS: limitS,
});
export type Enrolled = z.infer<typeof enrolled>;
