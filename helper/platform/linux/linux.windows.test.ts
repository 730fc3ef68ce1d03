import assert from 'node:assert/strict';
import { realpathSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import type { DesktopWindow, WindowList } from '../platform.ts';
import { openLinuxWindows } from './linux.windows.ts';
import { connectX } from './x11.connection.ts';
import type { XConnection } from './x11.connection.ts';
import { eventually, missing, startProgram, startXvfb, stopChild } from './xvfb.testing.ts';
import type { TestDisplay } from './xvfb.testing.ts';

/** The server's number of the program's window. */
const widOf = ({ id }: DesktopWindow): number => Number(id.split('@')[0]);
const fail = (error: Error): void => assert.fail(error);

describe('windows on X11', { skip: missing('Xvfb', 'openbox', 'xterm') }, () => {
  let display: TestDisplay;
  let x: XConnection;
  let windows: WindowList;
  const programs: ReturnType<typeof startProgram>[] = [];

  before(async () => {
    display = await startXvfb('1000x700');
    x = await connectX(display.name, fail);
    windows = await openLinuxWindows(await connectX(display.name, fail));
    programs.push(startProgram(display, 'openbox', []));
    const check = await x.internAtom('_NET_SUPPORTING_WM_CHECK');
    await eventually('the window manager', async () => {
      const property = await x.ask<{ type: number }>((done) => x.client.GetProperty(0, x.root, check, 0, 0, 1, done));
      return property.type === 0 ? undefined : true;
    });
  });
  after(async () => {
    windows.close();
    x.close();
    for (const program of programs) await stopChild(program);
    await display.stop();
  });

  function startXterm(title: string, geometry: string): Promise<DesktopWindow> {
    programs.push(startProgram(display, 'xterm', ['-u8', '-T', title, '-geometry', geometry, '-e', 'cat']));
    return eventually(title, async () => (await windows.list()).find((window) => window.title === title));
  }

  test('a program window has title, executable, process, focus and the bounds of its frame', async () => {
    const window = await startXterm('a terminal', '40x10+100+80');
    assert.equal(window.executable, realpathSync('/usr/bin/xterm'));
    assert.equal(window.pid, programs.at(-1)?.pid);
    // openbox puts the frame's corner where the program asked its window to be.
    assert.deepEqual([window.bounds.x, window.bounds.y], [100, 80]);
    const inner = await x.ask<{ width: number; height: number }>((done) => x.client.GetGeometry(widOf(window), done));
    assert.ok(window.bounds.height > inner.height + 10, 'the title bar belongs to the bounds');
    await eventually('the focus', async () =>
      (await windows.list()).find(({ id, isFocused }) => id === window.id && isFocused),
    );
  });

  test('the front-most window is first, and menus without a frame are in the list', async () => {
    const first = await startXterm('first', '40x10+100+100');
    const second = await startXterm('second', '40x10+150+150');
    const order = async (): Promise<string[]> => (await windows.list()).map(({ id }) => id);
    await eventually('second in front', async () => ((await order())[0] === second.id ? true : undefined));
    const raise = { stackMode: 0 };
    x.client.ConfigureWindow(widOf(first), raise);
    await eventually('first in front', async () => ((await order())[0] === first.id ? true : undefined));

    const menu = x.client.AllocID();
    x.client.CreateWindow(menu, x.root, 10, 20, 30, 40, 2, 0, 1, 0, { overrideRedirect: 1 });
    x.client.MapWindow(menu);
    const [front] = await eventually('the menu', async () => {
      const list = await windows.list();
      return list[0] && widOf(list[0]) === menu ? list : undefined;
    });
    assert.deepEqual(front?.bounds, { x: 10, y: 20, width: 34, height: 44 });
    assert.equal(front?.pid, process.pid);
    assert.equal(front?.executable, realpathSync(process.execPath));
    x.client.UnmapWindow(menu);
    await eventually('no menu', async () =>
      (await windows.list()).some((window) => widOf(window) === menu) ? undefined : true,
    );
  });

  test('a change of title, place or number of windows is told', async () => {
    const window = await startXterm('before', '40x10+300+300');
    await windows.list();
    let told = 0;
    windows.onChange(() => (told += 1));
    const [netName, utf8] = [await x.internAtom('_NET_WM_NAME'), await x.internAtom('UTF8_STRING')];
    x.client.ChangeProperty(0, widOf(window), netName, utf8, 8, Buffer.from('之后'));
    await eventually('news of the title', () => (told > 0 ? true : undefined));
    assert.equal((await windows.list()).find(({ id }) => id === window.id)?.title, '之后');
    told = 0;
    x.client.ConfigureWindow(widOf(window), { x: 400, y: 400 });
    await eventually('news of the place', () => (told > 0 ? true : undefined));
    told = 0;
    const program = programs.pop();
    assert.ok(program);
    await stopChild(program);
    await eventually('news of the end', () => (told > 0 ? true : undefined));
    await eventually('the end', async () =>
      (await windows.list()).some(({ id }) => id === window.id) ? undefined : true,
    );
  });

  test('a list taken while windows come and go does not fail', async () => {
    const lists: Promise<unknown>[] = [];
    for (let i = 0; i < 30; i++) {
      const window = x.client.AllocID();
      x.client.CreateWindow(window, x.root, i, i, 50, 50, 0, 0, 1, 0, { overrideRedirect: 1 });
      x.client.MapWindow(window);
      lists.push(windows.list());
      x.client.DestroyWindow(window);
    }
    await Promise.all(lists);
  });
});
