/** The access token of a program: who runs it, and what it may do. */
import { winLibrary } from './win32.ts';

/** PROCESS_QUERY_LIMITED_INFORMATION. */
const QUERY_LIMITED = 0x1000;
const TOKEN_QUERY = 0x0008;
/** TOKEN_INFORMATION_CLASS, and room for what each tells. A SID has at most 68 bytes. */
const KINDS = {
  user: { which: 1, bytes: 16 + 68 },
  elevationType: { which: 18, bytes: 4 },
  elevation: { which: 20, bytes: 4 },
  integrityLevel: { which: 25, bytes: 16 + 68 },
} as const;

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

/** As Windows writes it. Undefined where it does not say: the program is gone, or not ours to look at. */
export function readToken(pid: number, kind: keyof typeof KINDS): Buffer | undefined {
  const handle = kernel32.OpenProcess(QUERY_LIMITED, 0, pid);
  if (handle === 0) return undefined;
  const token = [0];
  const isOpen = advapi32.OpenProcessToken(handle, TOKEN_QUERY, token) !== 0;
  kernel32.CloseHandle(handle);
  if (!isOpen) return undefined;
  const { which, bytes } = KINDS[kind];
  const found = Buffer.alloc(bytes);
  const isKnown = advapi32.GetTokenInformation(token[0] ?? 0, which, found, bytes, [0]) !== 0;
  kernel32.CloseHandle(token[0] ?? 0);
  return isKnown ? found : undefined;
}
