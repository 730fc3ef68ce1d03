/**
 * Starts a program with the rights of an administrator: User Account Control asks the person, on a desktop of its own that
 * no program sees. Who is no administrator types the password of one there.
 */
import { lstatSync } from 'node:fs';
import koffi from 'koffi';
import type { ProgramFile, StartedProgram } from '../platform.ts';
import { callAsync, useComOnEveryThread, type AnyFunction } from './win32.com.ts';
import { toWide, winLibrary } from './win32.ts';

/** SEE_MASK_NOCLOSEPROCESS, SEE_MASK_NOASYNC, SEE_MASK_FLAG_NO_UI. */
const HOW = 0x0000_0040 | 0x0000_0100 | 0x0000_0400;
const SW_SHOWNORMAL = 1;
/** WaitForSingleObject: not yet. */
const WAIT_TIMEOUT = 0x102;
const LOOK_EVERY_MS = 200;
const [GENERIC_READ, FILE_SHARE_READ, OPEN_EXISTING, INVALID_HANDLE] = [0x8000_0000, 1, 3, -1];

/** SHELLEXECUTEINFOW, in the order of its members. */
const MEMBERS = {
  cbSize: 'uint32_t',
  fMask: 'uint32_t',
  hwnd: 'intptr_t',
  lpVerb: 'str16',
  lpFile: 'str16',
  lpParameters: 'str16',
  lpDirectory: 'str16',
  nShow: 'int',
  hInstApp: 'intptr_t',
  lpIDList: 'intptr_t',
  lpClass: 'str16',
  hkeyClass: 'intptr_t',
  dwHotKey: 'uint32_t',
  hIcon: 'intptr_t',
  hProcess: 'intptr_t',
} as const;
type Told = 'cbSize' | 'fMask' | 'hwnd' | 'lpVerb' | 'lpFile' | 'lpParameters' | 'nShow';
type ShellExecuteInfo = Record<keyof typeof MEMBERS, number | string | null> & { hProcess: number };

interface Shell32 {
  /** Takes a `ShellExecuteInfo`; waits until the person has answered. */
  ShellExecuteExW: AnyFunction;
}

const shell32 = winLibrary<Shell32>('shell32', {
  ShellExecuteExW: 'int ShellExecuteExW(_Inout_ SHELLEXECUTEINFOW *info)',
});

interface Kernel32 {
  CreateFileW(
    ...args: [file: Buffer, access: number, share: number, rules: null, how: number, flags: number, template: number]
  ): number;
  WaitForSingleObject(handle: number, ms: number): number;
  CloseHandle(handle: number): number;
  GetCurrentProcess(): number;
  TerminateProcess(process: number, code: number): number;
}

const kernel32 = winLibrary<Kernel32>('kernel32', {
  CreateFileW:
    'intptr_t CreateFileW(void *file, uint32_t access, uint32_t share, void *rules, uint32_t how, uint32_t flags, intptr_t template)',
  WaitForSingleObject: 'uint32_t WaitForSingleObject(intptr_t handle, uint32_t ms)',
  CloseHandle: 'int CloseHandle(intptr_t handle)',
  GetCurrentProcess: 'intptr_t GetCurrentProcess()',
  TerminateProcess: 'int TerminateProcess(intptr_t process, uint32_t code)',
});

interface User32 {
  GetForegroundWindow(): number;
}

const user32 = winLibrary<User32>('user32', { GetForegroundWindow: 'intptr_t GetForegroundWindow()' });

let declared: ReturnType<typeof koffi.struct> | undefined;

/** Rejects when the person says no, or Windows does not start it. */
export async function runAs({ path, device, inode }: ProgramFile, args: readonly string[]): Promise<StartedProgram> {
  const held = hold(path);
  process.once('exit', endNow);
  try {
    // What was put in its place would be started with these rights.
    const { dev, ino } = lstatSync(path);
    if (dev !== device || ino !== inode) throw new Error(`${path} is another file now`);
    const program = await start(path, args);
    void program.exited.then(() => kernel32.CloseHandle(held));
    return program;
  } catch (cause) {
    kernel32.CloseHandle(held);
    throw cause;
  } finally {
    process.off('exit', endNow);
  }
}

/** At its end Node waits for the threads of its pool, one of which waits for the person's answer. */
function endNow(code: number): void {
  kernel32.TerminateProcess(kernel32.GetCurrentProcess(), code);
}

/** As long as that one runs nobody can write, rename or delete it. */
function hold(path: string): number {
  const handle = kernel32.CreateFileW(toWide(path), GENERIC_READ, FILE_SHARE_READ, null, OPEN_EXISTING, 0, 0);
  if (handle === INVALID_HANDLE) throw new Error(`${path} cannot be opened`);
  return handle;
}

async function start(file: string, args: readonly string[]): Promise<StartedProgram> {
  if (args.some((each) => /[\s"]/.test(each))) throw new Error('arguments with spaces or quotation marks');
  useComOnEveryThread();
  declared ??= koffi.struct('SHELLEXECUTEINFOW', MEMBERS);
  const told: Pick<ShellExecuteInfo, Told> = {
    cbSize: koffi.sizeof(declared),
    fMask: HOW,
    // Windows asks in front of it; a question of a program that is not in front would wait in the task bar.
    hwnd: user32.GetForegroundWindow(),
    lpVerb: 'runas',
    lpFile: file,
    lpParameters: args.join(' '),
    nShow: SW_SHOWNORMAL,
  };
  const nothing = { lpDirectory: null, hInstApp: 0, lpIDList: 0, lpClass: null, hkeyClass: 0, dwHotKey: 0, hIcon: 0 };
  const info: ShellExecuteInfo = { ...told, ...nothing, hProcess: 0 };
  const isStarted = await callAsync(shell32.ShellExecuteExW, info);
  if (isStarted !== 1 || info.hProcess === 0) throw new Error(`Windows did not start ${file} as administrator`);
  return { exited: endOf(info.hProcess) };
}

function endOf(handle: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setInterval(() => {
      // Whatever else is answered will not change any more.
      if (kernel32.WaitForSingleObject(handle, 0) === WAIT_TIMEOUT) return;
      clearInterval(timer);
      kernel32.CloseHandle(handle);
      resolve();
    }, LOOK_EVERY_MS);
  });
}
