/** A right as a small statement signed by the sharer's session key; the device, the relay and the audit read the same text. */
import { z } from './zod.ts';
import { fromBase64, toBase64Url, utf8 } from './bytes.ts';
import { CAPABILITY_NAMES } from './capabilities.ts';
import { sessionId } from './api/desk.ts';
import { isSignedBy, sign } from './handshake.ts';
import { scopeFact } from './scope.ts';

/** `task`: given for one thing, ends by itself; `session`: until taken back or the session's end. */
export const PURPOSES = ['task', 'session'] as const;
export type Purpose = (typeof PURPOSES)[number];
/** Why a device takes a right back; absent: the sharer did. `replaced`: by a wider one of the same kind. */
export const REVOKE_CAUSES = ['time', 'replaced'] as const;
export type RevokeCause = (typeof REVOKE_CAUSES)[number];

/** How long a right for one task lasts at most, in seconds. */
export const TASK_LIMIT_S = 15 * 60;

export const grantStatement = z.strictObject({
  kind: z.literal('handrail/2 grant'),
  /** 16 random bytes, hex. */
  id: z.string().regex(/^[0-9a-f]{32}$/),
  sessionId,
  /** Serial number of the agent's identity certificate, lower-case hex. */
  holder: z.string().regex(/^[0-9a-f]{1,40}$/),
  capability: z.enum(CAPABILITY_NAMES),
  scope: scopeFact,
  purpose: z.enum(PURPOSES),
  notBefore: z.number().int(),
  notAfter: z.number().int(),
  /** The text the sharer agreed to: id, version, language, SHA-256. */
  consentText: z.string().max(160),
});
export type GrantStatement = z.infer<typeof grantStatement>;

export const signedGrant = z.strictObject({ statement: z.string().max(2048), signature: z.string().max(1024) });
export type SignedGrant = z.infer<typeof signedGrant>;

export async function signGrant(statement: GrantStatement, sessionKey: CryptoKey): Promise<SignedGrant> {
  const text = JSON.stringify(statement);
  return { statement: text, signature: toBase64Url(await sign(sessionKey, utf8(text))) };
}

/** The statement when the signature is the session key's and the text is one we know; undefined otherwise. */
export async function openGrant(grant: SignedGrant, sessionKey: CryptoKey): Promise<GrantStatement | undefined> {
  try {
    if (!(await isSignedBy(sessionKey, fromBase64(grant.signature), utf8(grant.statement)))) return undefined;
    return grantStatement.parse(JSON.parse(grant.statement));
  } catch {
    // Bytes from a peer: whatever is wrong with them, they are not a grant.
    return undefined;
  }
}

/** The first 8 bytes of the id, as the frame header carries them. */
export function grantTag(grantId: string): bigint {
  return BigInt(`0x${grantId.slice(0, 16)}`);
}
