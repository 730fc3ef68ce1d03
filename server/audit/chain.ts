import { createHash } from 'node:crypto';

/** The hash arithmetic of the audit chain. Pure; the writer and the offline verifier both use it. Hashes are hex. */
export const GENESIS_HASH = '0'.repeat(64);

export interface ChainLink {
  seq: number;
  /** Milliseconds since 1970. */
  at: number;
  prevHash: string;
  payloadHash: string;
}

/** SHA-256 over the salt and the payload's exact text: without the salt nobody can guess a deleted payload. */
export function hashPayload(saltHex: string, payload: string): string {
  return createHash('sha256').update(Buffer.from(saltHex, 'hex')).update(payload, 'utf8').digest('hex');
}

/** One line per field, in this order, so that no two links have the same text. */
export function hashLink(link: ChainLink): string {
  return createHash('sha256')
    .update(`handrail audit event 1\n${link.seq}\n${link.at}\n${link.prevHash}\n${link.payloadHash}\n`, 'utf8')
    .digest('hex');
}

/** What a checkpoint signs: that at this time the chain had this head. */
export function checkpointStatement(head: { seq: number; at: number; hash: string }): Buffer {
  return Buffer.from(`handrail audit checkpoint 1\n${head.seq}\n${head.at}\n${head.hash}\n`, 'utf8');
}
