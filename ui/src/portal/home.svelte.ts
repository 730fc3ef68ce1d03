import { api } from '../api.ts';
import { live } from '../live.svelte.ts';
import { Resource } from '../resource.svelte.ts';
import { router } from '../router.svelte.ts';
import { readDraft, writeDraft } from './ask-draft.ts';

/** The employee's start page. */
export class Home {
  symptom = $state('');
  readonly categories = new Resource(async () => (await api.categories()).categories.filter((one) => one.isActive));
  readonly requests = new Resource(async () => (await api.requests()).requests);
  readonly open = $derived((this.requests.value ?? []).filter((one) => one.closedAt === null));
  readonly closed = $derived((this.requests.value ?? []).filter((one) => one.closedAt !== null));

  start = (): (() => void) => {
    void this.categories.reload();
    void this.requests.reload();
    return live.listen({
      onMessage: (hint) => {
        if (hint.type === 'request/changed' || hint.type === 'session/changed') void this.requests.reload();
      },
      onResync: () => void this.requests.reload(),
    });
  };

  /** Starts a request with what was typed into the search box. */
  ask(): void {
    if (this.symptom.trim() !== '') writeDraft({ ...readDraft(), symptom: this.symptom });
    router.go('/ask');
  }
}
