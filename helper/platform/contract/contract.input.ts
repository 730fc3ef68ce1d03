/** Pointer, keys and text, and the hand at the device. */
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import type { CaptureSession, PointerButton, Rect } from '../platform.ts';
import { eventually } from './stage.ts';
import type { Stage, StageWindow, TextField } from './stage.ts';

const WINDOW: Rect = { x: 380, y: 0, width: 400, height: 300 };
const FIELD: Rect = { x: 0, y: 0, width: 360, height: 240 };
/** What every keyboard and every system has; locks and media keys are left to the tests of each platform. */
const KEYS = [
  ...[...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'].map((letter) => `Key${letter}`),
  ...[...'0123456789'].flatMap((digit) => [`Digit${digit}`, `Numpad${digit}`]),
  ...Array.from({ length: 12 }, (_, i) => `F${i + 1}`),
  ...'Escape Minus Equal Backspace Tab BracketLeft BracketRight Enter Semicolon Quote Backquote Backslash'.split(' '),
  ...'Comma Period Slash Space ShiftLeft ShiftRight ControlLeft ControlRight AltLeft'.split(' '),
  ...'NumpadMultiply NumpadSubtract NumpadAdd NumpadDecimal NumpadEnter NumpadDivide'.split(' '),
  ...'Home End PageUp PageDown Insert Delete ArrowUp ArrowDown ArrowLeft ArrowRight Pause'.split(' '),
];

export function inputContract(openStage: () => Promise<Stage>): void {
  describe('input from afar', () => {
    let stage: Stage;
    let window: StageWindow;
    let session: CaptureSession;
    let at = '';

    before(async () => {
      stage = await openStage();
      window = await stage.openWindow(WINDOW, 0x404040);
      const [screen] = await stage.capture.screens();
      assert.ok(screen);
      session = await stage.capture.open(screen.id);
      session.onCursorMove((x, y) => (at = `${x},${y}`));
    });
    afterEach(() => stage.input.releaseAll());
    after(async () => {
      session.close();
      await window.close();
      await stage.close();
    });

    /** Again and again, since Wine forgets an injected place after 100 ms while a hook is set. */
    async function move(x: number, y: number): Promise<void> {
      await eventually(`the pointer at ${x},${y}`, () => {
        stage.input.movePointer(x, y);
        return at === `${x},${y}` ? true : undefined;
      });
    }

    /** What the window got, when so many are there. */
    async function received(count: number): Promise<string[]> {
      const events: string[] = [];
      await eventually(`${count} events`, () => {
        events.push(...window.takeEvents());
        return events.length >= count ? true : undefined;
      }).catch((cause: unknown) => {
        throw new Error(`${events.length} of ${count} events came: ${events.join(', ')}`, { cause });
      });
      return events;
    }

    test('the pointer goes to the very pixel', async () => {
      const { width, height } = session.screen.bounds;
      for (const [x, y] of [
        [0, 0],
        [width - 1, height - 1],
        [0, height - 1],
        [width - 1, 0],
      ] as const)
        await move(x, y);
      for (let i = 1; i < 40; i++) await move((i * 197) % width, (i * 151) % height);
    });

    test('the five buttons arrive as left, middle, right, back and forward', async () => {
      await move(WINDOW.x + 40, WINDOW.y + 40);
      window.takeEvents();
      const buttons: PointerButton[] = [0, 1, 2, 3, 4];
      for (const button of buttons) for (const isDown of [true, false]) stage.input.pressButton(button, isDown);
      const expected = buttons.flatMap((button) => [`button ${button} down`, `button ${button} up`]);
      assert.deepEqual(await received(10), expected);
    });

    test('the wheel turns in all directions, and fractions add up to whole clicks', async () => {
      await move(WINDOW.x + 40, WINDOW.y + 40);
      window.takeEvents();
      for (const [x, y] of [
        [0, -1],
        [0, 1],
        [-1, 0],
        [1, 0],
        [0, 0.4],
        [0, 0.4],
        [0, 0.4],
      ] as const)
        stage.input.scroll(x, y);
      assert.deepEqual(await received(5), ['wheel 0 -1', 'wheel 0 1', 'wheel -1 0', 'wheel 1 0', 'wheel 0 1']);
    });

    test('every physical key arrives as its own key', async () => {
      await move(WINDOW.x + 40, WINDOW.y + 40);
      window.takeEvents();
      for (const code of KEYS)
        for (const isDown of [true, false]) assert.equal(stage.input.pressKey(code, isDown), true, code);
      assert.deepEqual(
        await received(KEYS.length * 2),
        KEYS.flatMap((code) => [`key ${code} down`, `key ${code} up`]),
      );
    });

    test('an unknown key and the power button are refused', () => {
      for (const code of ['', 'KeyÄ', 'Power', 'Sleep', '__proto__', 'constructor'])
        assert.equal(stage.input.pressKey(code, true), false);
    });

    test('releaseAll lets go of everything that is held, once', async () => {
      await move(WINDOW.x + 40, WINDOW.y + 40);
      window.takeEvents();
      stage.input.pressKey('ControlLeft', true);
      stage.input.pressKey('KeyA', true);
      stage.input.pressButton(0, true);
      await received(3);
      stage.input.releaseAll();
      stage.input.releaseAll();
      stage.input.pressKey('KeyB', true);
      const released = await received(4);
      assert.deepEqual(released.slice(0, 3).sort(), ['button 0 up', 'key ControlLeft up', 'key KeyA up']);
      assert.deepEqual(released.slice(3), ['key KeyB down']);
    });

    test('what the hand does is heard, and what came from afar is not', async () => {
      const heard: string[] = [];
      stage.localInput.onLocalInput((kind) => heard.push(kind));
      await move(WINDOW.x + 60, WINDOW.y + 60);
      stage.input.pressKey('KeyQ', true);
      stage.input.pressButton(0, true);
      stage.input.releaseAll();
      stage.input.scroll(0, 1);
      await stage.input.typeText('é中');
      await move(WINDOW.x + 70, WINDOW.y + 60);
      window.takeEvents();
      assert.equal(heard.join(), '');
      stage.hand.movePointer(WINDOW.x + 80, WINDOW.y + 70);
      await eventually('the pointer by hand', () => (heard.includes('pointer') ? true : undefined));
      heard.length = 0;
      for (const isDown of [true, false]) stage.hand.pressButton(0, isDown);
      await eventually('the button by hand', () => (heard.includes('pointer') ? true : undefined));
      for (const isDown of [true, false]) stage.hand.pressKey('KeyW', isDown);
      await eventually('the key by hand', () => (heard.includes('key') ? true : undefined));
    });

    describe('text', () => {
      let field: TextField;
      let typed = '';

      before(async () => {
        field = await stage.openTextField(FIELD);
        await move(FIELD.x + 100, FIELD.y + 100);
        for (const isDown of [true, false]) stage.input.pressButton(0, isDown);
      });
      after(() => field.close());

      async function arrives(text: string): Promise<void> {
        typed += text;
        const now = await eventually(`the line ${text}`, async () => {
          const content = await field.text();
          return content.split('\n').length >= typed.split('\n').length ? content : undefined;
        }).catch(async (cause: unknown) => {
          throw new Error(`there is ${JSON.stringify(await field.text())}`, { cause });
        });
        assert.equal(now, typed);
      }

      async function typeLine(line: string): Promise<void> {
        await stage.input.typeText(line);
        for (const isDown of [true, false]) stage.input.pressKey('Enter', isDown);
        await arrives(`${line}\n`);
      }

      test('text arrives in any script, with the key pressed after it behind it', async () => {
        await typeLine('echo "Hello, World!" ~ {}[]|\\ <>?');
        await typeLine('中文');
        await typeLine('é€😀');
        await typeLine('Привет, γειά, ไทย, שלום');
      });

      test('keys type what the layout has on them', async () => {
        typed += 'Ab7 ,'; // arrives before the line's end
        stage.input.pressKey('ShiftLeft', true);
        for (const isDown of [true, false]) stage.input.pressKey('KeyA', isDown);
        stage.input.pressKey('ShiftLeft', false);
        for (const code of ['KeyB', 'Digit7', 'Space', 'Comma'])
          for (const isDown of [true, false]) stage.input.pressKey(code, isDown);
        await typeLine('.');
      });

      test('a key pressed while text is being typed comes behind it', async () => {
        const line = '天地玄黄'.repeat(20);
        const typing = stage.input.typeText(line);
        for (const isDown of [true, false]) stage.input.pressKey('Enter', isDown);
        await typing;
        await arrives(`${line}\n`);
      });

      test('lines of a pasted text end with one Enter each', async () => {
        await stage.input.typeText('一\r\n二\n');
        await arrives('一\n二\n');
      });

      test('held modifiers do not change the text', async () => {
        stage.input.pressKey('ControlLeft', true);
        stage.input.pressKey('ShiftLeft', true);
        await stage.input.typeText('aÉ中\n');
        stage.input.releaseAll();
        await arrives('aÉ中\n');
      });

      test('Caps Lock does not change the text', async () => {
        for (const isDown of [true, false]) stage.input.pressKey('CapsLock', isDown);
        await typeLine('abc DEF éÉ');
        for (const isDown of [true, false]) stage.input.pressKey('CapsLock', isDown);
      });

      test('releaseAll ends typing in the middle of a long text', async () => {
        const lines = 2000;
        const long = stage.input.typeText('stop\n'.repeat(lines));
        await eventually('the first lines', async () =>
          (await field.text()).length > typed.length ? true : undefined,
        );
        stage.input.releaseAll();
        await long;
        await stage.input.typeText('\nend\n');
        const content = await eventually('the end', async () => {
          const now = await field.text();
          return now.endsWith('end\n') ? now : undefined;
        });
        assert.ok(content.split('stop').length < lines);
      });
    });
  });
}
