import assert from 'node:assert/strict';
import { copyFileSync, realpathSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import { isMember, visibleParts } from '../../session/visibility.ts';
import { TestWindows, widOf } from './desktop.testing.ts';
import { eventually, missing, temporaryFolder } from './xvfb.testing.ts';

const XTERM = missing('xterm') === false ? realpathSync('/usr/bin/xterm') : '';
const SLEEP = missing('sleep') === false ? realpathSync('/usr/bin/sleep') : '';

/** Opens one window by hand and then does what is put behind it, in Python; the connection stays open. */
const OPENS_A_WINDOW = `
import os, socket, struct, sys, time
x = socket.socket(socket.AF_UNIX)
x.connect('/tmp/.X11-unix/X' + os.environ['DISPLAY'][1:])
x.send(struct.pack('<BxHHHHxx', 0x6c, 11, 0, 0, 0))
def read(count):
    got = b''
    while len(got) < count: got += x.recv(count - len(got))
    return got
status, length = struct.unpack('<BxHHH', read(8))[0::3]
setup = read(length * 4)
base, vendor, formats = struct.unpack('<I', setup[4:8])[0], struct.unpack('<H', setup[16:18])[0], setup[21]
root = struct.unpack('<I', setup[32 + (vendor + 3 & ~3) + 8 * formats:][:4])[0]
x.send(struct.pack('<BBHIIhhHHHHIII', 1, 0, 9, base + 1, root, 300, 200, 150, 100, 0, 1, 0, 2, 255))
x.send(struct.pack('<BxHI', 8, 2, base + 1))
`;

describe('whose a window is on X11', { skip: missing('Xvfb', 'openbox', 'xterm', 'python3') }, () => {
  let desktop: TestWindows;
  before(async () => {
    desktop = await TestWindows.start('1000x700', ['openbox']);
  });
  afterEach(() => desktop.clear());
  after(() => desktop.stop());

  const startPython = (then: string) => desktop.start('python3', ['-c', OPENS_A_WINDOW + then]);

  test('a number of a window that another program gets later is not the same window', async () => {
    const first = startPython('time.sleep(100)');
    const window = await desktop.find('the first window', ({ pid }) => pid === first.pid);
    await desktop.stopProgram(first);
    // Nothing is asked in between: the end is only heard of.
    const second = startPython('print("ready", flush=True); time.sleep(100)');
    await eventually('the second program', () => (second.output() === '' ? undefined : true));
    const next = await desktop.find('the second window', (each) => widOf(each) === widOf(window));
    assert.deepEqual([next.pid, next.id === window.id], [second.pid, false]);
    assert.ok(!isMember(next, [{ kind: 'window', windowId: window.id }], [next]));
  });

  test('a program that goes on as another one with the same window is that other one', async () => {
    const program = startPython(
      'time.sleep(0.5); os.set_inheritable(x.fileno(), True); os.execv("/usr/bin/sleep", ["sleep", "100"])',
    );
    const window = await desktop.find('the window', ({ pid }) => pid === program.pid);
    assert.match(window.executable ?? '', /python3/);
    const later = await desktop.find('another program', ({ executable }) => executable === SLEEP);
    assert.equal(later.id, window.id);
  });

  test('a program whose file was replaced by an update keeps its name', async () => {
    const copy = join(temporaryFolder(), 'xterm');
    copyFileSync(XTERM, copy);
    const program = desktop.start(copy, ['-e', 'cat']);
    await desktop.find('the terminal', ({ pid }) => pid === program.pid);
    unlinkSync(copy);
    assert.equal((await desktop.find('the terminal', ({ pid }) => pid === program.pid)).executable, copy);
  });
});

describe('whose a window is on X11 without a list of windows', { skip: missing('Xvfb', 'xterm') }, () => {
  let desktop: TestWindows;
  before(async () => {
    desktop = await TestWindows.start('1000x700');
  });
  afterEach(() => desktop.clear());
  after(() => desktop.stop());

  test('is told by the window where nothing is around it', async () => {
    const { window, program } = await desktop.startXterm('a terminal', '40x10+100+80');
    assert.deepEqual([window.pid, window.executable, window.isPopup], [program.pid, XTERM, false]);
  });

  test('is told by the window in a frame, which does not pass for its program', async () => {
    const { window, program } = await desktop.startXterm('a terminal', '20x5+300+300');
    const frame = desktop.create({ x: 10, y: 20, width: 300, height: 200 });
    const wrapper = desktop.create({ parent: frame, width: 300, height: 200 });
    desktop.x.client.ReparentWindow(widOf(window), wrapper, 0, 20);
    await desktop.settled();
    const framed = (await desktop.windows.list()).map(({ id, pid, bounds }) => ({ id, pid, bounds }));
    assert.deepEqual(framed, [{ id: window.id, pid: program.pid, bounds: { x: 10, y: 20, width: 300, height: 200 } }]);
    desktop.x.client.DestroyWindow(frame);
  });

  test('goes with the window from one frame to another', async () => {
    const { window } = await desktop.startXterm('a terminal', '20x5+300+300');
    const frames = [desktop.create({ x: 10 }), desktop.create({ x: 500 })];
    await desktop.setProperty(desktop.x.root, '_NET_CLIENT_LIST', { values: [widOf(window)], type: 'WINDOW' });
    for (const frame of frames) {
      desktop.x.client.ReparentWindow(widOf(window), frame, 0, 0);
      await desktop.settled();
      const places = (await desktop.windows.list()).filter(({ id }) => id === window.id).map(({ bounds }) => bounds.x);
      assert.deepEqual(places, [frame === frames[0] ? 10 : 500]);
    }
    await desktop.setProperty(desktop.x.root, '_NET_CLIENT_LIST', { values: [], type: 'WINDOW' });
    for (const frame of frames) desktop.x.client.DestroyWindow(frame);
  });

  test('is nobody of a menu in which another program has a window', async () => {
    const { window } = await desktop.startXterm('a terminal', '20x5+300+300');
    const popup = desktop.create({ isPopup: true });
    desktop.x.client.ReparentWindow(widOf(window), popup, 0, 0);
    await desktop.settled();
    const told = (await desktop.windows.list()).map(({ pid, executable }) => ({ pid, executable }));
    assert.deepEqual(told, [{ pid: undefined, executable: undefined }]);
    desktop.x.client.DestroyWindow(popup);
  });

  test('is nobody of a frame that holds windows of two programs', async () => {
    const windows = [await desktop.startXterm('one', '20x5+300+300'), await desktop.startXterm('two', '20x5+300+300')];
    const frame = desktop.create();
    for (const { window } of windows) desktop.x.client.ReparentWindow(widOf(window), frame, 0, 0);
    await desktop.settled();
    assert.deepEqual(
      (await desktop.windows.list()).map(({ pid }) => pid),
      [undefined],
    );
    desktop.x.client.DestroyWindow(frame);
  });
});

test(
  'a minimised window that a compositing window manager keeps on the display is not seen',
  { skip: missing('Xvfb', 'mutter', 'xterm', 'xdotool') },
  async (t) => {
    const noBus = 'DBUS_SESSION_BUS_ADDRESS=unix:path=/nonexistent';
    const desktop = await TestWindows.start('1000x700', ['env', noBus, 'LIBGL_ALWAYS_SOFTWARE=1', 'mutter', '--x11']);
    t.after(() => desktop.stop());
    const { window } = await desktop.startXterm('a terminal', '40x10+100+80');
    const seen = async (): Promise<number> => {
      const screen = { x: 0, y: 0, width: 1000, height: 700 };
      const scope = [{ kind: 'window' as const, windowId: window.id }];
      return visibleParts(scope, { windows: await desktop.windows.list(), screen }).length;
    };
    await eventually('the terminal', async () => ((await seen()) > 0 ? true : undefined));
    await desktop.run('xdotool', ['windowminimize', String(widOf(window))]);
    await eventually('nothing of it', async () => ((await seen()) === 0 ? true : undefined));
    assert.ok((await desktop.now(window)) !== undefined, 'it is on the display all the same');
  },
);
