/**
 * Windows in macOS' own order. Nothing tells of changes of other programs' windows as a whole, so the list is read: often in
 * between, and for each question about it.
 */
import type { DesktopWindow, WindowList } from '../platform.ts';
import { focusedProgram } from './accessibility.ts';
import { executableOf } from './mac.processes.ts';
import { displayMap } from './mac.screens.ts';
import { focusedOf, geometryOf, idOf, isSeen, toWindows } from './window.facts.ts';
import { listedWindows, windowLevels } from './window.list.ts';

const LOOK_EVERY_MS = 100;

export class MacWindows implements WindowList {
  readonly #listeners = new Set<() => void>();
  readonly #timer: NodeJS.Timeout;
  #serial = 0;
  #geometry = '';
  #focused: string | undefined;

  constructor(onError: (error: unknown) => void) {
    this.#look();
    this.#timer = setInterval(() => {
      try {
        this.#look();
      } catch (error) {
        onError(error);
      }
    }, LOOK_EVERY_MS);
    this.#timer.unref();
  }

  list(): Promise<DesktopWindow[]> {
    const executables = new Map<number, string | undefined>();
    return attempt(() =>
      toWindows(listedWindows(), {
        displays: displayMap(),
        levels: windowLevels(),
        focus: focusedProgram(),
        executableOf: (pid) => {
          if (!executables.has(pid)) executables.set(pid, executableOf(pid));
          return executables.get(pid);
        },
      }),
    );
  }

  onChange(listener: () => void): void {
    this.#listeners.add(listener);
  }

  geometrySerial(): Promise<number> {
    return attempt(() => {
      this.#look();
      return this.#serial;
    });
  }

  focusedWindow(): Promise<string | undefined> {
    return attempt(focusedId);
  }

  close(): void {
    clearInterval(this.#timer);
    this.#listeners.clear();
  }

  #look(): void {
    const geometry = geometryOf(listedWindows(), windowLevels());
    const focused = focusedId();
    const isMoved = geometry !== this.#geometry;
    const isFocusMoved = focused !== this.#focused;
    this.#geometry = geometry;
    this.#focused = focused;
    if (isMoved) this.#serial += 1;
    if (isMoved || isFocusMoved) for (const listener of this.#listeners) listener();
  }
}

function focusedId(): string | undefined {
  const focus = focusedProgram();
  if (focus === undefined) return undefined;
  const levels = windowLevels();
  const focused = focusedOf(
    listedWindows().filter((window) => isSeen(window, levels)),
    focus,
  );
  return focused && idOf(focused);
}

/** What cannot be read rejects, as for platforms that wait. */
async function attempt<T>(work: () => T): Promise<T> {
  return await Promise.resolve().then(work);
}
