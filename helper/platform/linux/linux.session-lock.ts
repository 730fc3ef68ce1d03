/**
 * Whether the screen is locked, by anybody's word: the screen saver of the desktop on the session bus, logind, xscreensaver
 * by its property, and the windows of lockers that tell nobody. A screen that is only blanked counts as locked, since
 * screen savers do not always tell the difference. Not seen is a locker that neither tells nor shows a window (xtrlock).
 */
import { basename } from 'node:path';
import type { XProperty } from 'x11';
import type { DesktopWindow, LockReason, Rect, SessionLock } from '../platform.ts';
import { LatestOnly } from '../latest-only.ts';
import { readProcess } from './linux.processes.ts';
import { rootBounds } from './linux.screens.ts';
import { watchLogind, watchScreensavers } from './lock.buses.ts';
import { EVENT_MASK } from './x11.connection.ts';
import type { XConnection } from './x11.connection.ts';

/** Programs whose window over the whole display is the lock. */
const LOCKERS: ReadonlySet<string> = new Set([
  ...['i3lock', 'i3lock-color', 'slock', 'xsecurelock', 'xlock', 'alock', 'sxlock', 'metalock', 'pyxtrlock'],
  ...[
    'xscreensaver',
    'xscreensaver-gfx',
    'light-locker',
    'mate-screensaver',
    'cinnamon-screensaver',
    'xfce4-screensaver',
  ],
]);
const SHOWS_OR_HIDES: ReadonlySet<string> = new Set(['MapNotify', 'UnmapNotify', 'DestroyNotify', 'ConfigureNotify']);

export interface SessionLockOptions {
  /** Windows as they are now, for lockers that are known by their window. Default: those are not seen. */
  listWindows?: () => Promise<readonly DesktopWindow[]>;
}

export async function openLinuxSessionLock(x: XConnection, options: SessionLockOptions = {}): Promise<SessionLock> {
  const lock = new LinuxSessionLock();
  const tell = (source: string, isLocked: boolean): void => lock.tell(source, isLocked);
  const buses = [await watchScreensavers(tell), await watchLogind(tell)];
  lock.onClose(() => buses.forEach((bus) => bus?.close()));
  lock.onClose(await watchXscreensaver(x, tell));
  if (options.listWindows !== undefined) lock.onClose(await watchLockers(x, options.listWindows, tell));
  return lock;
}

class LinuxSessionLock implements SessionLock {
  /** Who says that the screen is locked. */
  readonly #locked = new Set<string>();
  readonly #listeners = new Set<(reason: LockReason | undefined) => void>();
  readonly #ends: (() => void)[] = [];

  reason(): LockReason | undefined {
    return this.#locked.size > 0 ? 'locked' : undefined;
  }

  onChange(listener: (reason: LockReason | undefined) => void): void {
    this.#listeners.add(listener);
  }

  close(): void {
    this.#listeners.clear();
    for (const end of this.#ends.splice(0)) end();
  }

  onClose(end: () => void): void {
    this.#ends.push(end);
  }

  tell(source: string, isLocked: boolean): void {
    const before = this.reason();
    if (isLocked) this.#locked.add(source);
    else this.#locked.delete(source);
    const reason = this.reason();
    if (reason === before) return;
    for (const listener of this.#listeners) listener(reason);
  }
}

/** xscreensaver keeps its state in a property of the root window: the first item is an atom, LOCK or BLANK, or 0. */
async function watchXscreensaver(x: XConnection, tell: (source: string, isLocked: boolean) => void) {
  const statusAtom = await x.internAtom('_SCREENSAVER_STATUS');
  const read = new LatestOnly(async () => {
    const { data } = await x.ask<XProperty>((done) => x.client.GetProperty(0, x.root, statusAtom, 0, 0, 1, done));
    tell('xscreensaver', data.length >= 4 && data.readUInt32LE(0) !== 0);
  });
  x.selectRootEvents(EVENT_MASK.propertyChange);
  const stop = x.onEvent((event) => {
    if (event.name === 'PropertyNotify' && event.atom === statusAtom) x.background(read.run());
  });
  await read.run();
  return stop;
}

async function watchLockers(
  x: XConnection,
  listWindows: () => Promise<readonly DesktopWindow[]>,
  tell: (source: string, isLocked: boolean) => void,
): Promise<() => void> {
  const read = new LatestOnly(async () => {
    const [windows, desktop] = [await listWindows(), await rootBounds(x)];
    tell(
      'window',
      windows.some((window) => covers(window.bounds, desktop) && isLocker(window)),
    );
  });
  x.selectRootEvents(EVENT_MASK.substructureNotify);
  const stop = x.onEvent((event) => {
    if (SHOWS_OR_HIDES.has(event.name)) x.background(read.run());
  });
  await read.run();
  return stop;
}

/** Lockers that may read the password file run as another user: of these only the name can be seen. */
function isLocker({ pid, executable }: DesktopWindow): boolean {
  const name = executable === undefined ? undefined : basename(executable);
  const ownName = name ?? (pid === undefined ? undefined : readProcess(pid)?.name);
  return ownName !== undefined && LOCKERS.has(ownName);
}

function covers(window: Rect, desktop: Rect): boolean {
  return (
    window.x <= desktop.x &&
    window.y <= desktop.y &&
    window.x + window.width >= desktop.x + desktop.width &&
    window.y + window.height >= desktop.y + desktop.height
  );
}
