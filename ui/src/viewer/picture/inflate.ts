/** Inflates a tile body to the length that its rectangle says, and to nothing else (RFC 1951). */
import { inflateSync } from 'fflate';

/** Up to here inflating at once is faster than asking the browser's own inflater and coming back for the answer. */
const NOW_BYTES = 1 << 16;
/** And only so much to read: deflate makes at most 1032 bytes of one, and what is too much is noticed at the end only. */
const NOW_BODY_BYTES = 1 << 14;

export class InflateError extends Error {
  override readonly name = 'InflateError';
}

/** Whether `inflateNow` is the better way for this body. */
export function isInflatedNow(body: Uint8Array, length: number): boolean {
  return length <= NOW_BYTES && body.length <= NOW_BODY_BYTES;
}

/** At once. One byte of room more than expected shows a body that inflates to too much; the rest of it goes nowhere. */
export function inflateNow(body: Uint8Array, length: number): Uint8Array {
  let plain: Uint8Array;
  try {
    plain = inflateSync(body, { out: new Uint8Array(length + 1) });
  } catch (cause) {
    throw new InflateError('not a deflate stream', { cause });
  }
  if (plain.length !== length) throw new InflateError(`inflates to ${plain.length} bytes, not ${length}`);
  return plain;
}

/** By the browser's inflater, for large bodies: stops as soon as there is more than expected. */
export async function inflateStreamed(body: Uint8Array<ArrayBuffer>, length: number): Promise<Uint8Array> {
  const plain = new Uint8Array(length);
  let filled = 0;
  try {
    const inflater = new DecompressionStream('deflate-raw');
    const writer = inflater.writable.getWriter();
    // What goes wrong here comes out at the reading end as well.
    writer.write(body).catch(() => undefined);
    writer.close().catch(() => undefined);
    for await (const part of inflater.readable) {
      if (filled + part.length > length) throw new InflateError(`inflates to more than ${length} bytes`);
      plain.set(part, filled);
      filled += part.length;
    }
  } catch (cause) {
    if (cause instanceof InflateError) throw cause;
    throw new InflateError('not a deflate stream', { cause });
  }
  if (filled !== length) throw new InflateError(`inflates to ${filled} bytes, not ${length}`);
  return plain;
}
