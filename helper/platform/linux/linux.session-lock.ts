/**
 * Whether the screen is locked, by whichever of those who lock screens says so: the desktop's screen saver on the session
 * bus, the property that xscreensaver keeps on the root window, and the full-screen windows of lockers that say nothing.
 */
import { basename } from 'node:path';
import type { XConnection } from './x11.connection.ts';
import type { DesktopWindow, SessionLock, WindowList } from '../platform.ts';
import { DBusConnection, sessionBusAddress } from './dbus.connection.ts';
import type { DBusMessage } from './dbus.message.ts';
import { EVENT_MASK } from './x11.connection.ts';

/** Names of the same interface by different desktops: signal `ActiveChanged(b)`, method `GetActive() → b`. */
const SCREEN_SAVERS = [
  { name: 'org.freedesktop.ScreenSaver', path: '/org/freedesktop/ScreenSaver' },
  { name: 'org.gnome.ScreenSaver', path: '/org/gnome/ScreenSaver' },
  { name: 'org.cinnamon.ScreenSaver', path: '/org/cinnamon/ScreenSaver' },
  { name: 'org.mate.ScreenSaver', path: '/org/mate/ScreenSaver' },
  { name: 'org.xfce.ScreenSaver', path: '/org/xfce/ScreenSaver' },
] as const;
/** Programs whose window over the whole screen is a lock. */
const LOCKERS: ReadonlySet<string> = new Set([
  'i3lock',
  'slock',
  'xtrlock',
  'xlock',
  'xsecurelock',
  'light-locker',
  'sxlock',
]);

export interface SessionLockOptions {
  x: XConnection;
  windows: Pick<WindowList, 'list' | 'onChange'>;
  onError: (error: unknown) => void;
}

export async function openLinuxSessionLock(options: SessionLockOptions): Promise<SessionLock> {
  const lock = new LinuxSessionLock(options);
  await lock.open();
  return lock;
}

class LinuxSessionLock implements SessionLock {
  readonly #options: SessionLockOptions;
  readonly #listeners = new Set<(isLocked: boolean) => void>();
  /** Everybody who says that it is locked. */
  readonly #lockedBy = new Set<string>();
  readonly #stops: (() => void)[] = [];

  constructor(options: SessionLockOptions) {
    this.#options = options;
  }

  async open(): Promise<void> {
    await Promise.all([this.#followProperty(), this.#followWindows(), this.#followScreenSavers()]);
  }

  isLocked(): boolean {
    return this.#lockedBy.size > 0;
  }

  onChange(listener: (isLocked: boolean) => void): void {
    this.#listeners.add(listener);
  }

  close(): void {
    for (const stop of this.#stops) stop();
    this.#listeners.clear();
  }

  #say(who: string, isLocked: boolean): void {
    const was = this.isLocked();
    if (isLocked) this.#lockedBy.add(who);
    else this.#lockedBy.delete(who);
    if (was === this.isLocked()) return;
    for (const listener of this.#listeners) listener(this.isLocked());
  }

  /** `_SCREENSAVER_STATUS` of xscreensaver: the first of its numbers is the atom LOCK while the screen is locked. */
  async #followProperty(): Promise<void> {
    const { x, onError } = this.#options;
    const [status, lock] = await Promise.all([x.internAtom('_SCREENSAVER_STATUS'), x.internAtom('LOCK')]);
    const read = async (): Promise<void> => {
      const property = await x.ask<{ data: Buffer }>((done) => x.client.GetProperty(0, x.root, status, 0, 0, 8, done));
      this.#say('xscreensaver', property.data.length >= 4 && property.data.readUInt32LE(0) === lock);
    };
    x.selectRootEvents(EVENT_MASK.propertyChange);
    this.#stops.push(
      x.onEvent((event) => {
        if (event.name === 'PropertyNotify' && event.atom === status) read().catch(onError);
      }),
    );
    await read();
  }

  async #followWindows(): Promise<void> {
    const { windows, onError } = this.#options;
    const look = async (): Promise<void> => this.#say('locker', (await windows.list()).some(isLocker));
    windows.onChange(() => {
      look().catch(onError);
    });
    await look();
  }

  async #followScreenSavers(): Promise<void> {
    const address = sessionBusAddress();
    if (address === undefined) return;
    let bus: DBusConnection;
    try {
      bus = await DBusConnection.connect(address);
    } catch {
      // A bus that is named and not there is a desktop without one.
      return;
    }
    this.#stops.push(() => bus.close());
    bus.onSignal((signal) => this.#take(signal));
    await Promise.all(
      SCREEN_SAVERS.map(async ({ name, path }) => {
        await bus.watch({ interface: name, member: 'ActiveChanged' });
        this.#say(name, await isActive(bus, { name, path }));
      }),
    );
  }

  #take({ interface: name, member, body }: DBusMessage): void {
    const isSaver = SCREEN_SAVERS.some((saver) => saver.name === name);
    if (isSaver && name !== undefined && member === 'ActiveChanged') this.#say(name, body[0] === true);
  }
}

function isLocker({ executable, isPopup }: DesktopWindow): boolean {
  return isPopup && executable !== undefined && LOCKERS.has(basename(executable));
}

/** False when there is no such screen saver; none is started for the question. */
async function isActive(bus: DBusConnection, { name, path }: { name: string; path: string }): Promise<boolean> {
  try {
    const [hasOwner] = await bus.callBus('NameHasOwner', 's', [name]);
    if (hasOwner !== true) return false;
    const [active] = await bus.call({ destination: name, path, interface: name, member: 'GetActive' });
    return active === true;
  } catch {
    // Silence, or an answer that is none: then only its signal counts.
    return false;
  }
}
