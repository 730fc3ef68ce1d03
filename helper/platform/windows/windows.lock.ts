/**
 * What has taken the desktop away: the lock, a screen saver, a session that was disconnected, or what is nobody's but
 * Windows' and the person's: the question for an administrator, and Ctrl+Alt+Del. In all of these the desktop that gets
 * the input is not ours. The lock screen of Windows 10 may be drawn on our own desktop first; of it the session's state
 * tells. Both are asked again and again, since only one of them tells by itself.
 */
import koffi from 'koffi';
import { AskedLock } from '../asked.lock.ts';
import type { LockReason } from '../platform.ts';
import { fromWide, winLibrary } from './win32.ts';

/** DESKTOP_READOBJECTS. */
const READ = 1;
const UOI_NAME = 2;
const OUR_DESKTOP = 'Default';
const SCREEN_SAVER = 'Screen-saver';
const CURRENT_SESSION = 0xffffffff;
/** WTSSessionInfoEx, and in WTSINFOEXW level, session, state, flags. */
const SESSION_INFO_EX = 25;
const INFO_AT = { level: 0, state: 8 + 4, flags: 8 + 8 } as const;
const WTS_ACTIVE = 0;
const WTS_SESSIONSTATE = { locked: 0, unlocked: 1 } as const;

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

export const openWindowsLock = (): AskedLock => new AskedLock(reasonNow);

function reasonNow(): LockReason | undefined {
  return lockReason(inputDesktop(), sessionInfo());
}

/**
 * `desktop` gets the input; undefined when it is closed to us, as Windows' own is. It takes the word of Windows that the
 * session is open for such a desktop to be no lock.
 */
export function lockReason(desktop: string | undefined, info: Uint8Array | undefined): LockReason | undefined {
  const session = sessionState(info);
  if (session === 'locked' || session === 'disconnected') return session;
  if (desktop === OUR_DESKTOP) return undefined;
  return session === 'open' && desktop !== SCREEN_SAVER ? 'secure-desktop' : 'locked';
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

/** Undefined where Windows does not say. */
function sessionState(info: Uint8Array | undefined): 'open' | 'locked' | 'disconnected' | undefined {
  if (info === undefined || info.length < INFO_AT.flags + 4) return undefined;
  const view = new DataView(info.buffer, info.byteOffset);
  if (view.getUint32(INFO_AT.level, true) !== 1) return undefined;
  if (view.getInt32(INFO_AT.state, true) !== WTS_ACTIVE) return 'disconnected';
  const flags = view.getInt32(INFO_AT.flags, true);
  if (flags === WTS_SESSIONSTATE.locked) return 'locked';
  return flags === WTS_SESSIONSTATE.unlocked ? 'open' : undefined;
}
