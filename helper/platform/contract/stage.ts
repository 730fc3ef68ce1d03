/** What a system gives the contract: the platform as it is there, and real programs and a hand to try it on. */
import type { CaptureMethod, InputInjector, LocalInputWatch, Rect, ScreenCapture, WindowList } from '../platform.ts';

export interface Stage {
  capture: ScreenCapture;
  /** How it takes pictures here. */
  captureMethod: CaptureMethod['name'];
  input: InputInjector;
  localInput: LocalInputWatch;
  windows: WindowList | undefined;
  /** Mouse and keyboard of the device, as hardware. */
  hand: Pick<InputInjector, 'movePointer' | 'pressButton' | 'pressKey'>;
  /** A window of one colour (0xRRGGBB) without a frame, in front, with the keyboard. */
  openWindow(bounds: Rect, colour: number): Promise<StageWindow>;
  /** A program that takes text, in front; a click into it gives it the keyboard. */
  openTextField(bounds: Rect): Promise<TextField>;
  close(): Promise<void>;
}

export interface StageWindow {
  /** In coordinates of the window. */
  paint(rect: Rect, colour: number): Promise<void>;
  moveTo(x: number, y: number): Promise<void>;
  raise(): Promise<void>;
  setPointer(shape: 'arrow' | 'text'): Promise<void>;
  /** What arrived and was not taken yet: `button 0 down`, `wheel 0 1` (right, down), `key KeyA up`. */
  takeEvents(): string[];
  close(): Promise<void>;
}

export interface TextField {
  /** What is in it, lines ending with a line feed. */
  text(): Promise<string>;
  close(): Promise<void>;
}

const DEADLINE_MS = 10_000;

/** Waits until `read` gives a value other than undefined; fails after 10 s with what was waited for. */
export async function eventually<T>(what: string, read: () => T | undefined | Promise<T | undefined>): Promise<T> {
  const giveUpAt = performance.now() + DEADLINE_MS;
  for (;;) {
    const value = await read();
    if (value !== undefined) return value;
    if (performance.now() > giveUpAt) throw new Error(`waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 15));
  }
}
