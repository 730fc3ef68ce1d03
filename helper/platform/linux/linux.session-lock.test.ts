import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { SessionLock, WindowList } from '../platform.ts';
import { startAccessibleDisplay } from './atspi.testing.ts';
import { openLinuxSessionLock } from './linux.session-lock.ts';
import { openLinuxWindows } from './linux.windows.ts';
import { connectX } from './x11.connection.ts';
import type { XConnection } from './x11.connection.ts';
import { eventually, runProgram, startProgram, stopChild, type TestDisplay } from './xvfb.testing.ts';

describe('a screen that is locked', () => {
  let display: TestDisplay;
  let x: XConnection;
  let windows: WindowList;
  let lock: SessionLock;
  const changes: boolean[] = [];

  before(async () => {
    display = await startAccessibleDisplay('800x600');
    // The bus of this display for this process, as the helper finds it.
    process.env['DBUS_SESSION_BUS_ADDRESS'] = display.env?.['DBUS_SESSION_BUS_ADDRESS'];
    x = await connectX(display.name, () => undefined);
    windows = await openLinuxWindows(x);
    lock = await openLinuxSessionLock({ x, windows, onError: (error) => assert.fail(String(error)) });
    lock.onChange((isLocked) => changes.push(isLocked));
  });
  after(async () => {
    lock.close();
    windows.close();
    x.close();
    await display.stop();
  });

  test('is known by the window of a locker that says nothing, and is open again when it is gone', async () => {
    assert.equal(lock.isLocked(), false);
    const locker = startProgram(display, 'i3lock', ['--nofork', '--color', '202020']);
    await eventually('the lock', () => lock.isLocked() || undefined);
    await stopChild(locker);
    await eventually('the end of the lock', () => !lock.isLocked() || undefined);
    assert.deepEqual(changes.splice(0), [true, false]);
  });

  test('is known by what xscreensaver keeps on the root window', async () => {
    const [status, locked, blank] = await Promise.all(
      ['_SCREENSAVER_STATUS', 'LOCK', 'BLANK'].map((name) => x.internAtom(name)),
    );
    const write = (state: number): void => {
      const data = Buffer.alloc(8);
      data.writeUInt32LE(state, 0);
      x.client.ChangeProperty(0, x.root, status ?? 0, 19, 32, data);
    };
    write(blank ?? 0);
    write(locked ?? 0);
    await eventually('the lock', () => lock.isLocked() || undefined);
    write(0);
    await eventually('the end of the lock', () => !lock.isLocked() || undefined);
    assert.deepEqual(changes.splice(0), [true, false]);
  });

  test('is known by what the desktop’s screen saver says on the session bus', async () => {
    const say = (isActive: boolean): Promise<void> =>
      runProgram(display, 'dbus-send', [
        '--session',
        '--type=signal',
        '/org/freedesktop/ScreenSaver',
        'org.freedesktop.ScreenSaver.ActiveChanged',
        `boolean:${isActive}`,
      ]);
    await say(true);
    await eventually('the lock', () => lock.isLocked() || undefined);
    await say(false);
    await eventually('the end of the lock', () => !lock.isLocked() || undefined);
    assert.deepEqual(changes.splice(0), [true, false]);
  });
});
