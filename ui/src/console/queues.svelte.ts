import type { Department } from '../../../protocol/api/access.ts';
import type { Category } from '../../../protocol/api/desk.ts';
import type { QueueInfo } from '../../../protocol/api/queues.ts';
import { api } from '../api.ts';
import { live } from '../live.svelte.ts';
import { Resource, Task } from '../resource.svelte.ts';

/** The queues, and what goes there. */
export class Queues {
  readonly all = new Resource<QueueInfo[]>(async () => (await api.queues()).queues);
  readonly departments = new Resource<Department[]>(async () => (await api.departments()).departments);
  readonly categories = new Resource<Category[]>(async () => (await api.categories()).categories);

  start = (): (() => void) => {
    void this.all.reload();
    void this.departments.reload();
    void this.categories.reload();
    return live.listen({ onResync: () => void this.all.reload() });
  };

  find(id: string | undefined): QueueInfo | null {
    return this.all.value?.find((queue) => queue.id === id) ?? null;
  }

  /** The categories whose requests go to this queue. */
  categoriesOf(queue: QueueInfo): Category[] {
    return (this.categories.value ?? []).filter((category) =>
      category.queueId === null ? queue.isDefault : category.queueId === queue.id,
    );
  }

  departmentNames(queue: QueueInfo): string[] {
    return (this.departments.value ?? []).filter(({ id }) => queue.departmentIds.includes(id)).map(({ name }) => name);
  }
}

/** One queue being written, in both languages. */
export class QueueForm {
  nameEn = $state('');
  nameZh = $state('');
  departmentIds = $state.raw<readonly string[]>([]);
  isNameMissing = $state(false);
  readonly task = new Task();
  readonly switching = new Task();
  readonly #queues: Queues;
  readonly #id: string | null;

  constructor(queue: QueueInfo | null, queues: Queues) {
    this.#queues = queues;
    this.#id = queue?.id ?? null;
    this.nameEn = queue?.name.en ?? '';
    this.nameZh = queue?.name['zh-CN'] ?? '';
    this.departmentIds = queue?.departmentIds ?? [];
  }

  toggle = (departmentId: string): void => {
    const isChosen = this.departmentIds.includes(departmentId);
    this.departmentIds = isChosen
      ? this.departmentIds.filter((one) => one !== departmentId)
      : [...this.departmentIds, departmentId];
  };

  /** True: done. */
  save = async (): Promise<boolean> => {
    this.isNameMissing = this.nameEn.trim() === '';
    if (this.isNameMissing) return false;
    const body = { name: { en: this.nameEn, 'zh-CN': this.nameZh }, departmentIds: [...this.departmentIds] };
    const id = this.#id;
    const saved = await this.task.run(() => (id === null ? api.addQueue(body) : api.changeQueue(id, body)));
    if (!saved) return false;
    await this.#queues.all.reload();
    return true;
  };

  makeDefault = (): Promise<void> => this.#switch({ isDefault: true });
  setActive = (isActive: boolean): Promise<void> => this.#switch({ isActive });

  async #switch(change: { isDefault: true } | { isActive: boolean }): Promise<void> {
    const id = this.#id;
    if (id === null) return;
    const changed = await this.switching.run(() => api.changeQueue(id, change));
    if (changed) await this.#queues.all.reload();
  }
}
