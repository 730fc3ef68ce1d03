/**
 * Whether the screen is locked, or shows what is nobody's but Windows': the question for an administrator, Ctrl+Alt+Del,
 * a screen saver, a session that was disconnected. In all of these the desktop that gets the input is not ours. The lock
 * screen of Windows 10 may be drawn on our own desktop first; of it the session's state tells. Both are asked again and
 * again, since only one of them tells by itself.
 */
import koffi from 'koffi';
import type { SessionLock } from '../platform.ts';
import { fromWide, winLibrary } from './win32.ts';

const LOOK_EVERY_MS = 200;
/** DESKTOP_READOBJECTS. */
const READ = 1;
const UOI_NAME = 2;
const OUR_DESKTOP = 'Default';
const CURRENT_SESSION = 0xffffffff;
/** WTSSessionInfoEx, and in WTSINFOEXW level, session, state, flags. */
const SESSION_INFO_EX = 25;
const INFO_AT = { level: 0, state: 8 + 4, flags: 8 + 8 } as const;
const WTS_ACTIVE = 0;
const WTS_SESSIONSTATE_LOCK = 0;

interface User32 {
  OpenInputDesktop(flags: number, inherits: number, access: number): number;
  CloseDesktop(desktop: number): number;
  GetUserObjectInformationW(
    ...args: [object: number, which: number, value: Buffer, bytes: number, needed: null]
  ): number;
}

const user32 = winLibrary<User32>('user32', {
  OpenInputDesktop: 'intptr_t OpenInputDesktop(uint32_t flags, int inherits, uint32_t access)',
  CloseDesktop: 'int CloseDesktop(intptr_t desktop)',
  GetUserObjectInformationW:
    'int GetUserObjectInformationW(intptr_t object, int which, void *value, uint32_t bytes, void *needed)',
});

interface Wtsapi32 {
  WTSQuerySessionInformationW(
    ...args: [server: number, session: number, which: number, value: unknown[], bytes: number[]]
  ): number;
  WTSFreeMemory(memory: unknown): void;
}

const wtsapi32 = winLibrary<Wtsapi32>('wtsapi32', {
  WTSQuerySessionInformationW:
    'int WTSQuerySessionInformationW(intptr_t server, uint32_t session, int which, _Out_ void **value, _Out_ uint32_t *bytes)',
  WTSFreeMemory: 'void WTSFreeMemory(void *memory)',
});

export class WindowsLock implements SessionLock {
  readonly #timer: NodeJS.Timeout;
  readonly #listeners = new Set<(isLocked: boolean) => void>();
  #isLocked = isLockedNow();

  constructor() {
    this.#timer = setInterval(() => this.#look(), LOOK_EVERY_MS);
    this.#timer.unref();
  }

  isLocked(): boolean {
    return this.#isLocked;
  }

  onChange(listener: (isLocked: boolean) => void): void {
    this.#listeners.add(listener);
  }

  close(): void {
    clearInterval(this.#timer);
    this.#listeners.clear();
  }

  #look(): void {
    const isLocked = isLockedNow();
    if (isLocked === this.#isLocked) return;
    this.#isLocked = isLocked;
    for (const listener of this.#listeners) listener(isLocked);
  }
}

function isLockedNow(): boolean {
  return inputDesktop() !== OUR_DESKTOP || isSessionAway(sessionInfo());
}

/** Undefined when it is closed to us. */
function inputDesktop(): string | undefined {
  const desktop = user32.OpenInputDesktop(0, 0, READ);
  if (desktop === 0) return undefined;
  const name = Buffer.alloc(512);
  const isKnown = user32.GetUserObjectInformationW(desktop, UOI_NAME, name, name.length, null) !== 0;
  user32.CloseDesktop(desktop);
  return isKnown ? fromWide(name) : undefined;
}

/** WTSINFOEXW; undefined where Windows does not say. */
function sessionInfo(): Uint8Array | undefined {
  const [found, bytes]: [unknown[], number[]] = [[null], [0]];
  if (wtsapi32.WTSQuerySessionInformationW(0, CURRENT_SESSION, SESSION_INFO_EX, found, bytes) === 0) return undefined;
  const info = Uint8Array.from(koffi.decode(found[0], 'uint8_t', bytes[0] ?? 0) as Uint8Array); // by its type
  wtsapi32.WTSFreeMemory(found[0]);
  return info;
}

/** Locked, or at no screen. */
export function isSessionAway(info: Uint8Array | undefined): boolean {
  if (info === undefined || info.length < INFO_AT.flags + 4) return false;
  const view = new DataView(info.buffer, info.byteOffset);
  if (view.getUint32(INFO_AT.level, true) !== 1) return false;
  const [state, flags] = [view.getInt32(INFO_AT.state, true), view.getInt32(INFO_AT.flags, true)];
  return state !== WTS_ACTIVE || flags === WTS_SESSIONSTATE_LOCK;
}
