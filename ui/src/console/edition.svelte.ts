import type { EditionChange, EditionPreview, EditionSwitch, EditionView } from '../../../protocol/api/edition.ts';
import { api } from '../api.ts';
import { live } from '../live.svelte.ts';
import { Resource, Task } from '../resource.svelte.ts';
import { drafted, isOnIn, rebased, turned } from './edition-draft.ts';

/** Sessions come and go while somebody thinks about it. */
const PREVIEW_EVERY_MS = 5000;

/** Where remote assistance is available: as it is, and as somebody is about to change it. */
export class EditionSettings {
  readonly present = new Resource<EditionView>(async () => this.#seen(await api.edition()));
  /** What applying the draft would bring about; null without a draft. */
  readonly preview = new Resource<EditionPreview | null>(async () =>
    this.draft.length === 0 ? null : api.previewEdition(this.draft),
  );
  readonly applying = new Task();
  draft = $state.raw<readonly EditionChange[]>([]);

  start = (): (() => void) => {
    void this.present.reload();
    const timer = setInterval(() => {
      if (this.draft.length > 0 && document.visibilityState === 'visible') void this.preview.reload();
    }, PREVIEW_EVERY_MS);
    const stopLive = live.listen({
      onMessage: (hint) => {
        if (hint.type === 'edition/changed') void this.present.reload();
      },
      onResync: () => void this.present.reload(),
    });
    return () => {
      clearInterval(timer);
      stopLive();
    };
  };

  isOn(edition: EditionView, which: EditionSwitch): boolean {
    return drafted(this.draft, which)?.isOn ?? isOnIn(edition, which);
  }

  isChanged(which: EditionSwitch): boolean {
    return drafted(this.draft, which) !== undefined;
  }

  turn(edition: EditionView, change: EditionChange): void {
    this.#keep(turned(edition, this.draft, change));
  }

  discard = (): void => {
    this.#keep([]);
    this.applying.error = null;
  };

  /** True: done. */
  apply = async (): Promise<boolean> => {
    const version = this.present.value?.version;
    if (version === undefined || this.draft.length === 0) return false;
    const applied = await this.applying.run(() => api.changeEdition({ version, changes: [...this.draft] }));
    if (applied) {
      this.#keep([]);
      this.present.set(applied);
    } else void this.present.reload();
    return applied !== undefined;
  };

  #seen(edition: EditionView): EditionView {
    this.#keep(rebased(edition, this.draft));
    return edition;
  }

  #keep(draft: readonly EditionChange[]): void {
    this.draft = draft;
    void this.preview.reload();
  }
}
