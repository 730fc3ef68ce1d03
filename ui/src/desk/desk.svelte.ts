import type { Priority, Queue, Request } from '../../../protocol/api/desk.ts';
import type { HandOver, QueueInfo, Queues } from '../../../protocol/api/queues.ts';
import { api } from '../api.ts';
import { live } from '../live.svelte.ts';
import { Resource, Task } from '../resource.svelte.ts';
import { router } from '../router.svelte.ts';
import { neighbourOf, rowsOf, sectionsOf, type Shown } from './queue-order.ts';

/** The agent's desk: the queue, which request is selected, and what can be done with it. */
export class Desk {
  readonly queue = new Resource<Queue>(() => api.queue());
  readonly queues = new Resource<Queues>(() => api.queues());
  readonly moving = new Task();
  readonly choosing = new Task();
  readonly shown = $derived.by((): Shown => {
    const wanted = this.#shownQueue();
    if (wanted === 'all') return { kind: 'all' };
    if (this.openQueues.some(({ id }) => id === wanted)) return { kind: 'queue', id: wanted };
    const mine = this.openQueues.filter(({ isMine }) => isMine);
    // Until the queues are known everything is shown alike, rather than as if nothing were mine.
    return mine.length === 0 ? { kind: 'all' } : { kind: 'mine', queueIds: mine.map(({ id }) => id) };
  });
  readonly sections = $derived(this.queue.value ? sectionsOf(this.queue.value, this.shown) : []);
  readonly rows = $derived(rowsOf(this.sections));
  #selectedId: () => string | undefined;
  #shownQueue: () => string;

  constructor(at: { selectedId: () => string | undefined; shownQueue: () => string }) {
    this.#selectedId = at.selectedId;
    this.#shownQueue = at.shownQueue;
  }

  get selectedId(): string | undefined {
    return this.#selectedId();
  }

  /** Also one that a link names and that the shown queues do not have. */
  get selected(): Request | null {
    const all = this.queue.value;
    if (!all) return null;
    return [...all.waiting, ...all.mine, ...all.others, ...all.closed].find(({ id }) => id === this.selectedId) ?? null;
  }

  get openQueues(): QueueInfo[] {
    return (this.queues.value?.queues ?? []).filter(({ isActive }) => isActive);
  }

  start = (): (() => void) => {
    this.#reload();
    return live.listen({
      onMessage: (hint) => {
        const isAboutMe = hint.type === 'edition/changed' || hint.type === 'session/changed';
        if (isAboutMe || hint.type === 'queue/changed' || hint.type === 'request/changed') this.#reload();
      },
      onResync: () => this.#reload(),
    });
  };

  /** What this person asked before, as far as the queue knows it. */
  historyOf(request: Request): Request[] {
    const all = this.queue.value;
    if (!all) return [];
    const known = [...all.waiting, ...all.mine, ...all.others, ...all.closed];
    return known.filter((other) => other.employee.id === request.employee.id && other.id !== request.id);
  }

  select = (id: string): void =>
    router.go(`/desk/requests/${id}${this.#rest()}`, { keepFocus: true, replace: this.selectedId !== undefined });

  /** `''`: my queues; `all`; or one of them. Part of the address. */
  show = (queue: string): void => router.setQuery({ queue });

  /** Selects the next (1) or the previous (-1) row. */
  step = (by: 1 | -1): void => {
    const next = neighbourOf(this.rows, this.selectedId, by);
    if (next) this.select(next.id);
  };

  /** Whose turn it is. */
  get next(): Request | undefined {
    return this.sections.find(({ name }) => name === 'waiting')?.requests[0];
  }

  take = (request: Request, takeOver = false): Promise<void> => this.#move(() => api.takeRequest(request.id, takeOver));
  release = (request: Request): Promise<void> => this.#move(() => api.releaseRequest(request.id));
  solve = (request: Request): Promise<void> => this.#move(() => api.solveRequest(request.id));
  setPriority = (request: Request, priority: Priority): Promise<void> =>
    this.#move(() => api.setPriority(request.id, priority));
  /** True: done. The dialog shows why not. */
  handOver = async (request: Request, to: HandOver, task: Task): Promise<boolean> => {
    const moved = await task.run(() => api.handOver(request.id, to));
    await this.queue.reload();
    return moved !== undefined;
  };
  /** True: done. Null: as my department has them. */
  chooseQueues = async (queueIds: string[] | null): Promise<boolean> => {
    const chosen = await this.choosing.run(() => api.chooseQueues(queueIds));
    if (chosen) this.queues.set(chosen);
    return chosen !== undefined;
  };

  #rest(): string {
    const queue = this.#shownQueue();
    return queue === '' ? '' : `?queue=${encodeURIComponent(queue)}`;
  }

  #reload(): void {
    void this.queue.reload();
    void this.queues.reload();
  }

  async #move(work: () => Promise<Request>): Promise<void> {
    await this.moving.run(work);
    // On success to see the new order, on failure because somebody else was faster.
    await this.queue.reload();
  }
}
