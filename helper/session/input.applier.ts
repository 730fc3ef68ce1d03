/** Applies remote input that the gate lets through, and says why when it does not. */
import { decodeMessage, inputMessage, type InputMessage, type InputRefusal } from '../../protocol/stream.ts';
import type { InputInjector, Rect } from '../platform/platform.ts';

/** Messages that may wait, for what is known of the desktop or behind text. A flood is dropped, not stored. */
const MAX_WAITING = 256;
/** Code points typed at once. Between two pieces the gate is asked again. */
const PIECE = 64;

export interface InputGate {
  /** Makes what is known of the desktop true for this moment. */
  look(message: InputMessage): Promise<void>;
  /** Undefined when it may be applied. `held`: codes of keys that are held from afar. */
  judge(message: InputMessage, held: ReadonlySet<string>): InputRefusal | undefined;
}

export interface InputApplierOptions {
  input: InputInjector;
  gate: InputGate;
  screen: () => Rect;
  onRefused: (reason: InputRefusal | 'invalid' | 'too-fast') => void;
  onError: (cause: unknown) => void;
}

export class InputApplier {
  readonly #options: InputApplierOptions;
  /** One after the other: each waits for a look at the desktop. */
  #queue: Promise<void> = Promise.resolve();
  #waiting = 0;
  /** Raised by `release`: what was waiting then is dropped. */
  #generation = 0;
  readonly #held = new Set<string>();
  /** Held by the agent, refused as shortcuts: what is pressed with them belongs to them. */
  readonly #withheld = new Set<string>();
  readonly #heldButtons = new Set<number>();

  constructor(options: InputApplierOptions) {
    this.#options = options;
  }

  receive(payload: Uint8Array): void {
    const message = decodeMessage(inputMessage, payload);
    if (message === undefined) return this.#options.onRefused('invalid');
    if (this.#waiting >= MAX_WAITING) {
      // What is lost may be a release, so that nothing may stay held.
      this.release();
      return this.#options.onRefused('too-fast');
    }
    const generation = this.#generation;
    this.#waiting += 1;
    this.#queue = this.#queue
      .then(() => this.#applyInTurn(message, generation))
      .catch(this.#options.onError)
      .finally(() => (this.#waiting -= 1));
  }

  /** Nothing stays held, and what still waits is never applied. */
  release(): void {
    this.#generation += 1;
    this.#releaseAll();
  }

  async #applyInTurn(message: InputMessage, generation: number): Promise<void> {
    if (message.type !== 'text') {
      if (await this.#isAllowed(message, generation)) this.#inject(message);
      return;
    }
    const characters = [...message.text];
    for (let at = 0; at < characters.length; at += PIECE) {
      if (!(await this.#isAllowed(message, generation))) return;
      await this.#options.input.typeText(characters.slice(at, at + PIECE).join(''));
    }
  }

  #inject(message: InputMessage): void {
    const { input } = this.#options;
    if (message.type === 'key' && !message.isDown) this.#withheld.delete(message.code);
    if ('isDown' in message && !message.isDown && !this.#holds(message)) return;
    if ('x' in message && this.#mayMove(message)) {
      const { x: left, y: top } = this.#options.screen();
      input.movePointer(left + message.x, top + message.y);
    }
    if (message.type === 'pointer/button') this.#pressButton(message);
    if (message.type === 'pointer/wheel') input.scroll(message.deltaX, message.deltaY);
    if (message.type === 'key') this.#pressKey(message);
    if (message.type === 'release-all') this.#releaseAll();
  }

  /** Who holds nothing lets nothing go: held back means that not even an event reaches the desktop. */
  #holds(message: Extract<InputMessage, { isDown: boolean }>): boolean {
    return message.type === 'key' ? this.#held.has(message.code) : this.#heldButtons.has(message.button);
  }

  #pressButton({ button, isDown }: Extract<InputMessage, { type: 'pointer/button' }>): void {
    if (isDown) this.#heldButtons.add(button);
    else this.#heldButtons.delete(button);
    this.#options.input.pressButton(button, isDown);
  }

  #pressKey({ code, isDown }: Extract<InputMessage, { type: 'key' }>): void {
    if (isDown) this.#held.add(code);
    else this.#held.delete(code);
    this.#options.input.pressKey(code, isDown);
  }

  #releaseAll(): void {
    this.#held.clear();
    this.#heldButtons.clear();
    this.#withheld.clear();
    this.#options.input.releaseAll();
  }

  /** Letting go of a button is allowed anywhere and at any time; moving the pointer there is another matter. */
  #mayMove({ x, y }: { x: number; y: number }): boolean {
    return this.#options.gate.judge({ type: 'pointer/move', x, y }, this.#held) === undefined;
  }

  /** Judged at the moment of applying, not of arrival. */
  async #isAllowed(message: InputMessage, generation: number): Promise<boolean> {
    if (generation !== this.#generation) return false;
    await this.#options.gate.look(message);
    if (generation !== this.#generation) return false;
    const refusal = this.#options.gate.judge(message, new Set([...this.#held, ...this.#withheld]));
    if (refusal === 'shortcut' && message.type === 'key') this.#withheld.add(message.code);
    if (refusal !== undefined) this.#options.onRefused(refusal);
    return refusal === undefined;
  }
}
