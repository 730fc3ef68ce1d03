import type { AuditEvent, AuditPage } from '../../../protocol/api/audit.ts';
import { api } from '../api.ts';
import { Resource, Task } from '../resource.svelte.ts';
import { queryOf, type AuditFilter } from './audit-filter.ts';

/** The audit chain, newest first, page after page. */
export class Audit {
  readonly first = new Resource<AuditPage>(() => this.#loadFirst());
  readonly paging = new Task();
  /** One event that a link names and that the list does not show. */
  readonly linked = new Resource<AuditEvent | null>(() => this.#loadLinked());
  older = $state.raw<readonly AuditPage[]>([]);
  readonly events = $derived([...(this.first.value?.events ?? []), ...this.older.flatMap((page) => page.events)]);
  readonly next = $derived(
    this.older.at(-1)?.next ?? (this.older.length === 0 ? (this.first.value?.next ?? null) : null),
  );
  #filter: () => AuditFilter;
  #linkedSeq = 0;

  constructor(filter: () => AuditFilter) {
    this.#filter = filter;
  }

  loadMore = async (): Promise<void> => {
    const before = this.next;
    if (before === null) return;
    const page = await this.paging.run(() => api.audit({ ...queryOf(this.#filter()), before }));
    if (page) this.older = [...this.older, page];
  };

  /** Shows event number `seq`, wherever in the chain it is. */
  open(seq: number): void {
    this.#linkedSeq = seq;
    if (!this.events.some((event) => event.seq === seq)) void this.linked.reload();
  }

  find(seq: number): AuditEvent | null {
    const listed = this.events.find((event) => event.seq === seq);
    return listed ?? (this.linked.value?.seq === seq ? this.linked.value : null);
  }

  async #loadFirst(): Promise<AuditPage> {
    const page = await api.audit(queryOf(this.#filter()));
    this.older = [];
    return page;
  }

  async #loadLinked(): Promise<AuditEvent | null> {
    const page = await api.audit({ before: this.#linkedSeq + 1, limit: 1 });
    return page.events.find((event) => event.seq === this.#linkedSeq) ?? null;
  }
}
