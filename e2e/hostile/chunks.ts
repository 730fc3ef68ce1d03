/** Chunks as a hostile end makes them: any header, nothing sealed inside, or no chunk at all. */
import {
  CHUNK_PREFIX_BYTES,
  MAX_CHUNK_BYTES,
  chunksOf,
  encodeHeader,
  type ConnectionKind,
  type FrameHeader,
} from '../../protocol/frame.ts';

/** What is sent on which connection, and the reason for which the relay must refuse it. */
export interface Attack {
  kind: ConnectionKind;
  bytes: Uint8Array;
  reason: string;
}

/** The one chunk of a small frame. */
export function chunkOf(header: Partial<FrameHeader> & Pick<FrameHeader, 'channel'>): Uint8Array {
  const full = { sender: 0, isKey: false, epoch: 1, seq: 0n, grant: 0n, sealedBytes: 40, ...header };
  const { channel, seq, isKey, sealedBytes } = full;
  const frame = { channel, seq, isKey, headerBytes: encodeHeader(full), sealed: new Uint8Array(sealedBytes) };
  return chunksOf(frame).next().value ?? new Uint8Array();
}

/** Refused for what they are, in whatever state. `good` is one that would pass. */
export function malformed(kind: ConnectionKind, good: Uint8Array): Attack[] {
  const broken = (at: number, value: number): Uint8Array => {
    const chunk = good.slice();
    chunk[at] = value;
    return chunk;
  };
  const attacks: [Uint8Array, string][] = [
    [new Uint8Array(), 'too-short'],
    [good.subarray(0, CHUNK_PREFIX_BYTES), 'too-short'],
    [good.subarray(0, good.length - 1), 'bad-length'],
    [new Uint8Array(MAX_CHUNK_BYTES + 1), 'too-long'],
    [broken(0, 2), 'unknown-version'],
    [broken(1, 99), 'unknown-channel'],
    [broken(3, 2), 'bad-flags'],
    [broken(24, 255), 'bad-length'],
    [broken(27, 0), 'bad-length'],
    [broken(29, 1), 'bad-count'],
    [broken(31, 9), 'bad-count'],
  ];
  return attacks.map(([bytes, reason]) => ({ kind, bytes, reason }));
}

const isMalformed = (reason: string): boolean => /^(too|unknown|bad)-/.test(reason);

/** Outside `active` whatever is a chunk at all is refused because of that. */
export function whileNotActive(attacks: readonly Attack[]): Attack[] {
  return attacks.map((attack) => (isMalformed(attack.reason) ? attack : { ...attack, reason: 'not-active' }));
}

export function countReasons(attacks: readonly Attack[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { reason } of attacks) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return counts;
}
