import type { Timers } from './timers.ts';

/** Timers that run when the test says so. */
export class TestTimers implements Timers {
  readonly #after = new Set<() => void>();
  readonly #every = new Set<() => void>();
  after(_ms: number, run: () => void): () => void {
    this.#after.add(run);
    return () => this.#after.delete(run);
  }
  every(_ms: number, run: () => void): () => void {
    this.#every.add(run);
    return () => this.#every.delete(run);
  }
  runAfter(): void {
    for (const run of [...this.#after]) {
      this.#after.delete(run);
      run();
    }
  }
  runEvery(): void {
    for (const run of [...this.#every]) run();
  }
  get running(): number {
    return this.#every.size + this.#after.size;
  }
}
