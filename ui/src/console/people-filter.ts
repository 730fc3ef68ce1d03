import {
  departmentId,
  PEOPLE_SORTS,
  PEOPLE_STATES,
  ROLES,
  type PeopleFilter,
  type PeopleQuery,
  type PeopleSort,
  type PersonState,
  type Role,
} from '../../../protocol/api/access.ts';

/** What an address says about which people are shown, and how. Empty: not set. */
export interface PeopleSearch {
  q: string;
  department: string;
  role: Role | '';
  state: PersonState | '';
  sort: PeopleSort;
  order: 'asc' | 'desc';
  page: number;
}

export const PAGE_SIZE = 50;

/** What the address does not say, or says in a way that nobody knows, is as usual. */
export function searchOf(query: URLSearchParams): PeopleSearch {
  const department = query.get('department') ?? '';
  const page = Number(query.get('page'));
  return {
    q: query.get('q') ?? '',
    department: departmentId.safeParse(department).success ? department : '',
    role: ROLES.find((known) => known === query.get('role')) ?? '',
    state: PEOPLE_STATES.find((known) => known === query.get('state')) ?? '',
    sort: PEOPLE_SORTS.find((known) => known === query.get('sort')) ?? 'name',
    order: query.get('order') === 'desc' ? 'desc' : 'asc',
    page: Number.isInteger(page) && page >= 1 && page <= 100_000 ? page : 1,
  };
}

/** The part that says who, for the server. */
export function filterOf({ q, department, role, state }: PeopleSearch): Partial<PeopleFilter> {
  return {
    ...(q.trim() !== '' && { q: q.slice(0, 100) }),
    ...(department !== '' && { department }),
    ...(role !== '' && { role }),
    ...(state !== '' && { state }),
  };
}

export function queryOf(search: PeopleSearch): Partial<PeopleQuery> {
  const { sort, order, page } = search;
  return { ...filterOf(search), sort, order, page, size: PAGE_SIZE };
}

export function isFiltered(search: PeopleSearch): boolean {
  return Object.keys(filterOf(search)).length > 0;
}

/** Once more on the same column turns it round. */
export function sortedBy(search: PeopleSearch, sort: PeopleSort): { sort: string; order: string; page: string } {
  const isTurned = search.sort === sort && search.order === 'asc';
  return { sort: sort === 'name' ? '' : sort, order: isTurned ? 'desc' : '', page: '' };
}
