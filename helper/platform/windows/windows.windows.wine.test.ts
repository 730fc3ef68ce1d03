import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { contains, intersect, isSameRect } from '../../pipeline/rects.ts';
import { eventually } from '../linux/xvfb.testing.ts';
import type { DesktopWindow, Place, SensitiveField } from '../platform.ts';
import { missingForWine, Wine } from './wine.testing.ts';

const PASSWORD = 'Password';
/** SECURITY_MANDATORY_HIGH_RID. */
const HIGH = 0x3000;

describe('windows and fields of Windows programs', { skip: missingForWine(), timeout: 180_000 }, () => {
  let wine: Wine;
  let notepad: DesktopWindow;

  before(async () => {
    wine = await Wine.start();
    wine.run('notepad');
    notepad = await windowOf((window) => window.role === 'Notepad');
  });
  after(() => wine.stop());
  afterEach(() => wine.endProbes());

  function windowOf(isIt: (window: DesktopWindow) => boolean): Promise<DesktopWindow> {
    return eventually('the window', async () => (await wine.call('list')).find(isIt));
  }

  function fieldOf(kind: SensitiveField['kind']): Promise<SensitiveField> {
    return eventually(kind, async () => (await wine.call('fields')).find((field) => field.kind === kind));
  }

  async function untilNoField(): Promise<void> {
    await eventually('the end of the field', async () => ((await wine.call('fields')).length === 0 ? true : undefined));
  }

  /** In the title bar, right of its middle. */
  const titleBar = ({ bounds }: DesktopWindow, right: number): [string, string] => [
    String(bounds.x + Math.round(bounds.width / 2) + right),
    String(bounds.y + 12),
  ];

  const middleOf = ({ bounds: { x, y, width, height } }: DesktopWindow): Place => ({
    x: x + Math.round(width / 2),
    y: y + Math.round(height / 2),
  });

  const now = (title: string): Promise<DesktopWindow> => windowOf((window) => window.title.includes(title));

  async function focus(title: string): Promise<void> {
    const window = await now(title);
    // A new window is listed a little before the display knows it. Two clicks at one place make it fill the screen.
    let right = -30;
    await eventually('the keyboard', async () => {
      if ((await wine.call('focused')) === window.id) return true;
      right = right > 30 ? -30 : right + 15;
      await wine.hand('mousemove', ...titleBar(window, right), 'click', '1', 'sleep', '0.2');
      return undefined;
    });
  }

  async function drag(title: string, right: number, down: number): Promise<void> {
    await wine.hand('mousemove', ...titleBar(await now(title), 60), 'mousedown', '1', 'sleep', '0.1');
    await wine.hand('mousemove_relative', '--', String(right), String(down), 'sleep', '0.1', 'mouseup', '1');
  }

  test('a window is listed with its process, program, place and title', async () => {
    assert.equal(notepad.executable, 'C:\\windows\\system32\\notepad.exe');
    assert.match(notepad.title, /Notepad$/);
    assert.match(notepad.id, new RegExp(`@${notepad.pid}$`));
    assert.deepEqual(notepad.opaque, [notepad.bounds]);
    assert.equal(notepad.isPopup, false);
    assert.ok(notepad.bounds.width > 100 && notepad.bounds.height > 100);
  });

  test('input reaches a program as trusted as ours, and is known not to reach one that may not be looked at', async () => {
    assert.equal(notepad.isElevated, false);
    assert.equal(await wine.call('integrity', notepad.pid ?? 0), HIGH, 'as every program under Wine');
    wine.runProbe('closed');
    const closed = await windowOf(({ title }) => title === PASSWORD);
    assert.deepEqual([closed.executable, closed.isElevated], [undefined, true]);
  });

  test('a click goes to what is behind a window that lets it through, and so does the question what it reaches', async () => {
    wine.runProbe('closed');
    const closed = await windowOf(({ title }) => title === PASSWORD);
    wine.runProbe('through');
    const through = await windowOf(({ title }) => title === 'Through');
    const [first] = await wine.call('list');
    assert.deepEqual([first?.id, first?.isElevated], [through.id, false], 'by the list a click would go there');
    assert.ok(isSameRect(through.bounds, closed.bounds));
    assert.equal(await wine.call('reachesElevated', middleOf(closed)), true);
    const { x, y } = notepad.bounds;
    assert.equal(await wine.call('reachesElevated', { x: x + 60, y: y + 60 }), false);
    assert.equal(await wine.call('reachesElevated', { x: 1020, y: 4 }), false, 'the bare desktop');
    await wine.endProbes();
    await eventually('neither', async () => ((await wine.call('list')).length === 1 ? true : undefined));
    assert.equal(await wine.call('reachesElevated', middleOf(closed)), false);
  });

  test('what has the keyboard is asked for whether it can be seen or not', async () => {
    await focus('Notepad');
    assert.equal(await wine.call('reachesElevated'), false);
    wine.runProbe('unseen');
    await eventually('nobody on the list that has the keyboard', async () => {
      const [only, ...others] = await wine.call('list');
      return only?.id === notepad.id && !only.isFocused && others.length === 0 ? true : undefined;
    });
    assert.equal(await wine.call('reachesElevated'), true);
    await wine.endProbes();
    await focus('Notepad');
    assert.equal(await wine.call('reachesElevated'), false);
  });

  test('the serial rests while nothing moves, and changes with a move', async () => {
    await eventually('rest', async () => {
      const serial = await wine.call('serial');
      await new Promise((resolve) => setTimeout(resolve, 300));
      return (await wine.call('serial')) === serial ? true : undefined;
    });
    const [serial, changes] = [await wine.call('serial'), await wine.call('changes')];
    await drag('Notepad', 40, 60);
    const { x, y } = notepad.bounds;
    const moved = await windowOf(({ id, bounds }) => id === notepad.id && bounds.x === x + 40 && bounds.y === y + 60);
    assert.notEqual(await wine.call('serial'), serial);
    assert.ok((await wine.call('changes')) > changes, 'a change is told');
    assert.equal(moved.bounds.width, notepad.bounds.width);
  });

  test('a menu is a window in front that is told to be one', async () => {
    await focus('Notepad');
    await wine.hand('key', 'alt+f');
    const menu = await windowOf(({ role }) => role === '#32768');
    assert.deepEqual([menu.isPopup, menu.pid], [true, notepad.pid]);
    const [first] = await wine.call('list');
    assert.equal(first?.id, menu.id);
    await wine.hand('key', 'Escape', 'Escape');
    await eventually('the end of the menu', async () =>
      (await wine.call('list')).some(({ id }) => id === menu.id) ? undefined : true,
    );
  });

  test('windows are listed in their order, and the one with the keyboard is told', async () => {
    wine.runProbe();
    const other = await windowOf(({ title }) => title === PASSWORD);
    await focus('Notepad');
    await focus(PASSWORD);
    const order = async (): Promise<string[]> => (await wine.call('list')).map(({ id }) => id);
    const untilOrder = (...ids: string[]): Promise<true> =>
      eventually(ids.join(), async () => ((await order()).join() === ids.join() ? true : undefined));
    await untilOrder(other.id, notepad.id);
    await focus('Notepad');
    await untilOrder(notepad.id, other.id);
    assert.deepEqual(
      (await wine.call('list')).map(({ isFocused }) => isFocused),
      [true, false],
    );
    await wine.endProbes();
    await eventually('one window', async () => ((await order()).length === 1 ? true : undefined));
  });

  test('a password field is reported with its place and focus for as long as it is there', async () => {
    await untilNoField();
    wine.runProbe();
    const window = await windowOf(({ title }) => title === PASSWORD);
    await focus(PASSWORD);
    const field = await eventually('the focused field', async () =>
      (await wine.call('fields')).find(({ isFocused }) => isFocused),
    );
    assert.deepEqual([field.kind, field.pid], ['password', window.pid]);
    assert.deepEqual([field.bounds.width, field.bounds.height], [200, 24]);
    assert.ok(contains(window.bounds, field.bounds));
    await drag(PASSWORD, 12, 10);
    const { x, y } = field.bounds;
    await eventually('the field where the window went', async () => {
      const [moved] = await wine.call('fields');
      return moved?.bounds.x === x + 12 && moved.bounds.y === y + 10 ? true : undefined;
    });
    await focus('Notepad');
    assert.equal((await fieldOf('password')).isFocused, false);
    await wine.endProbes();
    await untilNoField();
  });

  test('a program is asked whether a field keeps its text secret, and where it is', async () => {
    wine.runProbe();
    const { id } = await windowOf(({ title }) => title === PASSWORD);
    await focus(PASSWORD);
    const { bounds } = await fieldOf('password');
    assert.deepEqual(await wine.call('secret', id), bounds);
    assert.equal((await wine.call('fields')).length, 1, 'it is reported once');
    await focus('Notepad');
    assert.equal(await wine.call('secret', notepad.id), undefined);
    await wine.endProbes();
    await untilNoField();
  });

  test('a dialog to open files is found, and belongs to the window that opened it', async () => {
    await focus('Notepad');
    await wine.hand('key', 'ctrl+o');
    const chooser = await fieldOf('file-chooser');
    assert.equal(chooser.pid, notepad.pid);
    const dialog = await windowOf(({ role }) => role === '#32770');
    assert.deepEqual([dialog.transientFor, dialog.isPopup], [notepad.id, false]);
    assert.ok(isSameRect(chooser.bounds, dialog.bounds));
    await wine.hand('key', 'Escape');
    await untilNoField();
  });

  test('a dialog without files is no file dialog', async () => {
    await focus('Notepad');
    await wine.hand('key', 'ctrl+f');
    const dialog = await windowOf(({ role }) => role === '#32770');
    assert.ok(intersect(dialog.bounds, notepad.bounds) !== undefined);
    assert.deepEqual(await wine.call('fields'), []);
    await wine.hand('key', 'Escape');
  });

  test('a window that is minimised is not listed', async () => {
    await focus('Notepad');
    await wine.hand('key', 'alt+space', 'sleep', '0.3', 'key', 'n');
    await eventually('an empty list', async () => ((await wine.call('list')).length === 0 ? true : undefined));
  });

  test('the desktop that is ours is not locked, and of consoles nothing is reported', async () => {
    assert.equal(await wine.call('lockReason'), undefined);
    assert.equal(await wine.call('readsPassword', notepad.pid ?? 0), false);
  });
});
