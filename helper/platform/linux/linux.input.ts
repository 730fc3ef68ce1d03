/** Pointer and keyboard by the XTEST extension, on a connection of its own so that input never waits behind capture. */
import type { XTestExtension } from 'x11';
import { setTimeout as sleep } from 'node:timers/promises';
import type { InputInjector, PointerButton } from '../platform.ts';
import { MAX_WHEEL_CLICKS } from '../wheel.ts';
import { InputOrder } from '../input.order.ts';
import { keycodeOf } from './keycodes.ts';
import { pidOfKeyTarget, waitUntilSettled } from './linux.owner.ts';
import { TextTyper } from './linux.text.ts';
import type { XConnection } from './x11.connection.ts';

/** Event codes of XTestFakeInput (xtestproto, section 3). */
const FAKE = { keyPress: 2, keyRelease: 3, buttonPress: 4, buttonRelease: 5, motion: 6 } as const;
/** X numbers buttons 1 left, 2 middle, 3 right, 4 to 7 wheel, 8 back, 9 forward. */
const X_BUTTON: Record<PointerButton, number> = { 0: 1, 1: 2, 2: 3, 3: 8, 4: 9 };
const WHEEL = { up: 4, down: 5, left: 6, right: 7 } as const;
/** How long programs get to handle keys before a borrowed keycode changes its meaning. */
const SETTLE = { minMs: 40, maxMs: 1000 } as const;
const MAX_COORDINATE = 0x7fff;

export async function openLinuxInput(x: XConnection): Promise<InputInjector> {
  const [xtest, xkb] = [await x.requireExtension('xtest'), await x.requireExtension('xkb')];
  const res = await x.extension('res');
  const wait = (ms: number): Promise<void> => sleep(ms, undefined, { ref: false });
  const typer = new TextTyper(x, {
    xkb,
    pressKeycode: (keycode, isDown) => fakeKey(x, xtest, { keycode, isDown }),
    settle: async () => waitUntilSettled(await pidOfKeyTarget(x, res), SETTLE, wait),
    wait,
  });
  return new LinuxInput(x, xtest, typer);
}

function fakeKey(x: XConnection, xtest: XTestExtension, key: { keycode: number; isDown: boolean }): void {
  if (x.isOpen) xtest.FakeInput(key.isDown ? FAKE.keyPress : FAKE.keyRelease, key.keycode, 0, 0, 0, 0);
}

class LinuxInput implements InputInjector {
  readonly #x: XConnection;
  readonly #xtest: XTestExtension;
  readonly #typer: TextTyper;
  readonly #keys = new Set<number>();
  readonly #buttons = new Set<number>();
  readonly #order: InputOrder;
  #wheelX = 0;
  #wheelY = 0;

  constructor(x: XConnection, xtest: XTestExtension, typer: TextTyper) {
    this.#x = x;
    this.#xtest = xtest;
    this.#typer = typer;
    this.#order = new InputOrder(() => x.isOpen);
  }

  movePointer(x: number, y: number): void {
    this.#order.act(() =>
      this.#xtest.FakeInput(FAKE.motion, 0, 0, this.#x.root, clampCoordinate(x), clampCoordinate(y)),
    );
  }

  pressButton(button: PointerButton, isDown: boolean): void {
    this.#order.act(() => this.#fakeButton(X_BUTTON[button], isDown));
  }

  scroll(deltaX: number, deltaY: number): void {
    this.#order.act(() => {
      this.#wheelX = this.#turn(this.#wheelX + deltaX, WHEEL.left, WHEEL.right);
      this.#wheelY = this.#turn(this.#wheelY + deltaY, WHEEL.up, WHEEL.down);
    });
  }

  pressKey(code: string, isDown: boolean): boolean {
    const keycode = keycodeOf(code);
    if (keycode === undefined) return false;
    this.#order.act(() => {
      if (isDown) this.#keys.add(keycode);
      else this.#keys.delete(keycode);
      fakeKey(this.#x, this.#xtest, { keycode, isDown });
    });
    return true;
  }

  typeText(text: string): Promise<void> {
    return this.#order.type((isStopped) => this.#typer.type(text, this.#keys, isStopped));
  }

  releaseAll(): void {
    this.#order.drop();
    this.#wheelX = this.#wheelY = 0;
    for (const keycode of this.#keys) fakeKey(this.#x, this.#xtest, { keycode, isDown: false });
    for (const button of this.#buttons) this.#fakeButton(button, false);
    this.#keys.clear();
  }

  close(): void {
    this.releaseAll();
    this.#typer.giveBack();
    this.#x.close();
  }

  #fakeButton(button: number, isDown: boolean): void {
    if (isDown) this.#buttons.add(button);
    else this.#buttons.delete(button);
    if (this.#x.isOpen) this.#xtest.FakeInput(isDown ? FAKE.buttonPress : FAKE.buttonRelease, button, 0, 0, 0, 0);
  }

  /** Clicks the wheel for the whole part and returns the fraction that remains. */
  #turn(clicks: number, negative: number, positive: number): number {
    const whole = Math.trunc(clicks);
    const button = whole < 0 ? negative : positive;
    for (let left = Math.min(Math.abs(whole), MAX_WHEEL_CLICKS); left > 0; left--) {
      this.#xtest.FakeInput(FAKE.buttonPress, button, 0, 0, 0, 0);
      this.#xtest.FakeInput(FAKE.buttonRelease, button, 0, 0, 0, 0);
    }
    return clicks - whole;
  }
}

function clampCoordinate(value: number): number {
  return Math.max(0, Math.min(MAX_COORDINATE, Math.round(value)));
}

/**
 * Lets go of every key and button that XTEST holds down, whichever process pressed it: for the guardian, after the
 * process that pressed them was killed. The server ignores the release of what the injection device does not hold, so
 * the keys of the person at the device are not touched.
 */
export async function releaseInjectedInput(x: XConnection): Promise<void> {
  const xtest = await x.requireExtension('xtest');
  const down = await x.ask<Buffer>((done) => x.client.QueryKeymap(done));
  for (let keycode = 8; keycode < 256; keycode++) {
    const isDown = ((down[keycode >> 3] ?? 0) & (1 << (keycode & 7))) !== 0;
    if (isDown) fakeKey(x, xtest, { keycode, isDown: false });
  }
  for (const button of Object.values(X_BUTTON)) xtest.FakeInput(FAKE.buttonRelease, button, 0, 0, 0, 0);
  await x.ask<unknown>((done) => x.client.GetInputFocus(done));
}
