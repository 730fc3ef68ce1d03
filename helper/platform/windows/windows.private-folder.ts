/**
 * Folders with an access list of their own, as the launcher makes its one (ops/package/launcher/launcher.windows.c): a
 * folder for temporary files may be open to others, and what is made in it would be as well.
 */
import { isElevatedRun } from '../../elevation/elevated.run.ts';
import { readToken } from './win32.token.ts';
import { toWide, winLibrary } from './win32.ts';

/** TOKEN_USER: where its SID begins. */
const USER_SID = 16;
/** SID: count of its parts, the last of six bytes of authority, its parts. */
const SID_AT = { count: 1, authority: 7, parts: 8 } as const;
const SDDL_REVISION_1 = 1;
const OWNER_INFORMATION = 1;
const LIST_INFORMATION = 4;
const MAX_DESCRIPTOR_BYTES = 65_536;
const READ_CONTROL = 0x0002_0000;
const SHARE_ALL = 7;
const OPEN_EXISTING = 3;
const FILE_FLAG_BACKUP_SEMANTICS = 0x0200_0000;
const FILE_FLAG_OPEN_REPARSE_POINT = 0x0020_0000;
const INVALID_HANDLE = -1;
/** SECURITY_ATTRIBUTES on 64 bits. */
const ATTRIBUTES = { bytes: 24, descriptor: 8 } as const;

interface Kernel32 {
  CloseHandle(handle: number): number;
  LocalFree(address: number): number;
  CreateFileW(
    ...args: [path: Buffer, access: number, share: number, none: null, how: number, flags: number, none: number]
  ): number;
  CreateDirectoryW(path: Buffer, attributes: Buffer): number;
}

const kernel32 = winLibrary<Kernel32>('kernel32', {
  CloseHandle: 'int CloseHandle(intptr_t handle)',
  CreateFileW:
    'intptr_t CreateFileW(void *path, uint32_t access, uint32_t share, void *none, uint32_t how, uint32_t flags, intptr_t none2)',
  LocalFree: 'intptr_t LocalFree(intptr_t address)',
  CreateDirectoryW: 'int CreateDirectoryW(void *path, void *attributes)',
});

interface Advapi32 {
  GetKernelObjectSecurity(
    ...args: [handle: number, which: number, descriptor: Buffer, bytes: number, needed: number[]]
  ): number;
  ConvertStringSecurityDescriptorToSecurityDescriptorW(
    ...args: [rules: Buffer, revision: number, descriptor: number[], none: null]
  ): number;
}

const advapi32 = winLibrary<Advapi32>('advapi32', {
  GetKernelObjectSecurity:
    'int GetKernelObjectSecurity(intptr_t handle, uint32_t which, void *descriptor, uint32_t bytes, _Out_ uint32_t *needed)',
  ConvertStringSecurityDescriptorToSecurityDescriptorW:
    'int ConvertStringSecurityDescriptorToSecurityDescriptorW(void *rules, uint32_t revision, _Out_ intptr_t *descriptor, void *none)',
});

/** As in the launcher, which says why; else `isGuardedAlike` would know none of these folders. */
export const ADMINISTRATORS_ALONE = 'O:BAD:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;RC;;;S-1-3-4)';

/** For this person and the system alone, in an elevated run for administrators, and so is all that is made in it. */
export function makePrivateFolder(path: string): void {
  const rules = isElevatedRun() ? ADMINISTRATORS_ALONE : `D:P(A;OICI;FA;;;SY)(A;OICI;FA;;;${thisPerson()})`;
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

/**
 * Whether both have the same owner and access list. The folders themselves: a link in the place of one has its own, and
 * whoever may not write into a folder like `model` cannot have put `path` there, nor take it away afterwards.
 */
export function isGuardedAlike(path: string, model: string): boolean {
  const [found, wanted] = [guardOf(path), guardOf(model)];
  return found !== undefined && wanted !== undefined && found.equals(wanted);
}

/** Owner and list as Windows keeps them. */
function guardOf(path: string): Buffer | undefined {
  const flags = FILE_FLAG_BACKUP_SEMANTICS | FILE_FLAG_OPEN_REPARSE_POINT;
  const handle = kernel32.CreateFileW(toWide(path), READ_CONTROL, SHARE_ALL, null, OPEN_EXISTING, flags, 0);
  if (handle === INVALID_HANDLE) return undefined;
  const descriptor = Buffer.alloc(MAX_DESCRIPTOR_BYTES);
  const [bytes, which] = [[0], OWNER_INFORMATION | LIST_INFORMATION];
  const isKnown = advapi32.GetKernelObjectSecurity(handle, which, descriptor, descriptor.length, bytes) !== 0;
  kernel32.CloseHandle(handle);
  return isKnown ? descriptor.subarray(0, bytes[0]) : undefined;
}

/** The SID of whoever runs this program, as access lists are written. */
function thisPerson(): string {
  const user = readToken(process.pid, 'user');
  if (user === undefined) throw new Error('Windows does not say whose program this is');
  const sid = user.subarray(USER_SID);
  const parts = Array.from({ length: sid.readUInt8(SID_AT.count) }, (_, at) => sid.readUInt32LE(SID_AT.parts + 4 * at));
  return ['S-1', sid.readUInt8(SID_AT.authority), ...parts].join('-');
}
