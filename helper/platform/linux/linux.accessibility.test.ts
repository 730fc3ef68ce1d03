import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import type { DesktopWindow, InputInjector, Rect, SensitiveField } from '../platform.ts';
import { FIELD_COLOUR, paintedField, startAccessibleDisplay } from './atspi.testing.ts';
import { switchAccessibilityOff } from './atspi.bus.ts';
import { DBusConnection } from './dbus.connection.ts';
import type { DBusVariant } from './dbus.message.ts';
import { LatestOnly } from '../latest-only.ts';
import { openLinuxSensitiveFields } from './linux.accessibility.ts';
import type { LinuxSensitiveFields } from './linux.accessibility.ts';
import { widOf } from './desktop.testing.ts';
import { openLinuxInput } from './linux.input.ts';
import { openLinuxWindows } from './linux.windows.ts';
import { connectX } from './x11.connection.ts';
import type { XConnection } from './x11.connection.ts';
import { eventually, missing, startProgram, stopChild, temporaryFolder } from './xvfb.testing.ts';
import type { TestDisplay } from './xvfb.testing.ts';

const PROGRAMS = ['Xvfb', 'openbox', 'zenity', 'dbus-daemon', '/usr/libexec/at-spi-bus-launcher'];
/** Shows its password after a while, and scrolls a while later; the title tells. */
const LOGIN = `<style>body { height: 3000px } input { margin: 40px; border: 0; padding: 9px } #field { background: ${FIELD_COLOUR} }</style>
  <title>hidden</title><input value="li.wei"><br><input id="field" type="password" value="geheim" style="width: 220px">
  <script>
    const show = () => { field.type = 'text'; document.title = 'shown'; };
    const scroll = () => { scrollTo(0, 60); document.title = 'scrolled'; };
    field.onfocus = () => { setTimeout(show, 700); setTimeout(scroll, 2200); };
  </script>`;
/** More than is searched. */
const LARGE = `<body><script>for (let i = 0; i < 1500; i++) document.body.append(document.createElement('p'), String(i))</script>
  <style>#field { position: fixed; top: 90px; left: 60px; border: 0; padding: 9px; background: ${FIELD_COLOUR} }</style>
  <input id="field" type="password"><script>setTimeout(() => document.querySelector('#field').focus(), 3000)</script>`;
/** The same, with a field that comes late, again and again, and is not typed into. */
const LATE = LARGE.replace(
  /<input id="field" type="password"><script>.*/s,
  `<script>setInterval(() => {
    document.querySelector('form')?.remove();
    document.body.insertAdjacentHTML('beforeend', '<form><p><input id="field" type="password" value="geheim"></p></form>');
  }, 2500)</script>`,
);
const GTK4 = `
import gi
gi.require_version("Gtk", "4.0")
from gi.repository import Gtk
def show(app):
  window = Gtk.ApplicationWindow(application=app, child=Gtk.PasswordEntry(margin_top=60, margin_start=50))
  window.present()
app = Gtk.Application(application_id="org.example.four")
app.connect("activate", show)
app.run()`;

const fail = (error: unknown): void => assert.fail(error as Error);

