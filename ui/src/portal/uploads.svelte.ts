import type { ApiError } from '../api-error.ts';
import { asApiError } from '../api-error.ts';
import { api } from '../api.ts';

export interface Upload {
  readonly id: number;
  readonly requestId: string;
  readonly file: File;
  /** 0 to 1. */
  progress: number;
  error: ApiError | null;
}

/** Files on their way to the server, one after the other, whichever page is open. */
class Uploads {
  all = $state<Upload[]>([]);
  #next = 1;
  #isRunning = false;
  #onDone = new Set<(requestId: string) => void>();

  add(requestId: string, files: readonly File[]): void {
    for (const file of files) this.all.push({ id: this.#next++, requestId, file, progress: 0, error: null });
    void this.#run();
  }

  of(requestId: string): Upload[] {
    return this.all.filter((upload) => upload.requestId === requestId);
  }

  retry = (id: number): void => {
    const upload = this.all.find((one) => one.id === id);
    if (upload) upload.error = null;
    void this.#run();
  };

  discard = (id: number): void => {
    this.all = this.all.filter((one) => one.id !== id);
  };

  /** Calls back after each file that arrived; made for `$effect`. */
  listen(onDone: (requestId: string) => void): () => void {
    this.#onDone.add(onDone);
    return () => this.#onDone.delete(onDone);
  }

  async #run(): Promise<void> {
    if (this.#isRunning) return;
    this.#isRunning = true;
    for (let next = this.#waiting(); next; next = this.#waiting()) await this.#send(next);
    this.#isRunning = false;
  }

  #waiting(): Upload | undefined {
    return this.all.find((upload) => upload.error === null);
  }

  async #send(upload: Upload): Promise<void> {
    try {
      await api.attach(upload.requestId, upload.file, (part) => (upload.progress = part));
      this.discard(upload.id);
      for (const tell of this.#onDone) tell(upload.requestId);
    } catch (thrown) {
      upload.error = asApiError(thrown);
    }
  }
}

export const uploads = new Uploads();
