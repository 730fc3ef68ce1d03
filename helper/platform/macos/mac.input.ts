/** Pointer and keyboard by events of our own (posted.events.ts). */
import { setTimeout as sleep } from 'node:timers/promises';
import { InputOrder } from '../input.order.ts';
import type { InputInjector, PointerButton } from '../platform.ts';
import { MAX_WHEEL_CLICKS } from '../wheel.ts';
import { charactersOf, isTyped, keyCodeOf } from '../typed.text.ts';
import { isModifier, keyOf, withModifiers } from './mac.keys.ts';
import { displayMap } from './mac.screens.ts';
import { buttonEvent, ClickCounter, moveEvent } from './pointer.facts.ts';
import { EventPost, pointerPlace } from './posted.events.ts';

/** Lines of text that one click of a wheel turns, as on other systems. */
const LINES_A_CLICK = 3;
/** Characters sent before others get their turn, so that stopping takes effect soon and no program's queue overflows. */
const CHUNK = 16;

export function openMacInput(): InputInjector {
  return new MacInput();
}

class MacInput implements InputInjector {
  readonly #post = new EventPost();
  readonly #keys = new Map<string, number>();
  readonly #buttons = new Set<PointerButton>();
  readonly #clicks = new ClickCounter();
  readonly #order = new InputOrder(() => !this.#isClosed);
  #isClosed = false;
  #wheelX = 0;
  #wheelY = 0;

  movePointer(x: number, y: number): void {
    this.#order.act(() => {
      const at = displayMap().toPoint({ x: Math.round(x), y: Math.round(y) });
      this.#post.pointer(moveEvent(this.#buttons), at, { clicks: 0, flags: this.#flags });
    });
  }

  pressButton(button: PointerButton, isDown: boolean): void {
    this.#order.act(() => {
      if (isDown) this.#buttons.add(button);
      else this.#buttons.delete(button);
      const at = pointerPlace();
      const time = performance.now();
      const clicks = isDown ? this.#clicks.press({ button, at, time }) : this.#clicks.release(button);
      this.#post.pointer(buttonEvent(button, isDown), at, { clicks, flags: this.#flags });
    });
  }

  scroll(deltaX: number, deltaY: number): void {
    this.#order.act(() => {
      const [right, down] = [Math.trunc(this.#wheelX + deltaX), Math.trunc(this.#wheelY + deltaY)];
      this.#wheelX += deltaX - right;
      this.#wheelY += deltaY - down;
      if (right === 0 && down === 0) return;
      this.#post.wheel(limited(right) * LINES_A_CLICK, limited(down) * LINES_A_CLICK, this.#flags);
    });
  }

  pressKey(code: string, isDown: boolean): boolean {
    const key = keyOf(code);
    if (key === undefined) return false;
    this.#order.act(() => {
      if (isDown) this.#keys.set(code, key);
      else this.#keys.delete(code);
      this.#post.key(key, isDown, this.#flags);
    });
    return true;
  }

  typeText(text: string): Promise<void> {
    return this.#order.type((isStopped) => this.#type(charactersOf(text), isStopped));
  }

  releaseAll(): void {
    this.#order.drop();
    this.#wheelX = this.#wheelY = 0;
    for (const [code, key] of [...this.#keys]) {
      this.#keys.delete(code);
      this.#post.key(key, false, this.#flags);
    }
    for (const button of [...this.#buttons]) {
      this.#buttons.delete(button);
      this.#post.pointer(buttonEvent(button, false), pointerPlace(), { clicks: 1, flags: this.#flags });
    }
  }

  close(): void {
    if (this.#isClosed) return;
    this.releaseAll();
    this.#isClosed = true;
    this.#post.close();
  }

  /** Events carry the modifiers themselves, so that nothing has to be let go for text: it is sent without any. */
  async #type(characters: readonly string[], isStopped: () => boolean): Promise<void> {
    for (let at = 0; at < characters.length && !isStopped(); at += CHUNK) {
      for (const character of characters.slice(at, at + CHUNK)) this.#typeOne(character);
      await sleep(1);
    }
  }

  /** Line ends, tabs and Backspace are keys, other control characters are left out. */
  #typeOne(character: string): void {
    const key = keyOf(keyCodeOf(character));
    if (key !== undefined) for (const isDown of [true, false]) this.#post.key(key, isDown, withoutModifiers);
    else if (isTyped(character)) this.#post.text(character, withoutModifiers);
  }

  readonly #flags = (given: number): number => withModifiers(given, [...this.#keys.keys()].filter(isModifier));
}

function withoutModifiers(given: number): number {
  return withModifiers(given, []);
}

function limited(clicks: number): number {
  return Math.max(-MAX_WHEEL_CLICKS, Math.min(MAX_WHEEL_CLICKS, clicks));
}
