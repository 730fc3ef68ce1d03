/** From DOM events on the picture to input messages. Framework-free; the page decides when input is on. */
import type { InputMessage } from '../../../protocol/stream.ts';

export interface InputCaptureOptions {
  /** The element that shows the picture and has the focus while input is on. */
  surface: HTMLElement;
  /** Where in the remote picture a point of the page is, in whole pixels; undefined where nothing may be operated. */
  toPicture: (clientX: number, clientY: number) => { x: number; y: number } | undefined;
  /** A press there, which is not sent. */
  onBlocked: (clientX: number, clientY: number) => void;
  isOn: () => boolean;
  send: (message: InputMessage) => void;
}

/** Movements are sent at most this often; a click sends the last one first. */
const MOVE_INTERVAL_MS = 8;
/** One wheel click in CSS pixels, in lines and in pages (WheelEvent.deltaMode 0, 1, 2). */
const WHEEL_UNITS = [100, 3, 1] as const;
/** Bits of `PointerEvent.buttons` by `PointerEvent.button` (Pointer Events §4.2.3). */
const BUTTON_BITS = [1, 4, 2, 8, 16] as const;
/** What the browser keeps for itself although the page asks; the special-keys menu sends these. */
const LEFT_TO_THE_BROWSER = new Set(['F11', 'F12']);
const MAX_TEXT = 1000;

export class InputCapture {
  readonly #options: InputCaptureOptions;
  readonly #heldKeys = new Set<string>();
  readonly #aborter = new AbortController();
  #lastMoveAt = 0;
  #pendingMove: { x: number; y: number } | undefined;
  #moveTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: InputCaptureOptions) {
    this.#options = options;
    this.#listenToPointer(options.surface);
    this.#listenToKeys(options.surface);
  }

  close(): void {
    this.releaseAll();
    this.#aborter.abort();
    clearTimeout(this.#moveTimer);
  }

  releaseAll(): void {
    this.#heldKeys.clear();
    this.#options.send({ type: 'release-all' });
  }

  /** Input is held back: what is down now is let go by the other end, and does not come down again by itself. */
  forget(): void {
    this.#heldKeys.clear();
    this.#pendingMove = undefined;
  }

  /** A key combination from the menu, such as Ctrl+Alt+Delete: pressed in order, released in reverse. */
  pressCombination(codes: readonly string[]): void {
    if (!this.#options.isOn()) return;
    for (const code of codes) this.#options.send({ type: 'key', code, isDown: true });
    for (const code of codes.toReversed()) this.#options.send({ type: 'key', code, isDown: false });
  }

  typeText(text: string): void {
    if (!this.#options.isOn()) return;
    const characters = [...text];
    for (let at = 0; at < characters.length; at += MAX_TEXT / 2) {
      this.#options.send({ type: 'text', text: characters.slice(at, at + MAX_TEXT / 2).join('') });
    }
  }

  #listenToPointer(surface: HTMLElement): void {
    const { signal } = this.#aborter;
    surface.addEventListener('pointermove', (event) => this.#move(event), { signal });
    surface.addEventListener('pointerdown', (event) => this.#button(event, true), { signal });
    surface.addEventListener('pointerup', (event) => this.#button(event, false), { signal });
    surface.addEventListener('pointercancel', () => this.releaseAll(), { signal });
    surface.addEventListener('wheel', (event) => this.#wheel(event), { signal, passive: false });
    for (const type of ['contextmenu', 'auxclick', 'dragstart'] as const) {
      surface.addEventListener(type, (event) => this.#options.isOn() && event.preventDefault(), { signal });
    }
  }

  #listenToKeys(surface: HTMLElement): void {
    const { signal } = this.#aborter;
    surface.addEventListener('keydown', (event) => this.#key(event, true), { signal });
    surface.addEventListener('keyup', (event) => this.#key(event, false), { signal });
    surface.addEventListener('compositionend', (event) => this.typeText(event.data), { signal });
    // A key that is let go while another window has the focus is never reported: let go of everything.
    surface.addEventListener('blur', () => this.releaseAll(), { signal });
    document.addEventListener('visibilitychange', () => document.hidden && this.releaseAll(), { signal });
  }

  #move(event: PointerEvent): void {
    if (!this.#options.isOn()) return;
    // A button that changes while another is held comes as a movement (Pointer Events, chorded button interactions).
    const bit = BUTTON_BITS[event.button];
    if (bit !== undefined) return this.#button(event, (event.buttons & bit) !== 0);
    this.#pendingMove = this.#options.toPicture(event.clientX, event.clientY) ?? this.#pendingMove;
    const wait = this.#lastMoveAt + MOVE_INTERVAL_MS - performance.now();
    if (wait <= 0) return this.#flushMove();
    this.#moveTimer ??= setTimeout(() => this.#flushMove(), wait);
  }

  #flushMove(): void {
    clearTimeout(this.#moveTimer);
    this.#moveTimer = undefined;
    const move = this.#pendingMove;
    if (move === undefined || !this.#options.isOn()) return;
    this.#pendingMove = undefined;
    this.#lastMoveAt = performance.now();
    this.#options.send({ type: 'pointer/move', ...move });
  }

  #button(event: PointerEvent, isDown: boolean): void {
    if (!this.#options.isOn()) return;
    const { surface, toPicture, onBlocked, send } = this.#options;
    event.preventDefault();
    surface.focus({ preventScroll: true });
    const at = toPicture(event.clientX, event.clientY);
    // A drag goes on outside the picture: its end must arrive.
    if (isDown) surface.setPointerCapture(event.pointerId);
    const { button } = event;
    if (at === undefined) return isDown ? onBlocked(event.clientX, event.clientY) : this.releaseAll();
    this.#pendingMove = undefined;
    if (button === 0 || button === 1 || button === 2 || button === 3 || button === 4) {
      send({ type: 'pointer/button', ...at, button, isDown });
    }
  }

  #wheel(event: WheelEvent): void {
    if (!this.#options.isOn()) return;
    event.preventDefault();
    const at = this.#options.toPicture(event.clientX, event.clientY);
    if (at === undefined) return;
    const unit = WHEEL_UNITS[event.deltaMode] ?? WHEEL_UNITS[0];
    const clicks = (delta: number): number => Math.max(-50, Math.min(50, delta / unit));
    this.#options.send({ type: 'pointer/wheel', ...at, deltaX: clicks(event.deltaX), deltaY: clicks(event.deltaY) });
  }

  #key(event: KeyboardEvent, isDown: boolean): void {
    if (!this.#options.isOn() || isLeft(event)) return;
    event.preventDefault();
    event.stopPropagation();
    // A key that goes on being held from before input was on was not meant for this screen.
    if (isDown && event.repeat && !this.#heldKeys.has(event.code)) return;
    if (isDown) this.#heldKeys.add(event.code);
    else if (!this.#heldKeys.delete(event.code)) return;
    this.#options.send({ type: 'key', code: event.code, isDown });
    // macOS reports no release of a key that was pressed together with Command.
    if (!isDown && event.code.startsWith('Meta')) this.#releaseKeys();
  }

  #releaseKeys(): void {
    for (const code of this.#heldKeys) this.#options.send({ type: 'key', code, isDown: false });
    this.#heldKeys.clear();
  }
}

/** For the browser, or for an input method, whose result comes as text: 229 and an empty code say that one is at work. */
function isLeft({ isComposing, code, keyCode }: KeyboardEvent): boolean {
  return isComposing || LEFT_TO_THE_BROWSER.has(code) || code === '' || keyCode === 229;
}
