/** What is on the desktop right now: windows, consent window, banner, and when the local person last touched anything. */
import type { DesktopWindow, Place, Platform, Rect } from '../platform/platform.ts';

export interface DesktopView {
  /** Front-most first. */
  windows: readonly DesktopWindow[];
  /** Processes of the consent window. */
  consentPids: ReadonlySet<number>;
  banner: Rect | undefined;
  /** 0 for never. */
  lastLocalInputAt: number;
}

/** A list that never was true at one moment is read again this often at most. */
const MAX_READINGS = 4;

export class DesktopWatch {
  readonly #platform: Platform;
  readonly #consentPids: () => ReadonlySet<number>;
  readonly #onError: (cause: unknown) => void;
  #windows: readonly DesktopWindow[] = [];
  /** Of the display, when the list was read; undefined when it changed meanwhile. */
  #serial: number | undefined;
  /** Read with the list of windows, after it: whoever owns a window on that list was running by then. */
  #pids: ReadonlySet<number> = new Set();
  #lastLocalInputAt = 0;
  #reading: Promise<void> | undefined;
  #isStale = false;
  #onLocalInput: () => void = () => undefined;
  #onChange: () => void = () => undefined;

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

  /** The list was read again. */
  onChange(listener: () => void): void {
    this.#onChange = listener;
  }

  view(): DesktopView {
    return {
      windows: this.#windows,
      consentPids: this.#pids,
      banner: this.#platform.overlay.bannerBounds(),
      lastLocalInputAt: this.#lastLocalInputAt,
    };
  }

  /**
   * The serial of the display for which `view` is true, read again when it is not; undefined when nothing that is known
   * holds, since windows never rest or the display does not answer.
   */
  async current(): Promise<number | undefined> {
    for (let reading = 0; reading < MAX_READINGS; reading++) {
      const serial = await this.#platform.windows.geometrySerial();
      if (serial === this.#serial) return serial;
      await this.refresh();
    }
    return undefined;
  }

  /** As `current`, of the keyboard too. It is asked last: while a list is read the focus may move. */
  async currentFocus(): Promise<number | undefined> {
    for (let reading = 0; reading < MAX_READINGS; reading++) {
      const serial = await this.current();
      if (serial === undefined) return undefined;
      const [isStill] = await Promise.all([this.isStill(serial), this.#readFocus()]);
      if (isStill) return serial;
    }
    return undefined;
  }

  /** Whether nothing has moved since `current` said so. */
  async isStill(serial: number): Promise<boolean> {
    return (await this.#platform.windows.geometrySerial()) === serial;
  }

  /** See `WindowList`; no where there is no such thing. */
  reachesElevated(place?: Place): boolean {
    return this.#platform.windows.reachesElevated?.(place) ?? false;
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

  /** Asks the display who has the keyboard at this moment. */
  async #readFocus(): Promise<void> {
    const id = await this.#platform.windows.focusedWindow();
    if (this.#windows.some((window) => window.isFocused !== (window.id === id))) {
      this.#windows = this.#windows.map((window) => ({ ...window, isFocused: window.id === id }));
    }
  }

  async #read(): Promise<void> {
    do {
      this.#isStale = false;
      try {
        const before = await this.#platform.windows.geometrySerial();
        const windows = await this.#platform.windows.list();
        const after = await this.#platform.windows.geometrySerial();
        this.#pids = this.#consentPids();
        // Our own frames around what is hidden stand over everything and let everything through.
        this.#windows = windows.filter(({ pid }) => pid !== process.pid);
        this.#serial = before === after ? after : undefined;
      } catch (cause) {
        this.#serial = undefined;
        this.#onError(cause);
      }
      this.#onChange();
    } while (this.#isStale);
  }
}
