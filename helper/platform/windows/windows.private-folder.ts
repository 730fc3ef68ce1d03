/**
 * Folders with an access list of their own, as the launcher makes its one (ops/package/launcher/launcher.windows.c): a
 * folder for temporary files may be open to others, and what is made in it would be as well.
 */
import { readToken } from './win32.token.ts';
import { toWide, winLibrary } from './win32.ts';

/** TOKEN_USER: where its SID begins. */
const USER_SID = 16;
/** SID: count of its parts, the last of six bytes of authority, its parts. */
const SID_AT = { count: 1, authority: 7, parts: 8 } as const;
const SDDL_REVISION_1 = 1;
/** SECURITY_ATTRIBUTES on 64 bits. */
const ATTRIBUTES = { bytes: 24, descriptor: 8 } as const;

interface Kernel32 {
  LocalFree(address: number): number;
  CreateDirectoryW(path: Buffer, attributes: Buffer): number;
}

const kernel32 = winLibrary<Kernel32>('kernel32', {
  LocalFree: 'intptr_t LocalFree(intptr_t address)',
  CreateDirectoryW: 'int CreateDirectoryW(void *path, void *attributes)',
});

interface Advapi32 {
  ConvertStringSecurityDescriptorToSecurityDescriptorW(
    ...args: [rules: Buffer, revision: number, descriptor: number[], none: null]
  ): number;
}

const advapi32 = winLibrary<Advapi32>('advapi32', {
  ConvertStringSecurityDescriptorToSecurityDescriptorW:
    'int ConvertStringSecurityDescriptorToSecurityDescriptorW(void *rules, uint32_t revision, _Out_ intptr_t *descriptor, void *none)',
});

/** For this person and the system alone, and so is all that is made in it. */
export function makePrivateFolder(path: string): void {
  const rules = `D:P(A;OICI;FA;;;SY)(A;OICI;FA;;;${thisPerson()})`;
  const descriptor = [0];
  const convert = advapi32.ConvertStringSecurityDescriptorToSecurityDescriptorW;
  if (convert(toWide(rules), SDDL_REVISION_1, descriptor, null) === 0) throw new Error(`no access list from ${rules}`);
  const [address = 0] = descriptor;
  const attributes = Buffer.alloc(ATTRIBUTES.bytes);
  attributes.writeUInt32LE(ATTRIBUTES.bytes, 0);
  attributes.writeBigUInt64LE(BigInt(address), ATTRIBUTES.descriptor);
  const isMade = kernel32.CreateDirectoryW(toWide(path), attributes) !== 0;
  kernel32.LocalFree(address);
  if (!isMade) throw new Error(`the folder ${path} cannot be made`);
}

/** The SID of whoever runs this program, as access lists are written. */
function thisPerson(): string {
  const user = readToken(process.pid, 'user');
  if (user === undefined) throw new Error('Windows does not say whose program this is');
  const sid = user.subarray(USER_SID);
  const parts = Array.from({ length: sid.readUInt8(SID_AT.count) }, (_, at) => sid.readUInt32LE(SID_AT.parts + 4 * at));
  return ['S-1', sid.readUInt8(SID_AT.authority), ...parts].join('-');
}
