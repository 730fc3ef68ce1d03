/**
 * A program for Windows is signed (Authenticode) by appending the signature and naming its place in the header, so that
 * neither counts as content: of the file that was built, everything else is still the same.
 */

/** The header and what it points at lie in here. */
export const HEADER_BYTES = 4096;

export interface SignatureFields {
  /** Where the signature begins; undefined without one. */
  signatureAt: number | undefined;
  /** Checksum and place of the signature: what signing changes in the header. */
  places: { at: number; length: number }[];
}

/** Undefined when the file is not a 64-bit program for Windows. Offsets are those of Microsoft's PE format. */
export function signatureFields(file: Uint8Array): SignatureFields | undefined {
  const header = Buffer.from(file.buffer, file.byteOffset, Math.min(file.length, HEADER_BYTES));
  if (header.length < 64 || header.toString('latin1', 0, 2) !== 'MZ') return undefined;
  const pe = header.readUInt32LE(60);
  if (pe + 176 > header.length || header.readUInt32LE(pe) !== 0x4550) return undefined;
  const optional = pe + 24;
  if (header.readUInt16LE(optional) !== 0x20b) return undefined;
  const [checksum, directory] = [optional + 64, optional + 144];
  const signatureAt = header.readUInt32LE(directory);
  return {
    signatureAt: signatureAt === 0 ? undefined : signatureAt,
    places: [
      { at: checksum, length: 4 },
      { at: directory, length: 8 },
    ],
  };
}
