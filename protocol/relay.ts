/**
 * What the ends say to the relay and the relay to them: JSON text messages on the control connection. Sealed chunks are
 * the binary messages, on either connection. The first message of every connection is a join.
 */
import { z } from './zod.ts';
import { secret } from './api/access.ts';
import { CAPABILITY_NAMES } from './capabilities.ts';
import { END_REASONS, PAUSE_REASONS, SESSION_STATES, type PauseReason } from './lifecycle.ts';
import { sessionId } from './api/desk.ts';
import { handshakeAnswer, handshakeFromDevice } from './handshake.ts';
import { REVOKE_CAUSES, signedGrant } from './grant.ts';
import { mode } from './api/sessions.ts';
import { REACHES } from './scope.ts';

export const RELAY_PATHS = {
  agent: { control: '/relay/control', bulk: '/relay/bulk' },
  device: { control: '/device/control', bulk: '/device/bulk' },
} as const;

/** ALPN (RFC 7301) of every connection of a helper, by which one port tells it from a browser before the handshake. */
export const HELPER_PROTOCOL = 'handrail-device/1';

/** Largest JSON message, in bytes of UTF-8. */
export const MAX_SIGNAL_BYTES = 32 * 1024;

const nonce = z.string().regex(/^[A-Za-z0-9_-]{22}$/);
const sender = z.number().int().min(1).max(255);

/** The text an agent's identity key signs to join: proves that the ticket is used by the one it was made for. */
export function joinStatement(ticket: string, connectionNonce: string): string {
  return `handrail join ${ticket} ${connectionNonce}`;
}

export const agentJoin = z.strictObject({
  type: z.literal('join'),
  ticket: secret,
  nonce,
  signature: z.string().max(1024),
});
export const deviceJoin = z.strictObject({ type: z.literal('join'), nonce });
export const bulkJoin = z.strictObject({ type: z.literal('join'), ticket: secret });

export const agentToRelay = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('peer'), body: handshakeAnswer }),
  z.strictObject({ type: z.literal('pause') }),
  z.strictObject({ type: z.literal('end') }),
]);
export type AgentToRelay = z.infer<typeof agentToRelay>;

/** Pauses that a device may report; what the relay notices itself is not the device's to say. */
const DEVICE_PAUSE_REASONS = [
  'sharer',
  'screen-lock',
  'screen-disconnected',
  'sharer-away',
  'restarting',
  'sleep',
] as const satisfies PauseReason[];

export const deviceToRelay = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('peer'), sender, body: handshakeFromDevice }),
  z.strictObject({ type: z.literal('grant'), grant: signedGrant }),
  z.strictObject({
    type: z.literal('revoke'),
    grantId: z.string().regex(/^[0-9a-f]{32}$/),
    cause: z.enum(REVOKE_CAUSES).optional(),
  }),
  z.strictObject({ type: z.literal('pause'), reason: z.enum(DEVICE_PAUSE_REASONS) }),
  /** The sharer said no to a question, or did not answer. For the audit: the question itself is sealed. */
  z.strictObject({
    type: z.literal('declined'),
    capability: z.enum(CAPABILITY_NAMES),
    reach: z.enum(REACHES),
  }),
  /** Something is hidden from now on, named by the rule and never by what it is. */
  z.strictObject({ type: z.literal('masked'), rule: z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/) }),
  z.strictObject({
    type: z.literal('end'),
    reason: z.enum([
      'sharer-declined',
      'sharer-stopped',
      'match-code-mismatch',
      'time-limit',
      'device-failed',
      'protocol-violation',
    ]),
  }),
]);
export type DeviceToRelay = z.infer<typeof deviceToRelay>;

const sessionState = z.object({
  type: z.literal('session'),
  state: z.enum(SESSION_STATES),
  grantedMode: mode.nullable(),
  pauseReason: z.enum(PAUSE_REASONS).nullable(),
  /** When the present state ends by itself, by the server's clock; null once ended. */
  deadlineAt: z.number().nullable(),
  endReason: z.enum(END_REASONS).nullable(),
});
/** Chunks of this connection that the relay did not forward, counted by reason; at most one message a second. */
const refused = z.object({ type: z.literal('refused'), reason: z.string(), count: z.number() });

export const relayToAgent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('welcome'), sessionId, sender, bulkTicket: secret }),
  z.object({ type: z.literal('bulk-ready') }),
  z.object({ type: z.literal('device/joined') }),
  z.object({ type: z.literal('device/left') }),
  z.object({ type: z.literal('peer'), body: handshakeFromDevice }),
  sessionState,
  refused,
]);
export type RelayToAgent = z.infer<typeof relayToAgent>;

export const relayToDevice = z.discriminatedUnion('type', [
  z.object({ type: z.literal('welcome'), sessionId, bulkTicket: secret }),
  z.object({ type: z.literal('bulk-ready') }),
  /** Both connections of an agent are there. */
  z.object({ type: z.literal('agent/joined'), sender, serialNumber: z.string(), nonce }),
  z.object({ type: z.literal('agent/left'), sender }),
  z.object({ type: z.literal('peer'), sender, body: handshakeAnswer }),
  /** Picture frames were dropped on the way to an agent: send one that needs nothing before it. */
  z.object({ type: z.literal('key-needed') }),
  /**
   * Taken back elsewhere: by the sharer in the portal, by the agent, who gives it back, or by the server. By whom else we
   * do not know, and it counts all the same.
   */
  z.object({
    type: z.literal('revoked'),
    grantIds: z.array(z.string()),
    by: z.enum(['sharer', 'agent', 'server']).nullable().catch(null),
  }),
  sessionState,
  refused,
]);
export type RelayToDevice = z.infer<typeof relayToDevice>;

/** WebSocket close codes of ours (RFC 6455 §7.4.2, private range). */
export const CLOSE_CODES = {
  ended: 4000,
  refused: 4003,
  replaced: 4009,
  tooSlow: 4008,
  invalid: 4002,
} as const;
