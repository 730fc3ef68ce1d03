/** What is on the desktop right now: windows, consent window, banner, and when the local person last touched anything. */
import { isConsentFocused } from './input.gate.ts';
import type { DesktopWindow, Platform, Rect } from '../platform/platform.ts';

export interface DesktopView {
  windows: readonly DesktopWindow[];
  consentPids: ReadonlySet<number>;
  banner: Rect | undefined;
  lastLocalInputAt: number;
}

export class DesktopWatch {
  readonly #platform: Platform;
  readonly #consentPids: () => ReadonlySet<number>;
  readonly #onError: (cause: unknown) => void;
  #windows: readonly DesktopWindow[] = [];
  /** Read with the list of windows, after it: whoever owns a window on that list was running by then. */
  #pids: ReadonlySet<number> = new Set();
  #lastLocalInputAt = 0;
  #reading: Promise<void> | undefined;
  #isStale = false;
  #onLocalInput: () => void = () => undefined;
  #onConsentFocus: () => void = () => undefined;

  constructor(
    platform: Platform,
    options: { consentPids: () => ReadonlySet<number>; now: () => number; onError: (cause: unknown) => void },
  ) {
    this.#platform = platform;
    this.#consentPids = options.consentPids;
    this.#onError = options.onError;
    platform.windows.onChange(() => void this.refresh());
    platform.localInput.onLocalInput(() => {
      this.#lastLocalInputAt = options.now();
      this.#onLocalInput();
    });
  }

  onLocalInput(listener: () => void): void {
    this.#onLocalInput = listener;
  }

  /** The keyboard went to the consent window, or may have. */
  onConsentFocus(listener: () => void): void {
    this.#onConsentFocus = listener;
  }

  view(): DesktopView {
    return {
      windows: this.#windows,
      consentPids: this.#pids,
      banner: this.#platform.overlay.bannerBounds(),
      lastLocalInputAt: this.#lastLocalInputAt,
    };
  }

  /** Rectangles nobody but the local person may see, in desktop coordinates: the consent window and the banner. */
  masks(): Rect[] {
    const { windows, consentPids, banner } = this.view();
    const own = windows.filter((window) => window.pid !== undefined && consentPids.has(window.pid));
    const masks = own.map((window) => window.bounds);
    return banner === undefined ? masks : [...masks, banner];
  }

  /** Reads the window list again; calls while a reading is under way lead to one more. */
  refresh(): Promise<void> {
    if (this.#reading !== undefined) {
      this.#isStale = true;
      return this.#reading;
    }
    this.#reading = this.#read().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  async #read(): Promise<void> {
    do {
      this.#isStale = false;
      try {
        const windows = await this.#platform.windows.list();
        this.#pids = this.#consentPids();
        this.#windows = windows;
      } catch (cause) {
        this.#onError(cause);
      }
      if (isConsentFocused(this.view())) this.#onConsentFocus();
    } while (this.#isStale);
  }
}
