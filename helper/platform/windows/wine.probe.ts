/**
 * Runs under Wine for the tests. With a port it opens the parts of the Windows platform and does what the test asks, a
 * line of JSON at a time; otherwise it is a program with one window.
 */
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import type { BannerText, DisplayGuard, Outlines, Place, Platform, Rect } from '../platform.ts';
import { focusedSecret } from './windows.accessible.ts';
import { openWindowsDesktop } from './windows.desktop.ts';
import { openWindowsGuard } from './windows.guard.ts';
import { closeToOthers, showClickThrough, showPasswordField, takeKeysUnseen } from './wine.password.ts';
import { winLibrary } from './win32.ts';
import { integrityOf } from './win32.integrity.ts';
import { childOfClass } from './win32.windows.ts';

/** Everything a test can ask for, by name. */
export interface ProbeCalls {
  list: Platform['windows']['list'];
  serial: Platform['windows']['geometrySerial'];
  focused: Platform['windows']['focusedWindow'];
  reachesElevated: (place?: Place) => boolean | undefined;
  changes: () => number;
  fields: Platform['fields']['fields'];
  /** As its program tells of the text field in a window. */
  secret: (id: string) => Promise<Rect | undefined>;
  lockReason: Platform['lock']['reason'];
  readsPassword: (pid: number) => boolean;
  integrity: typeof integrityOf;
  closeDesktop: () => Promise<void>;
  openGuard: (hasHooks: boolean) => Promise<string>;
  closeGuard: () => Promise<void>;
  showBanner: (text: BannerText) => void;
  hideBanner: () => void;
  bannerBounds: () => Rect | undefined;
  outline: (outlines: Parameters<Outlines['show']>[0]) => void;
  release: () => Promise<void>;
  press: (virtualKey: number, isDown: boolean) => void;
  button: (isDown: boolean) => void;
  moveTo: (x: number, y: number) => void;
  /** As another program would: hides a window, or puts it in front of all others. */
  meddle: (id: string, how: 'hide' | 'raise') => void;
  isDown: (virtualKey: number) => boolean;
  /** What was announced, pressed and so on since the last call. */
  news: () => ProbeNews[];
}

export type ProbeNews = { announced: readonly Rect[] } | { pressed: 'stop' | 'stop-hotkey' | 'hide-hotkey' };

const KEYBOARD = 1;
const KEYEVENTF_KEYUP = 2;
/** MOUSEEVENTF_LEFTDOWN and LEFTUP. */
const LEFT = { down: 0x0002, up: 0x0004 } as const;
/** SWP_NOSIZE, SWP_NOMOVE, SWP_NOACTIVATE. */
const KEEP = 0x0001 | 0x0002 | 0x0010;
const HWND_TOPMOST = -1;

interface User32 {
  SendInput(count: number, inputs: Buffer, size: number): number;
  SetCursorPos(x: number, y: number): number;
  GetAsyncKeyState(key: number): number;
  ShowWindow(hwnd: number, how: number): number;
  SetWindowPos(
    ...args: [hwnd: number, after: number, x: number, y: number, w: number, h: number, flags: number]
  ): number;
}

const user32 = winLibrary<User32>('user32', {
  SendInput: 'uint32_t SendInput(uint32_t count, void *inputs, int size)',
  SetCursorPos: 'int SetCursorPos(int x, int y)',
  GetAsyncKeyState: 'int16_t GetAsyncKeyState(int key)',
  ShowWindow: 'int ShowWindow(intptr_t hwnd, int how)',
  SetWindowPos: 'int SetWindowPos(intptr_t hwnd, intptr_t after, int x, int y, int w, int h, uint32_t flags)',
});

async function openProbe(): Promise<ProbeCalls> {
  const news: ProbeNews[] = [];
  const { windows, fields, terminals, lock, outlines, hideHotkey, close } = await openWindowsDesktop(fail);
  hideHotkey.onPress(() => news.push({ pressed: 'hide-hotkey' }));
  let changes = 0;
  windows.onChange(() => (changes += 1));
  /** The last one is the one that is asked. */
  const guards: DisplayGuard[] = [];
  return {
    list: () => windows.list(),
    serial: () => windows.geometrySerial(),
    focused: () => windows.focusedWindow(),
    reachesElevated: (place) => windows.reachesElevated?.(place),
    changes: () => changes,
    fields: () => fields.fields(),
    secret: (id) => focusedSecret(childOfClass(hwndOf(id), 'Edit')),
    lockReason: () => lock.reason(),
    readsPassword: (pid) => terminals.readsPassword(pid),
    integrity: integrityOf,
    closeDesktop: close,
    openGuard: async (hasHooks) => {
      const announce = (announced: readonly Rect[]): Promise<void> => {
        news.push({ announced });
        return Promise.resolve();
      };
      const guard = await openWindowsGuard({ announce, onError: fail, hasHooks });
      guard.overlay.onStop(() => news.push({ pressed: 'stop' }));
      guard.hotkey.onPress(() => news.push({ pressed: 'stop-hotkey' }));
      guards.push(guard);
      return guard.hotkey.label;
    },
    closeGuard: async () => guards.pop()?.close(),
    showBanner: (text) => guards.at(-1)?.overlay.showBanner(text),
    hideBanner: () => guards.at(-1)?.overlay.hideBanner(),
    bannerBounds: () => guards.at(-1)?.overlay.bannerBounds(),
    outline: (wanted) => outlines.show(wanted),
    release: async () => guards.at(-1)?.releaseInjectedInput(),
    press: (virtualKey, isDown) => send(KEYBOARD, [virtualKey, isDown ? 0 : KEYEVENTF_KEYUP]),
    button: (isDown) => send(0, [isDown ? LEFT.down : LEFT.up]),
    moveTo: (x, y) => void user32.SetCursorPos(x, y),
    meddle: (id, how) => {
      const hwnd = hwndOf(id);
      if (how === 'hide') user32.ShowWindow(hwnd, 0);
      else user32.SetWindowPos(hwnd, HWND_TOPMOST, 0, 0, 0, 0, KEEP);
    },
    isDown: (virtualKey) => user32.GetAsyncKeyState(virtualKey) < 0,
    news: () => news.splice(0),
  };
}

/** INPUT: of a key the virtual key and flags, of the mouse the flags. */
function send(kind: number, [first = 0, flags = 0]: readonly number[]): void {
  const input = Buffer.alloc(40);
  input.writeUInt32LE(kind, 0);
  if (kind === KEYBOARD) input.writeUInt16LE(first, 8);
  if (kind === KEYBOARD) input.writeUInt32LE(flags, 12);
  else input.writeUInt32LE(first, 20);
  user32.SendInput(1, input, input.length);
}

function hwndOf(id: string): number {
  return Number(id.split('@')[0]);
}

function fail(error: unknown): never {
  throw error;
}

async function serve(port: number): Promise<void> {
  const calls = await openProbe();
  const socket = connect(port, '127.0.0.1');
  socket.on('close', () => process.exit());
  for await (const line of createInterface({ input: socket })) {
    // The test is the only one that writes here.
    const { name, args } = JSON.parse(line) as { name: keyof ProbeCalls; args: unknown[] };
    const call = calls[name] as (...args: unknown[]) => unknown;
    socket.write(`${JSON.stringify({ value: await call(...args) })}\n`);
  }
}

const [, , what = ''] = process.argv;
if (what === 'closed' || what === 'unseen') closeToOthers();
if (what === 'closed' || what === '') showPasswordField();
else if (what === 'through') showClickThrough();
else if (what === 'unseen') takeKeysUnseen();
else serve(Number(what)).catch(fail);
