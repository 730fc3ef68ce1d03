import type { Queue, Request } from '../../../protocol/api/desk.ts';
import { api } from '../api.ts';
import { live } from '../live.svelte.ts';
import { Resource, Task } from '../resource.svelte.ts';
import { router } from '../router.svelte.ts';
import { neighbourOf, rowsOf, sectionsOf } from './queue-order.ts';

/** The agent's desk: the queue, which request is selected, and what can be done with it. */
export class Desk {
  readonly queue = new Resource<Queue>(() => api.queue());
  readonly moving = new Task();
  readonly sections = $derived(this.queue.value ? sectionsOf(this.queue.value) : []);
  readonly rows = $derived(rowsOf(this.sections));
  #selectedId: () => string | undefined;

  constructor(selectedId: () => string | undefined) {
    this.#selectedId = selectedId;
  }

  get selectedId(): string | undefined {
    return this.#selectedId();
  }

  get selected(): Request | null {
    return this.rows.find((request) => request.id === this.selectedId) ?? null;
  }

  start = (): (() => void) => {
    void this.queue.reload();
    return live.listen({
      onMessage: (hint) => {
        if (hint.type === 'queue/changed' || hint.type === 'request/changed' || hint.type === 'session/changed') {
          void this.queue.reload();
        }
      },
      onResync: () => void this.queue.reload(),
    });
  };

  /** What this person asked before, as far as the queue knows it. */
  historyOf(request: Request): Request[] {
    return this.rows.filter((other) => other.employee.id === request.employee.id && other.id !== request.id);
  }

  select = (id: string): void =>
    router.go(`/desk/requests/${id}`, { keepFocus: true, replace: this.selectedId !== undefined });

  /** Selects the next (1) or the previous (-1) row. */
  step = (by: 1 | -1): void => {
    const next = neighbourOf(this.rows, this.selectedId, by);
    if (next) this.select(next.id);
  };

  take = (request: Request, takeOver = false): Promise<void> => this.#move(() => api.takeRequest(request.id, takeOver));
  release = (request: Request): Promise<void> => this.#move(() => api.releaseRequest(request.id));
  solve = (request: Request): Promise<void> => this.#move(() => api.solveRequest(request.id));

  async #move(work: () => Promise<Request>): Promise<void> {
    await this.moving.run(work);
    // On success to see the new order, on failure because somebody else was faster.
    await this.queue.reload();
  }
}
