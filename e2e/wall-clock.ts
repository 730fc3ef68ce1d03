/**
 * A clock on the wall that a test sets while a program runs by it, as a person, a time server or a sleep would: Debian's
 * libfaketime, loaded into the program and its children. Their monotonic clock stays the machine's; a desktop's
 * browser keeps both, since it does not start with the library.
 */
import { mkdtempSync, renameSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const LIBRARY = '/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1';

export class WallClock {
  readonly #file = join(mkdtempSync(join(tmpdir(), 'wall-clock-')), 'offset');

  constructor() {
    this.setBy(0);
  }

  /** Environment of a program that goes by this clock. */
  get env(): Record<string, string> {
    return {
      LD_PRELOAD: LIBRARY,
      FAKETIME_TIMESTAMP_FILE: this.#file,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
      NO_FAKE_STAT: '1',
    };
  }

  /** Ahead of the machine's own, or behind it. Replaced in one step, since every reading of the clock reads the file. */
  setBy(seconds: number): void {
    writeFileSync(`${this.#file}.next`, `${seconds < 0 ? '' : '+'}${seconds}\n`);
    renameSync(`${this.#file}.next`, this.#file);
  }
}
