import type { Department } from '../../../protocol/api/access.ts';
import { api } from '../api.ts';
import { Resource, Task } from '../resource.svelte.ts';

/** The departments, and adding or renaming one. */
export class Departments {
  readonly all = new Resource<Department[]>(async () => (await api.departments()).departments);
  name = $state('');
  readonly task = new Task();
  readonly removing = new Task();

  start = (): void => void this.all.reload();

  find(id: string | undefined): Department | null {
    return this.all.value?.find((department) => department.id === id) ?? null;
  }

  /** True: done. */
  remove = async (id: string): Promise<boolean> => {
    await this.removing.run(() => api.removeDepartment(id));
    if (this.removing.error) return false;
    await this.all.reload();
    return true;
  };

  /** Adds, or renames the one with `id`. True: done. */
  save = async (id: string | null): Promise<boolean> => {
    const name = this.name.trim();
    if (name === '') return false;
    const saved = await this.task.run(() => (id === null ? api.addDepartment(name) : api.renameDepartment(id, name)));
    if (!saved) return false;
    await this.all.reload();
    return true;
  };
}
