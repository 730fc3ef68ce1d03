/** Applies remote input that the gate lets through, and says why when it does not. */
import { decodeMessage, inputMessage, type InputMessage } from '../../protocol/stream.ts';
import type { InputInjector, Rect } from '../platform/platform.ts';
import type { DesktopWatch } from './desktop.watch.ts';
import { judgeInput, type InputRefusal } from './input.gate.ts';

/** Messages that may wait behind text that is being typed. More than a person makes; a flood is dropped, not stored. */
const MAX_WAITING = 256;
/** Code points typed at once. Between two pieces the gate is asked again. */
const PIECE = 64;

export interface InputApplierOptions {
  input: InputInjector;
  watch: Pick<DesktopWatch, 'view'>;
  isGranted: () => boolean;
  screen: () => Rect;
  now: () => number;
  onRefused: (reason: InputRefusal | 'invalid' | 'too-fast') => void;
  onError: (cause: unknown) => void;
}

export class InputApplier {
  readonly #options: InputApplierOptions;
  /** Typed text is asynchronous; everything after it waits its turn. */
  #queue: Promise<void> = Promise.resolve();
  #waiting = 0;
  /** Raised by `release`: what was waiting then is dropped. */
  #generation = 0;

  constructor(options: InputApplierOptions) {
    this.#options = options;
  }

  receive(payload: Uint8Array): void {
    const message = decodeMessage(inputMessage, payload);
    if (message === undefined) return this.#options.onRefused('invalid');
    if (message.type !== 'text' && this.#waiting === 0) return this.#apply(message);
    if (this.#waiting >= MAX_WAITING) {
      // What is lost may be a release, so that nothing may stay held.
      this.release();
      return this.#options.onRefused('too-fast');
    }
    const generation = this.#generation;
    this.#waiting += 1;
    this.#queue = this.#queue
      .then(() => this.#applyLater(message, generation))
      .catch(this.#options.onError)
      .finally(() => (this.#waiting -= 1));
  }

  /** Nothing stays held, and what still waits is never applied. */
  release(): void {
    this.#generation += 1;
    this.#options.input.releaseAll();
  }

  async #applyLater(message: InputMessage, generation: number): Promise<void> {
    if (message.type !== 'text') {
      if (generation === this.#generation) this.#apply(message);
      return;
    }
    const characters = [...message.text];
    for (let at = 0; at < characters.length; at += PIECE) {
      if (generation !== this.#generation || !this.#isAllowed(message)) return;
      await this.#options.input.typeText(characters.slice(at, at + PIECE).join(''));
    }
  }

  #apply(message: InputMessage): void {
    if (!this.#isAllowed(message)) return;
    try {
      this.#inject(message);
    } catch (cause) {
      this.#options.onError(cause);
    }
  }

  #inject(message: InputMessage): void {
    const { input } = this.#options;
    if ('x' in message && this.#mayMove(message)) {
      const { x: left, y: top } = this.#options.screen();
      input.movePointer(left + message.x, top + message.y);
    }
    if (message.type === 'pointer/button') input.pressButton(message.button, message.isDown);
    if (message.type === 'pointer/wheel') input.scroll(message.deltaX, message.deltaY);
    if (message.type === 'key') input.pressKey(message.code, message.isDown);
    if (message.type === 'release-all') input.releaseAll();
  }

  /** Letting go of a button is allowed anywhere and at any time; moving the pointer there is another matter. */
  #mayMove({ x, y }: { x: number; y: number }): boolean {
    return this.#judge({ type: 'pointer/move', x, y }) === undefined;
  }

  /** Judged at the moment of applying, not of arrival. */
  #isAllowed(message: InputMessage): boolean {
    const refusal = this.#judge(message);
    if (refusal !== undefined) this.#options.onRefused(refusal);
    return refusal === undefined;
  }

  #judge(message: InputMessage): InputRefusal | undefined {
    const { watch, isGranted, screen, now } = this.#options;
    return judgeInput(message, { ...watch.view(), isGranted: isGranted(), screen: screen(), now: now() });
  }
}
