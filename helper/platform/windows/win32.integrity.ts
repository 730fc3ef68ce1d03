/**
 * How far Windows trusts a program: its integrity level (Mandatory Integrity Control). Input that one program sends to
 * another of a higher level is dropped without a word (User Interface Privilege Isolation).
 */
import { winLibrary } from './win32.ts';

/** PROCESS_QUERY_LIMITED_INFORMATION. */
const QUERY_LIMITED = 0x1000;
const TOKEN_QUERY = 0x0008;
const TOKEN_INTEGRITY_LEVEL = 25;
/** SID: revision, count of its parts, six bytes of authority, then the parts, the last of which is the level. */
const SID_AT = { count: 1, parts: 8 } as const;
/** TOKEN_MANDATORY_LABEL: where the SID is, its attributes, and behind them the SID itself. */
const LABEL = { sid: 16, bytes: 64 } as const;

interface Kernel32 {
  OpenProcess(access: number, inherits: number, pid: number): number;
  CloseHandle(handle: number): number;
}

const kernel32 = winLibrary<Kernel32>('kernel32', {
  OpenProcess: 'intptr_t OpenProcess(uint32_t access, int inherits, uint32_t pid)',
  CloseHandle: 'int CloseHandle(intptr_t handle)',
});

interface Advapi32 {
  OpenProcessToken(process: number, access: number, token: number[]): number;
  GetTokenInformation(...args: [token: number, which: number, found: Buffer, bytes: number, needed: number[]]): number;
}

const advapi32 = winLibrary<Advapi32>('advapi32', {
  OpenProcessToken: 'int OpenProcessToken(intptr_t process, uint32_t access, _Out_ intptr_t *token)',
  GetTokenInformation:
    'int GetTokenInformation(intptr_t token, int which, void *found, uint32_t bytes, _Out_ uint32_t *needed)',
});

let ours: number | undefined;

/** Whether input of ours does not reach a program. One that we may not even look at is taken to be above us. */
export function isAboveUs(pid: number): boolean {
  ours ??= integrityOf(process.pid);
  return isHigher(integrityOf(pid), ours);
}

/** A level that is not known counts as the higher one. */
export function isHigher(theirs: number | undefined, own: number | undefined): boolean {
  return theirs === undefined || (own !== undefined && theirs > own);
}

/** Undefined where Windows does not say: the program is not ours to look at. */
export function integrityOf(pid: number): number | undefined {
  const handle = kernel32.OpenProcess(QUERY_LIMITED, 0, pid);
  if (handle === 0) return undefined;
  const token = [0];
  const isOpen = advapi32.OpenProcessToken(handle, TOKEN_QUERY, token) !== 0;
  kernel32.CloseHandle(handle);
  if (!isOpen) return undefined;
  const label = Buffer.alloc(LABEL.bytes);
  const isKnown = advapi32.GetTokenInformation(token[0] ?? 0, TOKEN_INTEGRITY_LEVEL, label, label.length, [0]) !== 0;
  kernel32.CloseHandle(token[0] ?? 0);
  return isKnown ? levelIn(label.subarray(LABEL.sid)) : undefined;
}

/** The last part of a SID. */
function levelIn(sid: Buffer): number {
  return sid.readUInt32LE(SID_AT.parts + 4 * (sid.readUInt8(SID_AT.count) - 1));
}
