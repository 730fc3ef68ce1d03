/**
 * The file that is downloaded: launcher, compressed program, footer (ops/package/launcher/container.c reads it).
 * The program is kept as a base that is the same for every build, so that it is compressed once, a few words that differ
 * from it, and a tail.
 */
import { createHash } from 'node:crypto';

const FOOTER_BYTES = 104;
const MAGIC = 'HANDRAIL';

export interface Base {
  /** What the program would be without a payload, as far as both agree. */
  content: Uint8Array;
  compressed: Uint8Array;
}

export interface Parts {
  launcher: Uint8Array;
  base: Base;
  program: Uint8Array;
  compress: (content: Uint8Array) => Promise<Uint8Array>;
}

/** The downloadable file with its launcher. */
export async function makeContainer({ launcher, base, program, compress }: Parts): Promise<Uint8Array> {
  const tail = program.subarray(base.content.length);
  const compressedTail = await compress(tail);
  const patches = differences(base.content, program.subarray(0, base.content.length));
  const offsets = { base: launcher.length, tail: launcher.length + base.compressed.length };
  const end = offsets.tail + compressedTail.length;
  // A signature begins at a multiple of 8; nothing may have to be put in front of it.
  const padding = Buffer.alloc((8 - (end % 8)) % 8);
  const footer = footerOf([
    offsets.base,
    base.compressed.length,
    base.content.length,
    offsets.tail,
    compressedTail.length,
    tail.length,
    end + padding.length,
    patches.length / 16,
  ]);
  return seal([launcher, base.compressed, compressedTail, padding, patches, footer]);
}

/** The program itself with the same ending, where there is no launcher: larger, but it works alike. */
export function makePlain(program: Uint8Array): Uint8Array {
  return seal([program, footerOf([0, 0, 0, 0, 0, 0, 0, 0])]);
}

/** The footer without its last 32 bytes, which are the digest. */
function footerOf(numbers: number[]): Uint8Array {
  const footer = Buffer.alloc(FOOTER_BYTES - 32);
  footer.write(MAGIC, 'latin1');
  numbers.forEach((number, at) => footer.writeBigUInt64LE(BigInt(number), 8 + at * 8));
  return footer;
}

function seal(parts: Uint8Array[]): Uint8Array {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return Buffer.concat([...parts, hash.digest()]);
}

const MAX_PATCHES = 4096;

/** Pairs of offset and value for each 8-byte word that differs. Lengths are equal and a multiple of 8. */
export function differences(base: Uint8Array, program: Uint8Array): Uint8Array {
  if (base.length !== program.length || base.length % 8 !== 0) throw new Error('base and program do not line up');
  const [a, b] = [
    Buffer.from(base.buffer, base.byteOffset, base.length),
    Buffer.from(program.buffer, program.byteOffset, program.length),
  ];
  const BLOCK = 4096;
  const patches: Buffer[] = [];
  for (let block = 0; block < a.length; block += BLOCK) {
    const end = Math.min(block + BLOCK, a.length);
    if (a.compare(b, block, end, block, end) === 0) continue;
    for (let at = block; at < end; at += 8) {
      if (a.readBigUInt64LE(at) === b.readBigUInt64LE(at)) continue;
      const patch = Buffer.alloc(16);
      patch.writeBigUInt64LE(BigInt(at), 0);
      patch.writeBigUInt64LE(b.readBigUInt64LE(at), 8);
      patches.push(patch);
    }
  }
  if (patches.length > MAX_PATCHES)
    throw new Error(`${patches.length} words differ from the base: it is another layout`);
  return Buffer.concat(patches);
}
