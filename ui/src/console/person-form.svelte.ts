import { employeeNumber as employeeNumberSchema } from '../../../protocol/api/access.ts';
import type { Person, Role } from '../../../protocol/api/access.ts';
import type { z } from 'zod';
import type { passwordLink } from '../../../protocol/api/access.ts';
import { api } from '../api.ts';
import { Task } from '../resource.svelte.ts';
import { cropPhoto } from './photo-crop.ts';
import type { People } from './people.svelte.ts';

type PasswordLink = z.infer<typeof passwordLink>;

/** Adding a person; afterwards their one-time link, shown once. */
export class AddPerson {
  employeeNumber = $state('');
  name = $state('');
  departmentId = $state('');
  roles = $state.raw<Role[]>(['employee']);
  photo = $state.raw<File | null>(null);
  wrong = $state.raw<readonly ('number' | 'name' | 'department' | 'roles')[]>([]);
  added = $state.raw<{ person: Person; link: PasswordLink } | null>(null);
  readonly task = new Task();
  readonly photoTask = new Task();
  #people: People;

  constructor(people: People) {
    this.#people = people;
  }

  submit = async (): Promise<void> => {
    this.wrong = this.#check();
    if (this.wrong.length > 0) return;
    const { employeeNumber, name, departmentId, roles, photo } = this;
    const answer = await this.task.run(() => api.addPerson({ employeeNumber, name, departmentId, roles }));
    if (!answer) return;
    this.added = { person: answer.person, link: answer.passwordLink };
    if (photo) await this.photoTask.run(async () => api.setPhoto(answer.person.id, await cropPhoto(photo)));
    void this.#people.reload();
    void this.#people.departments.reload();
  };

  #check(): ('number' | 'name' | 'department' | 'roles')[] {
    return [
      ...(employeeNumberSchema.safeParse(this.employeeNumber).success ? [] : (['number'] as const)),
      ...(this.name.trim() === '' ? (['name'] as const) : []),
      ...(this.departmentId === '' ? (['department'] as const) : []),
      ...(this.roles.length === 0 ? (['roles'] as const) : []),
    ];
  }
}

/** Changing somebody: details, photo, a new one-time link, access at all. */
export class EditPerson {
  name = $state('');
  departmentId = $state('');
  roles = $state.raw<Role[]>([]);
  link = $state.raw<PasswordLink | null>(null);
  isSaved = $state(false);
  /** Added to the photo's address, so that a new one is fetched. */
  photoVersion = $state(0);
  readonly saving = new Task();
  readonly photoTask = new Task();
  readonly linking = new Task();
  readonly switching = new Task();
  readonly #id: string;
  readonly #people: People;

  constructor(person: Person, people: People) {
    this.#id = person.id;
    this.#people = people;
    this.name = person.name;
    this.departmentId = person.departmentId;
    this.roles = person.roles;
  }

  save = async (): Promise<void> => {
    const { name, departmentId, roles } = this;
    this.isSaved = false;
    const saved = await this.saving.run(() => api.changePerson(this.#id, { name, departmentId, roles }));
    this.isSaved = saved !== undefined;
    if (saved) void this.#people.reload();
  };

  setPhoto = async (file: File): Promise<void> => {
    await this.photoTask.run(async () => api.setPhoto(this.#id, await cropPhoto(file)));
    if (this.photoTask.error) return;
    this.photoVersion += 1;
    void this.#people.reload();
  };

  issueLink = async (): Promise<void> => {
    this.link = (await this.linking.run(() => api.issuePasswordLink(this.#id))) ?? null;
  };

  setActive = async (isActive: boolean): Promise<void> => {
    const changed = await this.switching.run(() => api.setActive(this.#id, isActive));
    if (changed) await this.#people.reload();
  };
}
