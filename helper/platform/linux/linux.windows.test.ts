import assert from 'node:assert/strict';
import { realpathSync } from 'node:fs';
import { after, afterEach, before, describe, test } from 'node:test';
import { isMember } from '../../session/visibility.ts';
import { TestWindows, widOf } from './desktop.testing.ts';
import { eventually, missing } from './xvfb.testing.ts';

const XTERM = missing('Xvfb', 'xterm') === false ? realpathSync('/usr/bin/xterm') : '';

describe('windows on X11', { skip: missing('Xvfb', 'openbox', 'xterm', 'xdotool', 'xprop', 'zenity') }, () => {
  let desktop: TestWindows;
  before(async () => {
    desktop = await TestWindows.start('1000x700', ['openbox']);
  });
  afterEach(() => desktop.clear());
  after(() => desktop.stop());

  test('a program window has title, executable, process, focus and the bounds of its frame', async () => {
    const { x } = desktop;
    const { window, program } = await desktop.startXterm('a terminal', '40x10+100+80');
    assert.equal(window.executable, XTERM);
    assert.equal(window.pid, program.pid);
    // openbox puts the frame's corner where the program asked its window to be.
    assert.deepEqual([window.bounds.x, window.bounds.y], [100, 80]);
    const inner = await x.ask<{ width: number; height: number }>((done) => x.client.GetGeometry(widOf(window), done));
    assert.ok(window.bounds.height > inner.height + 10, 'the title bar belongs to the bounds');
    assert.deepEqual(window.opaque, [window.bounds]);
    assert.deepEqual([window.isPopup, window.transientFor, window.isShell], [false, undefined, false]);
    await eventually('the focus', async () => (await desktop.now(window))?.isFocused || undefined);
  });

  test('the front-most window is first, and menus without a frame are in the list', async () => {
    const { x, windows } = desktop;
    const { window: first } = await desktop.startXterm('first', '40x10+100+100');
    const { window: second } = await desktop.startXterm('second', '40x10+150+150');
    const front = async (): Promise<string | undefined> => (await windows.list())[0]?.id;
    await eventually('second in front', async () => (await front()) === second.id || undefined);
    assert.equal(await desktop.titleAt(160, 160), 'second');
    x.client.ConfigureWindow(widOf(first), { stackMode: 0 });
    await eventually('first in front', async () => (await front()) === first.id || undefined);
    assert.equal(await desktop.titleAt(160, 160), 'first');

    const menu = desktop.create({ x: 10, y: 20, width: 30, height: 40, isPopup: true });
    const shown = await desktop.ofWid(menu);
    assert.equal(await front(), shown.id);
    assert.deepEqual(shown.bounds, { x: 10, y: 20, width: 30, height: 40 });
    assert.deepEqual([shown.pid, shown.isPopup], [process.pid, true]);
    assert.equal(shown.executable, realpathSync(process.execPath));
    x.client.UnmapWindow(menu);
    await desktop.untilGone(menu);
    x.client.DestroyWindow(menu);
  });

  test('a window that is minimised or on another workspace is not in the list', async () => {
    const { window } = await desktop.startXterm('a terminal', '40x10+100+80');
    await desktop.run('xdotool', ['windowminimize', String(widOf(window))]);
    await desktop.untilGone(widOf(window));
    await desktop.run('xdotool', ['windowactivate', String(widOf(window))]);
    assert.equal((await desktop.ofWid(widOf(window))).id, window.id);
    await desktop.run('xdotool', ['set_desktop', '1']);
    await desktop.untilGone(widOf(window));
    await desktop.run('xdotool', ['set_desktop', '0']);
    assert.equal((await desktop.ofWid(widOf(window))).id, window.id);
  });

  test('a change of title, place or number of windows is told', async () => {
    const { x, windows } = desktop;
    const { window, program } = await desktop.startXterm('before', '40x10+300+300');
    let told = 0;
    windows.onChange(() => (told += 1));
    const news = async (of: string, change: () => unknown): Promise<void> => {
      await windows.geometrySerial();
      told = 0;
      await change();
      await eventually(`news of ${of}`, () => told > 0 || undefined);
    };
    const [netName, utf8] = [await x.internAtom('_NET_WM_NAME'), await x.internAtom('UTF8_STRING')];
    const name = Buffer.from('之后');
    await news('the title', () => x.client.ChangeProperty(0, widOf(window), netName, utf8, 8, name));
    assert.equal((await desktop.now(window))?.title, '之后');
    await news('the place', () => x.client.ConfigureWindow(widOf(window), { x: 400, y: 400 }));
    await news('the end', () => desktop.stopProgram(program));
    await desktop.untilGone(widOf(window));
  });

  test('a list taken while windows come and go does not fail', async () => {
    const { x, windows } = desktop;
    const lists: Promise<unknown>[] = [];
    for (let i = 0; i < 30; i++) {
      const window = desktop.create({ x: i, y: i, isPopup: true });
      lists.push(windows.list());
      x.client.DestroyWindow(window);
    }
    await Promise.all(lists);
  });

  test('a window that lies about title, class, role and process is told by its real program', async () => {
    const { window, program } = await desktop.startXterm(
      'Firefox',
      '40x10+100+80',
      '-class',
      'Firefox',
      '-name',
      'firefox',
    );
    const wid = widOf(window);
    await desktop.setProperty(wid, '_NET_WM_PID', { values: [process.pid] });
    await desktop.run('xprop', ['-id', String(wid), '-f', 'WM_WINDOW_ROLE', '8s', '-set', 'WM_WINDOW_ROLE', 'browser']);
    const told = await desktop.find('the role', (each) => each.role === 'browser');
    assert.deepEqual([told.title, told.pid, told.executable, told.id], ['Firefox', program.pid, XTERM, window.id]);
    const list = await desktop.windows.list();
    assert.ok(!isMember(told, [{ kind: 'application', executable: process.execPath }], list));
    assert.ok(isMember(told, [{ kind: 'application', executable: XTERM }], list));
  });

  test("a terminal's menu is inside with the terminal, another program's dialog for it is not", async () => {
    const { window } = await desktop.startXterm('a terminal', '40x20+100+80');
    const other = await desktop.startXterm('another', '40x20+550+80');
    const scope = [{ kind: 'window' as const, windowId: window.id }];
    const attached = ['--info', '--text', 'x', `--attach=${widOf(window)}`];
    const zenity = desktop.start('zenity', attached);
    const dialog = await desktop.find('the dialog', ({ pid }) => pid === zenity.pid);
    assert.equal(dialog.transientFor, window.id);
    assert.ok(!isMember(dialog, scope, await desktop.windows.list()));
    await desktop.stopProgram(zenity);

    for (const [terminal, isInside] of [
      [window, true],
      [other.window, false],
    ] as const) {
      await desktop.run('xdotool', ['windowactivate', '--sync', String(widOf(terminal))]);
      const { x, y } = terminal.bounds;
      await desktop.run('xdotool', ['mousemove', String(x + 60), String(y + 60), 'keydown', 'ctrl', 'mousedown', '1']);
      const menu = await desktop.find('the menu', (each) => each.isPopup && each.pid === terminal.pid);
      assert.equal(isMember(menu, scope, await desktop.windows.list()), isInside);
      await desktop.run('xdotool', ['mousemove', '5', '690', 'mouseup', '1', 'keyup', 'ctrl']);
      await desktop.untilGone(widOf(menu));
    }
  });

  test('a dialog of the same program says which window it is for', async () => {
    const [main, dialog] = [desktop.create({ x: 50, y: 50 }), desktop.create({ x: 300, y: 50 })];
    await desktop.setProperty(dialog, 'WM_TRANSIENT_FOR', { values: [main], type: 'WINDOW' });
    const { id } = await desktop.ofWid(main);
    await desktop.find('the dialog', (each) => widOf(each) === dialog && each.transientFor === id);
    await desktop.setProperty(dialog, 'WM_TRANSIENT_FOR', { values: [desktop.x.root], type: 'WINDOW' });
    await desktop.find('no owner', (each) => widOf(each) === dialog && each.transientFor === undefined);
    for (const wid of [main, dialog]) desktop.x.client.DestroyWindow(wid);
  });

  test('panels and the background of the desktop are told from windows', async () => {
    const panel = desktop.create({ x: 50, y: 50 });
    await desktop.setProperty(panel, '_NET_WM_WINDOW_TYPE', {
      values: [await desktop.x.internAtom('_NET_WM_WINDOW_TYPE_DOCK')],
      type: 'ATOM',
    });
    await desktop.find('the panel', (each) => widOf(each) === panel && each.isShell === true);
    desktop.x.client.DestroyWindow(panel);
  });
});
