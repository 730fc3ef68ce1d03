import type { Impact } from '../../../protocol/api/desk.ts';
import { api } from '../api.ts';
import { Resource, Task } from '../resource.svelte.ts';
import { router } from '../router.svelte.ts';
import { checkFiles, type FileRefusal } from './attachment-rule.ts';
import { forgetDraft, readDraft, writeDraft, type AskDraft } from './ask-draft.ts';
import { uploads } from './uploads.svelte.ts';

/** A request being written. */
export class Ask {
  draft = $state<AskDraft>(readDraft());
  files = $state.raw<readonly File[]>([]);
  refused = $state.raw<readonly FileRefusal[]>([]);
  isCategoryMissing = $state(false);
  isSymptomMissing = $state(false);
  readonly task = new Task();
  readonly categories = new Resource(async () => (await api.categories()).categories.filter((one) => one.isActive));

  constructor(categoryId: string) {
    if (categoryId !== '') this.chooseCategory(categoryId);
    void this.categories.reload();
  }

  keep = (): void => {
    writeDraft($state.snapshot(this.draft));
    if (this.draft.symptom.trim() !== '') this.isSymptomMissing = false;
    if (this.draft.categoryId !== '') this.isCategoryMissing = false;
  };

  chooseCategory = (id: string): void => {
    this.draft.categoryId = id;
    this.keep();
  };

  chooseImpact = (impact: Impact): void => {
    this.draft.impact = impact;
    this.keep();
  };

  addFiles = (added: readonly File[]): void => {
    const { accepted, refused } = checkFiles(added, this.files.length);
    this.files = [...this.files, ...accepted];
    this.refused = refused;
  };

  removeFile = (file: File): void => {
    this.files = this.files.filter((one) => one !== file);
  };

  /** Sends the text; the files follow while the page of the request is already there. */
  submit = async (): Promise<void> => {
    const { categoryId, impact, symptom, tried, expected } = this.draft;
    const isKnown = this.categories.value?.some((one) => one.id === categoryId) === true;
    this.isCategoryMissing = !isKnown;
    this.isSymptomMissing = symptom.trim() === '';
    if (this.isCategoryMissing || this.isSymptomMissing) return;
    const request = await this.task.run(() => api.createRequest({ categoryId, impact, symptom, tried, expected }));
    if (!request) return;
    forgetDraft();
    uploads.add(request.id, this.files);
    router.go(`/requests/${request.id}`, { replace: true });
  };
}
