import type { Department, Person, Role } from '../../../protocol/api/access.ts';
import { api } from '../api.ts';
import { live } from '../live.svelte.ts';
import { Resource } from '../resource.svelte.ts';

/** The people of the organisation, as the administrator sees them. */
export class People {
  readonly people: Resource<Person[]>;
  readonly departments = new Resource<Department[]>(async () => (await api.departments()).departments);

  constructor(query: () => string) {
    this.people = new Resource(async () => (await api.people(query())).people);
    void this.departments.reload();
  }

  start = (): (() => void) => live.listen({ onResync: () => void this.people.reload() });

  find(id: string | undefined): Person | null {
    return this.people.value?.find((person) => person.id === id) ?? null;
  }
}

/** A role can be given in the console; each is worded with what it lets somebody do. */
export function toggleRole(roles: readonly Role[], role: Role): Role[] {
  return roles.includes(role) ? roles.filter((one) => one !== role) : [...roles, role];
}
