import { createHash } from 'node:crypto';
import { eq } from '../platform/drizzle.ts';
import { AppError } from '../platform/errors.ts';
import type { Tx } from '../platform/database.ts';
import { personPhotosTable } from './access.tables.ts';

export const MAX_PHOTO_BYTES = 512 * 1024;
/** Pixels along an edge: smaller says nothing about a face, larger is a bomb for whoever decodes it. */
const MIN_EDGE = 16;
const MAX_EDGE = 4096;

export type PhotoType = 'image/png' | 'image/jpeg';

export interface Photo {
  mediaType: PhotoType;
  /** Hex. */
  sha256: string;
  bytes: Buffer;
}

/** What a file says it is, by its own first bytes and header; null for everything but a PNG or JPEG of sane size. */
export function inspectPhoto(bytes: Buffer): PhotoType | null {
  const size = readPngSize(bytes) ?? readJpegSize(bytes);
  if (size === null) return null;
  const isSane = [size.width, size.height].every((edge) => edge >= MIN_EDGE && edge <= MAX_EDGE);
  return isSane ? size.mediaType : null;
}

interface ImageSize {
  mediaType: PhotoType;
  width: number;
  height: number;
}

const PNG_MAGIC = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex');

/** PNG §5.2 and §11.2.2: the signature, then IHDR with width and height. */
function readPngSize(bytes: Buffer): ImageSize | null {
  if (bytes.length < 33 || !bytes.subarray(0, 16).equals(PNG_MAGIC)) return null;
  return { mediaType: 'image/png', width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) };
}

/** Start-of-frame markers of ITU-T T.81 table B.1: C0–CF without DHT, JPG and DAC. */
const isStartOfFrame = (marker: number): boolean =>
  marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);

/** Walks the marker segments up to the frame header (ITU-T T.81 §B.2.2). */
function readJpegSize(bytes: Buffer): ImageSize | null {
  if (bytes.length < 4 || bytes.readUInt16BE(0) !== 0xffd8) return null;
  let at = 2;
  while (at + 9 <= bytes.length) {
    if (bytes[at] !== 0xff) return null;
    const marker = bytes.readUInt8(at + 1);
    if (isStartOfFrame(marker))
      return { mediaType: 'image/jpeg', width: bytes.readUInt16BE(at + 7), height: bytes.readUInt16BE(at + 5) };
    // Fill bytes may precede a marker; all other segments carry their length.
    at += marker === 0xff ? 1 : 2 + Math.max(2, bytes.readUInt16BE(at + 2));
  }
  return null;
}

/** Keeps the photo; 422 photo.invalid when it is none, or not of the type it was sent as. */
export function writePhoto(tx: Tx, personId: string, sent: { mediaType: string; bytes: Buffer; now: number }): void {
  const mediaType = inspectPhoto(sent.bytes);
  if (mediaType === null || mediaType !== sent.mediaType) throw new AppError('photo.invalid');
  const photo = {
    mediaType,
    sha256: createHash('sha256').update(sent.bytes).digest('hex'),
    bytes: sent.bytes,
    changedAt: sent.now,
  };
  tx.insert(personPhotosTable)
    .values({ personId, ...photo })
    .onConflictDoUpdate({ target: personPhotosTable.personId, set: photo })
    .run();
}

export function readPhoto(tx: Tx, personId: string): Photo | null {
  const { mediaType, sha256, bytes } = personPhotosTable;
  return (
    tx
      .select({ mediaType, sha256, bytes })
      .from(personPhotosTable)
      .where(eq(personPhotosTable.personId, personId))
      .get() ?? null
  );
}

export function readPhotoSha256(tx: Tx, personId: string): string | null {
  return (
    tx
      .select({ sha256: personPhotosTable.sha256 })
      .from(personPhotosTable)
      .where(eq(personPhotosTable.personId, personId))
      .get()?.sha256 ?? null
  );
}
