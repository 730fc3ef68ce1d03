/**
 * Windows' list of processes. It names the parent that a process once had, whose number may be another's by now, and leaves
 * it to us to see that such a parent is younger than its child.
 */
import type { ProcessTable, RunningProcess } from '../platform.ts';
import { fromWide, winLibrary } from './win32.ts';

/** SystemProcessInformation, ProcessBasicInformation. */
const PROCESSES = 5;
const BASIC = 0;
const STATUS_INFO_LENGTH_MISMATCH = 0xc0000004;
const FIRST_LIST_BYTES = 1 << 19;
const MAX_LIST_BYTES = 1 << 26;
/** SYSTEM_PROCESS_INFORMATION on 64 bits. */
const LISTED = { next: 0, createdAt: 32, pid: 80, parent: 88 } as const;
/** PROCESS_BASIC_INFORMATION: PebBaseAddress; PEB: ProcessParameters; RTL_USER_PROCESS_PARAMETERS: CommandLine. */
const BASIC_BYTES = 48;
const [PEB, PARAMETERS, COMMAND_LINE] = [8, 0x20, 0x70];
/** UNICODE_STRING: bytes at 0, address at 8. */
const STRING = { bytes: 16, address: 8 } as const;
/** PROCESS_QUERY_LIMITED_INFORMATION, PROCESS_VM_READ: granted for our own user's programs alone. */
const READ_ACCESS = 0x1000 | 0x0010;

interface Ntdll {
  NtQuerySystemInformation(what: number, into: Buffer, bytes: number, needed: number[]): number;
  NtQueryInformationProcess(...args: [process: number, what: number, into: Buffer, bytes: number, none: null]): number;
}

const ntdll = winLibrary<Ntdll>('ntdll', {
  NtQuerySystemInformation:
    'uint32_t NtQuerySystemInformation(int what, void *into, uint32_t bytes, _Out_ uint32_t *needed)',
  NtQueryInformationProcess:
    'uint32_t NtQueryInformationProcess(intptr_t process, int what, void *into, uint32_t bytes, void *none)',
});

interface Kernel32 {
  OpenProcess(access: number, isInherited: number, pid: number): number;
  CloseHandle(handle: number): number;
  ReadProcessMemory(...args: [process: number, at: bigint, into: Buffer, bytes: number, none: null]): number;
}

const kernel32 = winLibrary<Kernel32>('kernel32', {
  OpenProcess: 'intptr_t OpenProcess(uint32_t access, int isInherited, uint32_t pid)',
  CloseHandle: 'int CloseHandle(intptr_t handle)',
  ReadProcessMemory: 'int ReadProcessMemory(intptr_t process, uint64_t at, void *into, size_t bytes, void *none)',
});

export const windowsProcesses: ProcessTable = { list, startOf, commandLine };

interface Listed extends RunningProcess {
  createdAt: bigint;
}

function list(): RunningProcess[] {
  const listed = parse(readList());
  const createdAt = new Map(listed.map((process) => [process.pid, process.createdAt]));
  return listed.map(({ pid, parent, createdAt: own }) => {
    const parents = createdAt.get(parent);
    return { pid, parent: parents !== undefined && parents <= own ? parent : 0 };
  });
}

/** In units of 100 ns since 1601, as GetProcessTimes gives it to the launcher. */
function startOf(pid: number): string | undefined {
  return parse(readList())
    .find((process) => process.pid === pid)
    ?.createdAt.toString();
}

function readList(): Buffer {
  for (let bytes = FIRST_LIST_BYTES; bytes <= MAX_LIST_BYTES; bytes *= 2) {
    const into = Buffer.alloc(bytes);
    const status = ntdll.NtQuerySystemInformation(PROCESSES, into, bytes, [0]);
    if (status === 0) return into;
    if (status !== STATUS_INFO_LENGTH_MISMATCH) throw new Error(`no list of processes: ${status.toString(16)}`);
  }
  throw new Error('the list of processes has no end');
}

function parse(buffer: Buffer): Listed[] {
  const listed: Listed[] = [];
  for (let at = 0; ;) {
    const pid = Number(buffer.readBigUInt64LE(at + LISTED.pid));
    const parent = Number(buffer.readBigUInt64LE(at + LISTED.parent));
    listed.push({ pid, parent, createdAt: buffer.readBigInt64LE(at + LISTED.createdAt) });
    const next = buffer.readUInt32LE(at + LISTED.next);
    if (next === 0) return listed;
    at += next;
  }
}

/** Where Windows keeps it in the process itself; the way to ask for it is missing in Wine. */
function commandLine(pid: number): string | undefined {
  const process = kernel32.OpenProcess(READ_ACCESS, 0, pid);
  if (process === 0) return undefined;
  try {
    const basic = Buffer.alloc(BASIC_BYTES);
    if (ntdll.NtQueryInformationProcess(process, BASIC, basic, basic.length, null) !== 0) return undefined;
    const parameters = read(process, basic.readBigUInt64LE(PEB) + BigInt(PARAMETERS), 8)?.readBigUInt64LE();
    if (parameters === undefined) return undefined;
    const line = read(process, parameters + BigInt(COMMAND_LINE), STRING.bytes);
    const text = line && read(process, line.readBigUInt64LE(STRING.address), line.readUInt16LE());
    return text && fromWide(text);
  } finally {
    kernel32.CloseHandle(process);
  }
}

/** Undefined when it has ended meanwhile. */
function read(process: number, at: bigint, bytes: number): Buffer | undefined {
  const into = Buffer.alloc(bytes);
  return kernel32.ReadProcessMemory(process, at, into, bytes, null) === 0 ? undefined : into;
}
