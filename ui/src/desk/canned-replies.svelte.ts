import type { CannedReply } from '../../../protocol/api/queues.ts';
import { api } from '../api.ts';
import type { Suggestion } from '../chat/suggestions.ts';
import { t } from '../i18n/i18n.svelte.ts';
import { Resource, Task } from '../resource.svelte.ts';
import { fillReply } from './canned.ts';

interface Names {
  employee: string;
  agent: string;
}

/** Where a reply is put: the message that is being written. */
interface Target {
  insert(text: string): void;
}

/** The canned replies of this person and of the desk. */
export class CannedReplies {
  readonly all = new Resource<CannedReply[]>(async () => (await api.cannedReplies()).replies);
  target = $state.raw<Target | null>(null);

  start = (): void => void this.all.reload();

  find(id: string | undefined): CannedReply | null {
    return this.all.value?.find((reply) => reply.id === id) ?? null;
  }

  suggestionsFor(names: Names): Suggestion[] {
    return (this.all.value ?? []).map(({ id, title, text, isShared }) => {
      const detail = isShared ? t('replies.shared') : t('replies.own');
      return { id, title, text: fillReply(text, names), detail };
    });
  }

  /** For `$effect`: as long as this conversation is open, commands insert into it. */
  insertInto(target: Target | null): () => void {
    this.target = target;
    return () => {
      if (this.target === target) this.target = null;
    };
  }
}

/** One reply being written. */
export class ReplyForm {
  title = $state('');
  text = $state('');
  isShared = $state(false);
  isTitleMissing = $state(false);
  isTextMissing = $state(false);
  readonly task = new Task();
  readonly removing = new Task();
  readonly #replies: CannedReplies;
  readonly #id: string | null;

  constructor(reply: CannedReply | null, replies: CannedReplies) {
    this.#replies = replies;
    this.#id = reply?.id ?? null;
    this.title = reply?.title ?? '';
    this.text = reply?.text ?? '';
    this.isShared = reply?.isShared ?? false;
  }

  /** True: done. */
  save = async (): Promise<boolean> => {
    this.isTitleMissing = this.title.trim() === '';
    this.isTextMissing = this.text.trim() === '';
    if (this.isTitleMissing || this.isTextMissing) return false;
    const { title, text, isShared } = this;
    const body = { title, text, isShared };
    const id = this.#id;
    const saved = await this.task.run(() => (id === null ? api.addCannedReply(body) : api.changeCannedReply(id, body)));
    if (!saved) return false;
    await this.#replies.all.reload();
    return true;
  };

  remove = async (): Promise<boolean> => {
    const id = this.#id;
    if (id === null) return false;
    await this.removing.run(() => api.removeCannedReply(id));
    if (this.removing.error) return false;
    await this.#replies.all.reload();
    return true;
  };
}
