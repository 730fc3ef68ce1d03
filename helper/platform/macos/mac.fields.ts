/**
 * Password fields and panels for files. Of password fields only the one that has the keyboard is found: to look through
 * everything that programs show would take them seconds.
 */
import type { SensitiveField, SensitiveFields, TerminalEcho } from '../platform.ts';
import { filePanelsOf, focusedField, focusedProgram } from './accessibility.ts';
import { executableOf } from './mac.processes.ts';
import { displayMap } from './mac.screens.ts';
import { isSecureInput } from './secure.input.ts';
import { sensitiveFields, typesPassword } from './sensitive.facts.ts';
import type { SensitiveFacts } from './sensitive.facts.ts';
import { isSeen } from './window.facts.ts';
import { listedWindows, windowLevels } from './window.list.ts';

const LOOK_EVERY_MS = 100;
/** Looking takes a tenth of the time at most, however many programs there are and however slow they answer. */
const REST = 9;

export class MacFields implements SensitiveFields {
  /** Not all are found: the sharer is told. */
  readonly isAvailable = false;
  readonly #listeners = new Set<() => void>();
  readonly #onError: (error: unknown) => void;
  #timer: NodeJS.Timeout | undefined;
  #panels: SensitiveFacts['panels'] = [];
  #panelsAt = 0;
  #found: readonly SensitiveField[] = [];
  #told = '[]';

  constructor(onError: (error: unknown) => void) {
    this.#onError = onError;
    this.#look();
  }

  /** Which field has the keyboard is asked now, since remote keys go by it. */
  fields(): readonly SensitiveField[] {
    this.#found = this.#read();
    return this.#found;
  }

  onChange(listener: () => void): void {
    this.#listeners.add(listener);
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#listeners.clear();
  }

  #read(): SensitiveField[] {
    const levels = windowLevels();
    const windows = listedWindows().filter((window) => isSeen(window, levels));
    return sensitiveFields({
      displays: displayMap(),
      windows,
      executableOf,
      focused: focusedField(),
      panels: this.#panels,
    });
  }

  #look(): void {
    try {
      this.#readPanels();
      const told = JSON.stringify(this.fields());
      const isNew = told !== this.#told;
      this.#told = told;
      if (isNew) for (const listener of this.#listeners) listener();
    } catch (error) {
      this.#onError(error);
    }
    this.#timer = setTimeout(() => this.#look(), LOOK_EVERY_MS);
    this.#timer.unref();
  }

  #readPanels(): void {
    const startedAt = performance.now();
    if (startedAt < this.#panelsAt) return;
    const pids = new Set(listedWindows().flatMap(({ pid, layer }) => (layer === windowLevels().normal ? [pid] : [])));
    this.#panels = [...pids].flatMap((pid) => filePanelsOf(pid).map((place) => ({ pid, place })));
    const now = performance.now();
    this.#panelsAt = now + REST * (now - startedAt);
  }
}

/** Terminals and whatever else secures the keyboard. */
export class MacTerminals implements TerminalEcho {
  readonly #listeners = new Set<() => void>();
  readonly #timer: NodeJS.Timeout;
  #was = false;

  constructor() {
    this.#timer = setInterval(() => this.#look(), LOOK_EVERY_MS / 2);
    this.#timer.unref();
  }

  readsPassword(pid: number): boolean {
    const isSecure = isSecureInput();
    return isSecure && typesPassword(pid, { isSecure, focusedPid: focusedProgram()?.pid });
  }

  onChange(listener: () => void): void {
    this.#listeners.add(listener);
  }

  close(): void {
    clearInterval(this.#timer);
    this.#listeners.clear();
  }

  #look(): void {
    const isSecure = isSecureInput();
    if (isSecure === this.#was) return;
    this.#was = isSecure;
    for (const listener of this.#listeners) listener();
  }
}
