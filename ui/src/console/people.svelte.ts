import type { Department, PeoplePage, Person, Role } from '../../../protocol/api/access.ts';
import { api } from '../api.ts';
import { live } from '../live.svelte.ts';
import { Resource } from '../resource.svelte.ts';
import { queryOf, type PeopleSearch } from './people-filter.ts';

/** The people of the organisation, as the administrator sees them: one page of those who are searched for. */
export class People {
  readonly people: Resource<PeoplePage>;
  readonly departments = new Resource<Department[]>(async () => (await api.departments()).departments);
  /** One person whom a link names and whom the page does not show. */
  readonly linked = new Resource<Person | null>(() => this.#loadLinked());
  #linkedId = '';

  constructor(search: () => PeopleSearch) {
    this.people = new Resource(() => api.people(queryOf(search())));
    void this.departments.reload();
  }

  start = (): (() => void) => live.listen({ onResync: () => void this.people.reload() });

  /** Everything that shows somebody, after a change. */
  reload = async (): Promise<void> => {
    await Promise.all([this.people.reload(), this.#linkedId === '' ? undefined : this.linked.reload()]);
  };

  /** Shows this person, on whichever page they are. */
  open(id: string): void {
    if (this.find(id) !== null) return;
    this.#linkedId = id;
    void this.linked.reload();
  }

  find(id: string | undefined): Person | null {
    const listed = this.people.value?.people.find((person) => person.id === id);
    return listed ?? (this.linked.value?.id === id ? this.linked.value : null);
  }

  async #loadLinked(): Promise<Person | null> {
    return api.person(this.#linkedId);
  }
}

/** A role can be given in the console; each is worded with what it lets somebody do. */
export function toggleRole(roles: readonly Role[], role: Role): Role[] {
  return roles.includes(role) ? roles.filter((one) => one !== role) : [...roles, role];
}
