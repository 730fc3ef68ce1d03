import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync } from 'node:fs';
import { after, afterEach, before, describe, test } from 'node:test';
import type { SessionLock } from '../platform.ts';
import { startSessionBus } from './atspi.testing.ts';
import { DBusConnection } from './dbus.connection.ts';
import { openLinuxSessionLock } from './linux.session-lock.ts';
import { openLinuxWindows } from './linux.windows.ts';
import { connectX } from './x11.connection.ts';
import type { XConnection } from './x11.connection.ts';
import { eventually, missing, startProgram, startXvfb, stopChild, temporaryFolder } from './xvfb.testing.ts';
import type { TestDisplay } from './xvfb.testing.ts';

const NOBODY = ['--reuid', '65534', '--regid', '65534', '--clear-groups'];
const MOCK = 'org.freedesktop.DBus.Mock';

const fail = (error: Error): void => assert.fail(error);

describe('the lock of the screen', { skip: missing('Xvfb', 'dbus-daemon') }, () => {
  let display: TestDisplay;
  let bus: TestDisplay;
  let x: XConnection;
  let lock: SessionLock;
  let changes: boolean[] = [];
  const programs: ChildProcess[] = [];

  before(async () => {
    display = await startXvfb('640x480');
    bus = await startSessionBus(display);
    // One bus is both: the names on them differ.
    for (const name of ['DBUS_SESSION_BUS_ADDRESS', 'DBUS_SYSTEM_BUS_ADDRESS'])
      process.env[name] = bus.env?.['DBUS_SESSION_BUS_ADDRESS'];
    x = await connectX(display.name, fail);
  });
  afterEach(async () => {
    lock.close();
    for (const program of programs.splice(0)) await stopChild(program);
    changes = [];
  });
  after(async () => {
    x.close();
    await bus.stop();
    await display.stop();
  });

  async function openLock(): Promise<void> {
    const windows = await openLinuxWindows(x);
    lock = await openLinuxSessionLock(x, { listWindows: () => windows.list() });
    lock.onChange((reason) => changes.push(reason === 'locked'));
  }

  const becomes = (isLocked: boolean): Promise<true> =>
    eventually(isLocked ? 'the lock' : 'the end of the lock', () =>
      (lock.reason() === 'locked') === isLocked ? true : undefined,
    );

  function start(program: string, args: string[], env: NodeJS.ProcessEnv = {}): ChildProcess {
    const child = startProgram({ ...display, env }, program, args);
    programs.push(child);
    return child;
  }

  /** A service as dbusmock plays it; resolves when it is there. */
  async function startService(
    name: string,
    args: string[],
  ): Promise<{ connection: DBusConnection; service: ChildProcess }> {
    const service = spawn('/usr/bin/python3', ['-m', 'dbusmock', ...args], { stdio: 'ignore' });
    programs.push(service);
    const connection = await DBusConnection.connect(process.env['DBUS_SESSION_BUS_ADDRESS'] ?? '');
    await eventually(name, async () =>
      (await connection.callBus('NameHasOwner', 's', [name]))[0] === true ? true : undefined,
    );
    return { connection, service };
  }

  test('a desktop without any locker is not locked', async () => {
    await openLock();
    assert.equal(lock.reason(), undefined);
  });

  test('i3lock is known by its window, and the lock ends with it', { skip: missing('i3lock') }, async () => {
    await openLock();
    const i3lock = start('i3lock', ['-n', '-c', '203040']);
    await becomes(true);
    await stopChild(i3lock);
    await becomes(false);
    assert.deepEqual(changes, [true, false]);
  });

  test('a lock that is there at the start is known', { skip: missing('i3lock') }, async () => {
    start('i3lock', ['-n', '-c', '203040']);
    const windows = await openLinuxWindows(x);
    await eventually('i3lock', async () => (await windows.list()).find(({ bounds }) => bounds.width === 640));
    await openLock();
    assert.equal(lock.reason(), 'locked');
  });

  test('a window over everything that is no locker is no lock', { skip: missing('xterm') }, async () => {
    await openLock();
    start('xterm', ['-geometry', '300x200+0+0', '-T', 'i3lock', '-class', 'i3lock']);
    const windows = await openLinuxWindows(x);
    await eventually('the window', async () => (await windows.list()).find(({ bounds }) => bounds.width >= 640));
    await x.ask<unknown>((done) => x.client.GetInputFocus(done));
    assert.equal(lock.reason(), undefined);
  });

  const withoutMock = existsSync('/usr/lib/python3/dist-packages/dbusmock') ? false : 'dbusmock is not installed';
  test(
    'the screen saver of the desktop is heard, asked at the start, and forgotten when it ends',
    { skip: withoutMock },
    async () => {
      const gnome = {
        destination: 'org.gnome.ScreenSaver',
        path: '/org/gnome/ScreenSaver',
        interface: 'org.gnome.ScreenSaver',
      };
      const { connection, service } = await startService(gnome.destination, ['--template', 'gnome_screensaver']);
      const setActive = (isActive: boolean): Promise<unknown> =>
        connection.call({ ...gnome, member: 'SetActive', signature: 'b', body: [isActive] }, 5_000);
      await openLock();
      await setActive(true);
      await becomes(true);
      await setActive(false);
      await becomes(false);
      await setActive(true);
      await becomes(true);
      lock.close();
      await openLock();
      assert.equal(lock.reason(), 'locked');
      await stopChild(service);
      await becomes(false);
      connection.close();
    },
  );

  test('logind is heard for the sessions of this user, and asked at the start', { skip: withoutMock }, async () => {
    const { connection } = await startService('org.freedesktop.login1', ['--session', '--template', 'logind']);
    const at = { destination: 'org.freedesktop.login1', path: '/org/freedesktop/login1', interface: MOCK };
    for (const [id, uid] of [
      ['own', process.getuid?.() ?? 0],
      ['other', 4711],
    ] as const)
      await connection.call(
        { ...at, member: 'AddSession', signature: 'ssusb', body: [id, 'seat0', uid, `user-${uid}`, true] },
        5_000,
      );
    const setHint = (id: string, isLocked: boolean): Promise<unknown> =>
      connection.call(
        {
          ...at,
          path: `${at.path}/session/${id}`,
          interface: `${at.destination}.Session`,
          member: 'SetLockedHint',
          signature: 'b',
          body: [isLocked],
        },
        5_000,
      );
    await openLock();
    await setHint('other', true);
    await connection.callBus('GetId', '', []);
    assert.equal(lock.reason(), undefined);
    await setHint('own', true);
    await becomes(true);
    lock.close();
    await openLock();
    assert.equal(lock.reason(), 'locked');
    await setHint('own', false);
    await becomes(false);
    connection.close();
  });

  test(
    'of two that lock the screen, the last one ends the lock',
    { skip: missing('i3lock') || withoutMock },
    async () => {
      const gnome = {
        destination: 'org.gnome.ScreenSaver',
        path: '/org/gnome/ScreenSaver',
        interface: 'org.gnome.ScreenSaver',
      };
      const { connection } = await startService(gnome.destination, ['--template', 'gnome_screensaver']);
      await openLock();
      const i3lock = start('i3lock', ['-n', '-c', '203040']);
      await becomes(true);
      await connection.call({ ...gnome, member: 'SetActive', signature: 'b', body: [true] }, 5_000);
      await stopChild(i3lock);
      const windows = await openLinuxWindows(x);
      await eventually('the end of i3lock', async () => ((await windows.list()).length === 0 ? true : undefined));
      assert.deepEqual([lock.reason(), changes], ['locked', [true]]);
      await connection.call({ ...gnome, member: 'SetActive', signature: 'b', body: [false] }, 5_000);
      await becomes(false);
      connection.close();
    },
  );

  test('without buses the rest works', async (t) => {
    const address = process.env['DBUS_SESSION_BUS_ADDRESS'];
    t.after(() => {
      for (const name of ['DBUS_SESSION_BUS_ADDRESS', 'DBUS_SYSTEM_BUS_ADDRESS']) process.env[name] = address;
    });
    for (const name of ['DBUS_SESSION_BUS_ADDRESS', 'DBUS_SYSTEM_BUS_ADDRESS'])
      process.env[name] = 'unix:path=/nowhere';
    await openLock();
    assert.equal(lock.reason(), undefined);
  });

  // The last one: what it leaves on the display when it is killed ends with the display.
  test('xscreensaver is known by its own word', { skip: missing('xscreensaver') }, async () => {
    lock = await openLinuxSessionLock(x);
    const home = temporaryFolder();
    chmodSync(home, 0o777);
    const startSaver = (): ChildProcess => start('setpriv', [...NOBODY, 'xscreensaver', '--no-splash'], { HOME: home });
    const saver = startSaver();
    const statusAtom = await x.internAtom('_SCREENSAVER_STATUS');
    await eventually('xscreensaver', async () => {
      const status = await x.ask<{ type: number }>((done) =>
        x.client.GetProperty(0, x.root, statusAtom, 0, 0, 1, done),
      );
      return status.type === 0 ? undefined : true;
    });
    start('setpriv', [...NOBODY, 'xscreensaver-command', '-lock'], { HOME: home });
    await becomes(true);
    // It takes no other signal while the screen is locked.
    saver.kill('SIGKILL');
    await once(saver, 'exit');
    const next = startSaver();
    await becomes(false);
    next.kill('SIGKILL');
  });
});
