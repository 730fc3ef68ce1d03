/**
 * Password fields that programs draw themselves, kept as UI Automation told them last (windows.automation.ts). It is asked
 * at its own pace, so that a program that hangs holds up nothing but the next question.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { intersect } from '../../pipeline/rects.ts';
import { LatestOnly } from '../latest-only.ts';
import type { Rect, SensitiveField } from '../platform.ts';
import { Automation } from './windows.automation.ts';
import { isShown, outerBounds, threadAndPidOf, topLevelWindows } from './win32.windows.ts';

/** Asking makes other programs work: a tenth of the time at most, and not more often than this. */
const REST_MS = 100;
const REST_SHARE = 9;

/** A field in a window, relative to its corner: windows are moved more often than their fields. */
interface Drawn {
  top: number;
  within: Rect;
}

export class DrawnFields {
  readonly #focusedControl: () => number;
  readonly #onChange: () => void;
  readonly #onError: (error: unknown) => void;
  readonly #automation = Automation.open();
  readonly #search = new LatestOnly(() => this.#searchAll());
  readonly #ask = new LatestOnly(() => this.#askFocused());
  #found: readonly Drawn[] = [];
  #focused: { control: number; bounds: Rect } | undefined;
  #isClosed = false;

  constructor(options: {
    /** The control that gets the keys; 0 for none. */
    focusedControl: () => number;
    onChange: () => void;
    onError: (error: unknown) => void;
  }) {
    this.#focusedControl = options.focusedControl;
    this.#onChange = options.onChange;
    this.#onError = options.onError;
  }

  /** Something may be another now. */
  look(): void {
    if (this.#isClosed) return;
    this.#search.run().catch(this.#onError);
    this.#ask.run().catch(this.#onError);
  }

  fields(): SensitiveField[] {
    const fields = this.#found.flatMap(({ top, within }) => (isShown(top) ? placed(top, within) : []));
    const focus = this.#focusedControl();
    if (focus === 0 || this.#focused?.control !== focus) return fields;
    return [...fields, field(focus, this.#focused.bounds, true)];
  }

  close(): void {
    this.#isClosed = true;
  }

  async #searchAll(): Promise<void> {
    const automation = await this.#automation;
    if (automation === undefined) return;
    const startedAt = performance.now();
    const found: Drawn[] = [];
    for (const top of topLevelWindows().filter(isShown)) {
      if (this.#isClosed) return;
      if (threadAndPidOf(top).pid === process.pid) continue;
      const { x, y } = outerBounds(top);
      for (const place of await automation.passwordsIn(top))
        found.push({ top, within: { ...place, x: place.x - x, y: place.y - y } });
    }
    this.#found = found;
    this.#onChange();
    await sleep(Math.max(REST_MS, REST_SHARE * (performance.now() - startedAt)), undefined, { ref: false });
  }

  async #askFocused(): Promise<void> {
    const automation = await this.#automation;
    if (automation === undefined || this.#isClosed) return;
    const control = this.#focusedControl();
    const bounds = await automation.focusedPassword();
    // Whose it is cannot be told when the keyboard has moved meanwhile; that is news, and it is asked again.
    this.#focused = control === this.#focusedControl() && bounds !== undefined ? { control, bounds } : undefined;
    this.#onChange();
  }
}

/** Where its window is now, as far as it is within. */
function placed(top: number, within: Rect): SensitiveField[] {
  const window = outerBounds(top);
  const bounds = intersect({ ...within, x: within.x + window.x, y: within.y + window.y }, window);
  return bounds === undefined ? [] : [field(top, bounds, false)];
}

function field(hwnd: number, bounds: Rect, isFocused: boolean): SensitiveField {
  return { kind: 'password', bounds, pid: threadAndPidOf(hwnd).pid, isFocused };
}
