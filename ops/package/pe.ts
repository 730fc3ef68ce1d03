/** What Windows calls a portable executable, as far as packaging touches it (Microsoft's PE format, "Optional header"). */
import { signatureFields } from '../../helper/executable.signature.ts';

/** Without what a signature (Authenticode) adds: none holds for a program that was changed. */
export function withoutSignature(program: Uint8Array): Uint8Array {
  const fields = signatureFields(program);
  if (fields === undefined) throw new Error('this is no program for Windows');
  const bare = Buffer.from(program.subarray(0, fields.signatureAt ?? program.length));
  for (const { at, length } of fields.places) bare.fill(0, at, at + length);
  return bare;
}
