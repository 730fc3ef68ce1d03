import type { Category } from '../../../protocol/api/desk.ts';
import type { QueueInfo } from '../../../protocol/api/queues.ts';
import { api } from '../api.ts';
import { Resource, Task } from '../resource.svelte.ts';

export class Categories {
  readonly all = new Resource<Category[]>(async () => (await api.categories()).categories);

  readonly queues = new Resource<QueueInfo[]>(async () => (await api.queues()).queues);

  start = (): void => {
    void this.all.reload();
    void this.queues.reload();
  };

  /** Where requests of this category go. */
  queueOf({ queueId }: Pick<Category, 'queueId'>): QueueInfo | null {
    return this.queues.value?.find((one) => (queueId === null ? one.isDefault : one.id === queueId)) ?? null;
  }

  find(id: string | undefined): Category | null {
    return this.all.value?.find((category) => category.id === id) ?? null;
  }
}

/** One category being written, in both languages. */
export class CategoryForm {
  nameEn = $state('');
  nameZh = $state('');
  hintEn = $state('');
  hintZh = $state('');
  icon = $state<Category['icon']>('other');
  /** Empty: the default queue. */
  queueId = $state('');
  isNameMissing = $state(false);
  readonly task = new Task();
  readonly switching = new Task();
  readonly #categories: Categories;
  readonly #id: string | null;

  constructor(category: Category | null, categories: Categories) {
    this.#categories = categories;
    this.#id = category?.id ?? null;
    if (!category) return;
    this.nameEn = category.name.en;
    this.nameZh = category.name['zh-CN'];
    this.hintEn = category.hint.en;
    this.hintZh = category.hint['zh-CN'];
    this.icon = category.icon;
    this.queueId = category.queueId ?? '';
  }

  /** True: done. */
  save = async (): Promise<boolean> => {
    this.isNameMissing = this.nameEn.trim() === '';
    if (this.isNameMissing) return false;
    const body = {
      name: { en: this.nameEn, 'zh-CN': this.nameZh },
      hint: { en: this.hintEn, 'zh-CN': this.hintZh },
      icon: this.icon,
      queueId: this.queueId === '' ? null : this.queueId,
    };
    const id = this.#id;
    const saved = await this.task.run(() => (id === null ? api.addCategory(body) : api.changeCategory(id, body)));
    if (!saved) return false;
    await this.#categories.all.reload();
    return true;
  };

  setActive = async (isActive: boolean): Promise<void> => {
    const id = this.#id;
    if (id === null) return;
    const changed = await this.switching.run(() => api.changeCategory(id, { isActive }));
    if (changed) await this.#categories.all.reload();
  };
}
