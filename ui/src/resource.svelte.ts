import { type ApiError, asApiError } from './api-error.ts';

/** Something loaded from the server: its value, whether it is being loaded, what went wrong. The last value stays. */
export class Resource<T> {
  value = $state.raw<T | null>(null);
  error = $state.raw<ApiError | null>(null);
  isLoading = $state(false);
  #load: () => Promise<T>;
  #newest = 0;

  constructor(load: () => Promise<T>) {
    this.#load = load;
  }

  /** Loads, or loads again; of several at once the newest wins. */
  reload = async (): Promise<void> => {
    this.#newest += 1;
    const turn = this.#newest;
    this.isLoading = true;
    try {
      const value = await this.#load();
      if (turn === this.#newest) this.set(value);
    } catch (thrown) {
      if (turn === this.#newest) this.error = asApiError(thrown);
    } finally {
      if (turn === this.#newest) this.isLoading = false;
    }
  };

  /** Takes a newer value that came another way. */
  set(value: T): void {
    this.value = value;
    this.error = null;
  }
}

/** One thing a person can start: busy while it runs, the error if it failed. */
export class Task {
  isBusy = $state(false);
  error = $state.raw<ApiError | null>(null);

  /** Runs `work` unless it already runs. Undefined: it failed and `error` says why, or it was running. */
  async run<T>(work: () => Promise<T>): Promise<T | undefined> {
    if (this.isBusy) return undefined;
    this.isBusy = true;
    this.error = null;
    try {
      return await work();
    } catch (thrown) {
      this.error = asApiError(thrown);
      return undefined;
    } finally {
      this.isBusy = false;
    }
  }
}
