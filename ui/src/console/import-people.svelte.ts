import type {
  Encoding,
  ImportChoices,
  Imported,
  ImportPreview,
  ImportQuestion,
} from '../../../protocol/api/people-import.ts';
import { MAX_IMPORT_BYTES } from '../../../protocol/api/people-import.ts';
import { ApiError } from '../api-error.ts';
import { api } from '../api.ts';
import { Task } from '../resource.svelte.ts';

/** A file of people: chosen, looked at, decided about, imported. The file itself stays in this page until then. */
export class ImportPeople {
  file = $state.raw<File | null>(null);
  preview = $state.raw<ImportPreview | null>(null);
  choices = $state.raw<ImportChoices>({});
  done = $state.raw<Imported | null>(null);
  readonly reading = new Task();
  readonly importing = new Task();
  #bytes: Blob = new Blob();
  #turn = 0;

  readonly willWrite = $derived(
    this.preview?.rows.filter(({ kind }) => kind === 'add' || kind === 'change').length ?? 0,
  );
  readonly isReady = $derived(
    this.preview !== null && this.preview.errorCount === 0 && this.preview.open.length === 0 && this.willWrite > 0,
  );

  choose = async (file: File): Promise<void> => {
    this.file = file;
    this.choices = {};
    this.preview = null;
    this.importing.error = null;
    // Read at once: what is imported is what was shown, even if the file on the disk changes in between.
    const bytes = await this.reading.run(async () => readFile(file));
    if (bytes === undefined) return;
    this.#bytes = bytes;
    await this.#look();
  };

  decide = async <Q extends ImportQuestion>(question: Q, choice: ImportChoices[Q]): Promise<void> => {
    this.choices = { ...this.choices, [question]: choice };
    await this.#look();
  };

  readAs = async (encoding: Encoding): Promise<void> => {
    this.choices = { encoding };
    await this.#look();
  };

  submit = async (): Promise<void> => {
    const preview = this.preview;
    if (!preview || !this.isReady) return;
    const order = { ...this.choices, digest: preview.digest };
    const done = await this.importing.run(() => api.importPeople(this.#bytes, order));
    if (done) this.done = done;
    else await this.#look();
  };

  startAgain = (): void => {
    this.file = null;
    this.preview = null;
    this.choices = {};
    this.done = null;
  };

  /** The newest look wins: somebody may decide twice in a row. */
  async #look(): Promise<void> {
    this.#turn += 1;
    const turn = this.#turn;
    try {
      const preview = await api.previewImport(this.#bytes, this.choices);
      if (turn === this.#turn) this.preview = preview;
      this.reading.error = null;
    } catch (thrown) {
      if (!(thrown instanceof ApiError)) throw thrown;
      if (turn === this.#turn) this.reading.error = thrown;
    }
  }
}

async function readFile(file: File): Promise<Blob> {
  if (file.size > MAX_IMPORT_BYTES) throw new ApiError('request.too-large');
  return new Blob([await file.arrayBuffer()], { type: 'text/csv' });
}
