import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { eventually } from '../linux/xvfb.testing.ts';
import type { DesktopWindow, SensitiveField } from '../platform.ts';
import { MINGW, missingForWine, Wine } from './wine.testing.ts';

/** Where wine.automation.c says that the field is, from the corner of its window. */
const FIELD = { x: 20, y: 60, width: 120, height: 22 };

describe('fields that UI Automation tells of', { skip: missingForWine(MINGW), timeout: 180_000 }, () => {
  let wine: Wine;
  let notepad: DesktopWindow;

  before(async () => {
    wine = await Wine.start({ hasAutomation: true });
    wine.run('notepad');
    notepad = await windowOf('Notepad');
  });
  after(() => wine.stop());

  function windowOf(role: string): Promise<DesktopWindow> {
    return eventually(role, async () => (await wine.call('list')).find((window) => window.role === role));
  }

  function untilFields(isThere: (fields: readonly SensitiveField[]) => boolean): Promise<readonly SensitiveField[]> {
    return eventually('the fields', async () => {
      const fields = await wine.call('fields');
      return isThere(fields) ? fields : undefined;
    }).catch(async (cause: unknown) => {
      throw new Error(JSON.stringify(await wine.call('fields')), { cause });
    });
  }

  const expected = ({ bounds, pid }: DesktopWindow, isFocused: boolean): SensitiveField[] => [
    { kind: 'password', bounds: { ...FIELD, x: bounds.x + FIELD.x, y: bounds.y + FIELD.y }, pid, isFocused },
  ];

  test('are reported where they are, each once, and whether they have the keyboard', async () => {
    const { x, y } = notepad.bounds;
    await wine.hand('mousemove', String(x + 60), String(y + 12), 'click', '1');
    const focused = await untilFields((fields) => fields.some(({ isFocused }) => isFocused));
    assert.deepEqual(focused, expected(notepad, true));
  });

  test('go with their window at once, however long nobody asks again', async () => {
    const { x, y } = notepad.bounds;
    // Not where it was clicked: two clicks at one place make it fill the screen.
    await wine.hand('mousemove', String(x + 120), String(y + 12), 'mousedown', '1', 'sleep', '0.1');
    await wine.hand('mousemove_relative', '--', '33', '21', 'sleep', '0.1', 'mouseup', '1');
    await eventually('the move', async () => {
      const { bounds } = await windowOf('Notepad');
      return bounds.x === x + 33 && bounds.y === y + 21 ? true : undefined;
    });
    notepad = await windowOf('Notepad');
    const moved = expected(notepad, true)[0]?.bounds;
    assert.ok((await wine.call('fields')).some(({ bounds }) => JSON.stringify(bounds) === JSON.stringify(moved)));
    assert.deepEqual(await untilFields(({ length }) => length === 1), expected(notepad, true));
  });

  test('are still found after many questions: nothing that was given is kept', async () => {
    for (let look = 0; look < 12; look++) {
      await wine.hand('mousemove_relative', '--', '1', '0');
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    assert.deepEqual(await wine.call('fields'), expected(notepad, true));
  });

  test('do not have the keyboard when another program has it, and go when their window does', async () => {
    wine.runProbe();
    await eventually('the other field', async () => ((await wine.call('fields')).length === 2 ? true : undefined));
    const other = await eventually('the other window', async () =>
      (await wine.call('list')).find(({ title }) => title === 'Password'),
    );
    const { x, y } = other.bounds;
    await wine.hand('mousemove', String(x + 90), String(y + 12), 'click', '1');
    const isBoth = (fields: readonly SensitiveField[]): boolean =>
      fields.some(({ pid, isFocused }) => pid === other.pid && isFocused) &&
      fields.some(({ pid, isFocused }) => pid === notepad.pid && !isFocused);
    assert.equal((await untilFields(isBoth)).length, 2);
    await wine.endProbes();
    await wine.call('meddle', notepad.id, 'hide');
    await untilFields(({ length }) => length === 0);
  });
});
