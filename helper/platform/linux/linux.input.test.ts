import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { InputInjector, PointerButton } from '../platform.ts';
import { keycodeOf, knownCodes } from './keycodes.ts';
import { openLinuxInput, releaseInjectedInput } from './linux.input.ts';
import { waitUntilSettled } from './linux.owner.ts';
import { openLinuxWindows } from './linux.windows.ts';
import { connectX } from './x11.connection.ts';
import type { XConnection } from './x11.connection.ts';
import {
  eventually,
  missing,
  runProgram,
  startProgram,
  startXvfb,
  stopChild,
  temporaryFolder,
} from './xvfb.testing.ts';
import type { TestDisplay } from './xvfb.testing.ts';

/** KeyPress, KeyRelease, ButtonPress, ButtonRelease. */
const INPUT_EVENTS = 0xf;
/** 64 different characters: more than a keyboard has spare keys. */
const LONG_CHINESE =
  '天地玄黄宇宙洪荒日月盈昃辰宿列张寒来暑往秋收冬藏闰余成岁律吕调阳云腾致雨露结为霜金生丽水玉出昆冈剑号巨阙珠称夜光果珍李柰';

const fail = (error: Error): void => assert.fail(error);

describe('input on X11', { skip: missing('Xvfb', 'xterm') }, () => {
  let display: TestDisplay;
  let x: XConnection;
  let input: InputInjector;
  const seen: string[] = [];

  before(async () => {
    display = await startXvfb('1000x700');
    x = await connectX(display.name, fail);
    input = await openLinuxInput(await connectX(display.name, fail));
    const window = x.client.AllocID();
    x.client.CreateWindow(window, x.root, 600, 0, 400, 700, 0, 0, 1, 0, { eventMask: INPUT_EVENTS });
    x.client.MapWindow(window);
    x.onEvent((event) => {
      if ('keycode' in event) seen.push(`${event.name} ${event.keycode}`);
    });
  });
  after(async () => {
    input.close();
    x.close();
    await display.stop();
  });

  /** What the window got, when the last expected event is there. */
  async function received(count: number): Promise<string[]> {
    await eventually(`${count} events, have ${seen.join(', ')}`, () => (seen.length >= count ? true : undefined));
    await x.ask<unknown>((done) => x.client.GetInputFocus(done));
    return seen.splice(0);
  }

  test('the five mouse buttons arrive as left, middle, right, back and forward', async () => {
    input.movePointer(800, 300);
    const buttons: PointerButton[] = [0, 1, 2, 3, 4];
    for (const button of buttons) {
      input.pressButton(button, true);
      input.pressButton(button, false);
    }
    const expected = [1, 2, 3, 8, 9].flatMap((button) => [`ButtonPress ${button}`, `ButtonRelease ${button}`]);
    assert.deepEqual(await received(10), expected);
  });

  test('the wheel turns in both directions and fractions add up to whole clicks', async () => {
    for (const [x, y] of [
      [0, -1],
      [0, 2],
      [-1, 0],
      [1, 0],
      [0, 0.4],
      [0, 0.4],
      [0, 0.4],
    ] as const)
      input.scroll(x, y);
    const presses = (await received(12)).filter((event) => event.startsWith('ButtonPress'));
    assert.deepEqual(
      presses.map((event) => event.split(' ')[1]),
      ['4', '5', '5', '6', '7', '5'],
    );
  });

  test('every physical key arrives as its own key', async () => {
    const codes = knownCodes();
    for (const code of codes) {
      assert.equal(input.pressKey(code, true), true);
      input.pressKey(code, false);
    }
    const expected = codes.flatMap((code) => [`KeyPress ${keycodeOf(code)}`, `KeyRelease ${keycodeOf(code)}`]);
    assert.deepEqual(await received(expected.length), expected);
    // Caps Lock, Num Lock and Scroll Lock as they were.
    for (const code of ['CapsLock', 'NumLock', 'ScrollLock'])
      for (const isDown of [true, false]) input.pressKey(code, isDown);
    await received(6);
  });

  test('an unknown key and the power button are refused', () => {
    for (const code of ['', 'KeyÄ', 'Power', 'Sleep', '__proto__', 'constructor'])
      assert.equal(input.pressKey(code, true), false);
  });

  test('releaseAll lets go of everything that is held, once', async () => {
    input.pressKey('ControlLeft', true);
    input.pressKey('KeyA', true);
    input.pressButton(0, true);
    await received(3);
    input.releaseAll();
    input.releaseAll();
    const released = await received(3);
    assert.deepEqual(released.sort(), ['ButtonRelease 1', 'KeyRelease 37', 'KeyRelease 38']);
  });

  test('the guardian lets go of what a killed process held', async () => {
    input.pressKey('ShiftLeft', true);
    input.pressButton(2, true);
    await received(2);
    await releaseInjectedInput(x);
    assert.deepEqual((await received(2)).sort(), ['ButtonRelease 3', 'KeyRelease 50']);
    input.releaseAll();
  });

  describe('typing into xterm', () => {
    let file: string;
    let xterm: ReturnType<typeof startProgram>;

    before(async () => {
      file = join(temporaryFolder(), 'typed');
      const command = `stty -echo; printf ready > ${file}.ready; cat > ${file}`;
      xterm = startProgram(display, 'xterm', ['-u8', '-geometry', '60x20+0+0', '-e', 'sh', '-c', command]);
      await eventually('the shell', () => readFile(`${file}.ready`).catch(() => undefined));
      input.movePointer(100, 100);
    });
    after(() => stopChild(xterm));

    let typed = '';
    /** Types a line and waits until it is in the file. */
    async function typeLine(line: string): Promise<void> {
      await input.typeText(line);
      input.pressKey('Enter', true);
      input.pressKey('Enter', false);
      await arrives(`${line}\n`);
    }
    async function arrives(text: string): Promise<void> {
      typed += text;
      const now = await eventually('the line', async () => {
        const content = await readFile(file, 'utf8');
        return content.split('\n').length >= typed.split('\n').length ? content : undefined;
      });
      assert.equal(now, typed);
    }

    test('text arrives in any script, with the key pressed after it behind it', async () => {
      await typeLine('echo "Hello, World!" ~ {}[]|\\ <>?');
      await typeLine('中文');
      await typeLine('é€😀');
      await typeLine('Привет, γειά, ไทย, שלום');
    });

    test('more characters than the keyboard has spare keys arrive complete', async () => {
      await typeLine(LONG_CHINESE);
    });

    test('lines of a pasted text end with one Enter each', async () => {
      await input.typeText('一\r\n二\n');
      await arrives('一\n二\n');
    });

    test('held modifiers do not change the text and are held again afterwards', async () => {
      input.pressKey('ControlLeft', true);
      input.pressKey('ShiftLeft', true);
      await input.typeText('aÉ中\n');
      await arrives('aÉ中\n');
      const keys = await x.ask<Buffer>((done) => x.client.QueryKeymap(done));
      assert.deepEqual([(keys[4] ?? 0) & (1 << 5), (keys[6] ?? 0) & (1 << 2)], [1 << 5, 1 << 2]);
      input.releaseAll();
    });

    test('Caps Lock does not change the text', async () => {
      for (const isDown of [true, false]) input.pressKey('CapsLock', isDown);
      await typeLine('abc DEF éÉ');
      for (const isDown of [true, false]) input.pressKey('CapsLock', isDown);
    });

    test('a German and a Russian layout type the same', { skip: missing('setxkbmap') }, async () => {
      for (const layout of ['de', 'ru', 'us,ru']) {
        await runProgram(display, 'setxkbmap', [layout]);
        await typeLine('yz @€ {ß} Яя 中');
      }
      await runProgram(display, 'setxkbmap', ['us']);
    });

    test('releaseAll ends typing in the middle of a long text', async () => {
      const lines = 4000;
      const long = input.typeText('stop\n'.repeat(lines));
      await eventually('the first lines', async () =>
        (await readFile(file, 'utf8')).length > typed.length ? true : undefined,
      );
      input.releaseAll();
      await long;
      await input.typeText('\nend\n');
      const content = await eventually('the end', async () => {
        const now = await readFile(file, 'utf8');
        return now.endsWith('end\n') ? now : undefined;
      });
      assert.ok(content.split('stop').length < lines);
    });
  });

  test('text arrives in a GTK entry', { skip: missing('zenity') }, async () => {
    const zenity = startProgram(display, 'zenity', ['--entry', '--text', 'Name']);
    const windows = await openLinuxWindows(x);
    const dialogue = await eventually('the dialogue', async () => {
      return (await windows.list()).find(({ pid }) => pid === zenity.pid);
    });
    windows.close();
    // Without a window manager the keys go to what is under the pointer.
    const { bounds } = dialogue;
    input.movePointer(bounds.x + bounds.width / 2, bounds.y + bounds.height / 2);
    await waitUntilSettled(zenity.pid, { minMs: 100, maxMs: 5000 }, (ms) => pause(ms)); // GTK is still at building it
    await input.typeText('李伟 é😀\n');
    await eventually('the answer', () => (zenity.exitCode === null ? undefined : true));
    assert.equal(zenity.output(), '李伟 é😀\n');
  });
});
