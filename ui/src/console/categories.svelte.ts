import type { Category } from '../../../protocol/api/desk.ts';
import { api } from '../api.ts';
import { Resource, Task } from '../resource.svelte.ts';

export class Categories {
  readonly all = new Resource<Category[]>(async () => (await api.categories()).categories);

  start = (): void => void this.all.reload();

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
  }

  /** True: done. */
  save = async (): Promise<boolean> => {
    this.isNameMissing = this.nameEn.trim() === '';
    if (this.isNameMissing) return false;
    const body = {
      name: { en: this.nameEn, 'zh-CN': this.nameZh },
      hint: { en: this.hintEn, 'zh-CN': this.hintZh },
      icon: this.icon,
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