describe('password fields and file dialogs by AT-SPI', { skip: missing(...PROGRAMS) }, () => {
  let display: TestDisplay;
  let x: XConnection;
  let forWindows: XConnection;
  let fields: LinuxSensitiveFields;
  let input: InputInjector;
  let switchedOn = 0;
  const beforeSwitchOn = (): void => void (switchedOn += 1);
  const windowsByPid = new Map<number, Rect[]>();
  const programs: ReturnType<typeof startProgram>[] = [];

  before(async () => {
    display = await startAccessibleDisplay('1000x700');
    x = await connectX(display.name, fail);
    input = await openLinuxInput(x);
    useBus(display.env?.['DBUS_SESSION_BUS_ADDRESS']);
    start('openbox', []);
    forWindows = await connectX(display.name, fail);
    const windows = await openLinuxWindows(forWindows);
    const readWindows = new LatestOnly(async () => {
      const list = await listWindows(forWindows);
      windowsByPid.clear();
      for (const { pid = 0, bounds } of list) windowsByPid.set(pid, [...(windowsByPid.get(pid) ?? []), bounds]);
      await fields.refresh();
    });
    const windowsOf = (pid: number): readonly Rect[] => windowsByPid.get(pid) ?? [];
    fields = await openLinuxSensitiveFields({ windowsOf, beforeSwitchOn, onError: fail });
    windows.onChange(() => forWindows.background(readWindows.run()));
  });
  afterEach(async () => {
    for (const program of programs.splice(1)) {
      program.kill('SIGCONT');
      await stopChild(program);
    }
    await eventually('the end of all fields', () => (fields.fields().length === 0 ? true : undefined));
  });
  after(async () => {
    fields.close();
    x.close();
    forWindows.close();
    for (const program of programs) await stopChild(program);
    await display.stop();
    useBus(undefined);
  });

  function useBus(address: string | undefined): void {
    if (address === undefined) delete process.env['DBUS_SESSION_BUS_ADDRESS'];
    else process.env['DBUS_SESSION_BUS_ADDRESS'] = address;
  }

  function start(program: string, args: string[], env: NodeJS.ProcessEnv = {}): number {
    const child = startProgram({ ...display, env: { ...display.env, ...env } }, program, args);
    programs.push(child);
    assert.ok(child.pid !== undefined);
    return child.pid;
  }

  function fieldOf(pid: number, kind: SensitiveField['kind'] = 'password'): Promise<SensitiveField> {
    return eventually(`${kind} of ${pid}`, () =>
      fields.fields().find((field) => field.pid === pid && field.kind === kind),
    );
  }

  /** All of the painted field is inside, and little else. */
  async function assertCovered(pid: number): Promise<SensitiveField> {
    return eventually('a field that covers what is painted', async () => {
      const painted = await paintedField(x);
      const field = fields.fields().find((candidate) => candidate.pid === pid && candidate.kind === 'password');
      return painted && field && covers(field.bounds, painted) ? field : undefined;
    });
  }

  test('a GTK password field is known within a second of its window, covered, typed into, and gone with it', async () => {
    const pid = start('zenity', ['--password']);
    await eventually('the window', () => windowsByPid.get(pid));
    const shownAt = performance.now();
    await fieldOf(pid);
    assert.ok(performance.now() - shownAt < 1000);
    const field = await assertCovered(pid);
    await eventually('the focus', () => fields.fields().find(({ isFocused }) => isFocused));
    assert.deepEqual(fields.fields(), [{ ...field, isFocused: true }]);
    let told = 0;
    fields.onChange(() => (told += 1));
    const zenity = programs.pop();
    assert.ok(zenity);
    await stopChild(zenity);
    await eventually('the news', () => (told > 0 && fields.fields().length === 0 ? true : undefined));
  });

  test('a field without a password is none', async () => {
    start('zenity', ['--entry']);
    await fieldOf(start('zenity', ['--password']));
    assert.equal(fields.fields().length, 1);
  });

  test('a field follows its window, and also where nobody tells of the move', async () => {
    const pid = start('zenity', ['--password']);
    const before = await assertCovered(pid);
    const untold = await openLinuxSensitiveFields({ onError: fail });
    const dialogue = (await listWindows(x)).find((window) => window.pid === pid);
    assert.ok(dialogue);
    await eventually('the field', () => untold.fields()[0]);
    x.client.ConfigureWindow(widOf(dialogue), { x: 40, y: 500 });
    const moved = await eventually('the move', () => {
      const [field] = fields.fields();
      return field && field.bounds.x < before.bounds.x && field.bounds.width === before.bounds.width
        ? field
        : undefined;
    });
    assert.ok(moved.bounds.y > before.bounds.y);
    await assertCovered(pid);
    await eventually('the untold move', () => (untold.fields()[0]?.bounds.x === moved.bounds.x ? true : undefined));
    untold.close();
  });

  test('a field on a dense screen, which GTK reports in units of two pixels, is covered', async () => {
    await assertCovered(start('zenity', ['--password'], { GDK_SCALE: '2' }));
  });

  test('a Qt password field is known with its place', { skip: missing('pinentry-qt') }, async () => {
    const pid = start('bash', ['-c', 'exec pinentry-qt <<< GETPIN']);
    const { window, field } = await eventually('a field within the window', () => {
      const [[window] = [], [field]] = [windowsByPid.get(pid), fields.fields()];
      return window && field && field.bounds.height < window.height / 2 ? { window, field } : undefined;
    });
    assert.ok(covers(window, field.bounds, 1000));
    await eventually('the focus', () => fields.fields().find(({ isFocused }) => isFocused));
  });

  test(
    'of a GTK 4 program, which does not know where its windows are, the whole window is the field',
    { skip: withoutGtk4() },
    async () => {
      const pid = start('/usr/bin/python3', ['-c', GTK4]);
      await eventually('the window as the field', () => {
        const [window] = windowsByPid.get(pid) ?? [];
        const [field] = fields.fields();
        return field && window && field.pid === pid && covers(field.bounds, window) ? true : undefined;
      });
    },
  );

  test('a file dialog is known as one', async () => {
    const pid = start('zenity', ['--file-selection']);
    const { bounds } = await fieldOf(pid, 'file-chooser');
    const [window] = windowsByPid.get(pid) ?? [];
    assert.deepEqual(bounds, window);
  });

  describe('in Chromium, started without accessibility', { skip: missing('chromium') }, () => {
    function startChromium(page: string): number {
      const file = join(temporaryFolder(), 'page.html');
      writeFileSync(file, page);
      const flags = ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'];
      return start('chromium', [...flags, `--user-data-dir=${temporaryFolder()}`, `--app=file://${file}`]);
    }

    const titled = (title: string): Promise<DesktopWindow> =>
      eventually(title, async () => (await listWindows(x)).find((window) => window.title === title));

    test('a password field is covered, and stays so when it shows the password and when it scrolls', async () => {
      startChromium(LOGIN);
      const { pid = 0, bounds } = await eventually('the field', () => fields.fields()[0]);
      await assertCovered(pid);
      assert.equal((await titled('hidden')).pid, pid);
      input.movePointer(bounds.x + 50, bounds.y + 10);
      input.pressButton(0, true);
      input.pressButton(0, false);
      await eventually('the focus', () => fields.fields().find(({ isFocused }) => isFocused));
      await titled('shown');
      const before = await assertCovered(pid);
      await titled('scrolled');
      const after = await eventually('the move', () =>
        fields.fields().find((field) => field.bounds.y < before.bounds.y),
      );
      assert.equal(after.bounds.y, before.bounds.y - 60);
      await assertCovered(pid);
    });

    test('a password field of a very large page is known once it is typed into', async () => {
      startChromium(LARGE);
      const { pid = 0 } = await eventually('the field', () => fields.fields().find(({ isFocused }) => isFocused));
      await assertCovered(pid);
    });

    test('a password field that comes to a very large page is known once it is there', async () => {
      startChromium(LATE);
      const { pid = 0 } = await eventually('the field', () => fields.fields()[0]);
      await assertCovered(pid);
    });
  });

  test('a program that hangs keeps its field until its end, and delays no other', async () => {
    const hanging = start('zenity', ['--password']);
    const before = await assertCovered(hanging);
    const keepsField = (): boolean =>
      fields.fields().some((field) => field.pid === hanging && isDeepStrictEqual(field.bounds, before.bounds));
    process.kill(hanging, 'SIGSTOP');
    const stoppedAt = performance.now();
    const pid = start('zenity', ['--password']);
    await eventually('the window', () => windowsByPid.get(pid));
    const shownAt = performance.now();
    await fieldOf(pid);
    assert.ok(performance.now() - shownAt < 1000);
    await eventually('a time in which it answers nothing', () => {
      assert.ok(keepsField());
      return performance.now() - stoppedAt > 3_000 ? true : undefined;
    });
    const killedAt = performance.now();
    process.kill(hanging, 'SIGKILL');
    await eventually('its end', () => (keepsField() ? undefined : true));
    assert.ok(performance.now() - killedAt < 400);
  });

  test('the accessibility of the desktop is on for as long as it is used', async () => {
    const session = await DBusConnection.connect(process.env['DBUS_SESSION_BUS_ADDRESS'] ?? '');
    const isEnabled = async (): Promise<boolean> => {
      const to = { destination: 'org.a11y.Bus', path: '/org/a11y/bus', interface: 'org.freedesktop.DBus.Properties' };
      const [answer] = await session.call({
        ...to,
        member: 'Get',
        signature: 'ss',
        body: ['org.a11y.Status', 'IsEnabled'],
      });
      return (answer as DBusVariant).value === true;
    };
    assert.deepEqual([fields.isAvailable, switchedOn, await isEnabled()], [true, 1, true]);
    const second = await openLinuxSensitiveFields({ beforeSwitchOn });
    assert.equal(switchedOn, 1);
    second.close();
    assert.equal(await isEnabled(), true, 'it was on before the second came');
    await switchAccessibilityOff();
    assert.equal(await isEnabled(), false);
    const third = await openLinuxSensitiveFields();
    assert.equal(await isEnabled(), true);
    third.close();
    await eventually('the switch', async () => ((await isEnabled()) ? undefined : true));
    session.close();
  });

  test('without a session bus there is no such interface, and no error', async (t) => {
    const address = process.env['DBUS_SESSION_BUS_ADDRESS'];
    const { XDG_RUNTIME_DIR: runtimeFolder } = process.env;
    t.after(() => {
      useBus(address);
      if (runtimeFolder !== undefined) process.env['XDG_RUNTIME_DIR'] = runtimeFolder;
    });
    delete process.env['XDG_RUNTIME_DIR'];
    for (const none of [undefined, 'unix:path=/nowhere', 'tcp:host=127.0.0.1,port=1', '']) {
      useBus(none);
      const nothing = await openLinuxSensitiveFields({ onError: fail });
      assert.deepEqual([nothing.isAvailable, nothing.fields()], [false, []]);
      nothing.close();
    }
  });
});

/** `slack` is what the outer one may be larger by. */
function covers(outer: Rect, inner: Rect, slack = 16): boolean {
  const isInside =
    inner.x >= outer.x &&
    inner.y >= outer.y &&
    inner.x + inner.width <= outer.x + outer.width &&
    inner.y + inner.height <= outer.y + outer.height;
  return isInside && outer.width <= inner.width + slack && outer.height <= inner.height + slack;
}

async function listWindows(x: XConnection): Promise<DesktopWindow[]> {
  const windows = await openLinuxWindows(x);
  try {
    return await windows.list();
  } finally {
    windows.close();
  }
}

function withoutGtk4(): string | false {
  const test = 'import gi; gi.require_version("Gtk", "4.0")';
  return spawnSync('/usr/bin/python3', ['-c', test]).status === 0 ? false : 'GTK 4 for Python is not installed';
}
