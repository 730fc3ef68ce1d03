import type { Capability } from '../../../protocol/capabilities.ts';
import type { Accepted, Session } from '../../../protocol/api/sessions.ts';
import { api } from '../api.ts';
import { live } from '../live.svelte.ts';
import { Resource, Task } from '../resource.svelte.ts';
import { forgetDownloads, readDownloads, writeDownloads } from './downloads-store.ts';

/** One session as the sharer sees it. From here rights can only be refused or ended; they are given in the helper. */
export class SharerSession {
  readonly id: string;
  readonly session: Resource<Session>;
  readonly answering = new Task();
  readonly ending = new Task();
  readonly pausing = new Task();
  readonly takingBack = new Task();
  accepted = $state.raw<Accepted | null>(null);

  constructor(id: string) {
    this.id = id;
    this.session = new Resource(async () => this.#seen(await api.session(id)));
    this.accepted = readDownloads(id, Date.now());
  }

  start = (): (() => void) => {
    void this.session.reload();
    return live.listen({
      onMessage: (hint) => {
        if (hint.type === 'session/changed' && hint.sessionId === this.id) void this.session.reload();
      },
      onResync: () => void this.session.reload(),
    });
  };

  accept = (): Promise<void> => this.#receive(() => api.acceptSession(this.id));

  /** A new download; older ones stop working. */
  renew = (): Promise<void> => this.#receive(() => api.renewDownloads(this.id));

  decline = (): Promise<void> => this.#narrow(this.answering, () => api.declineSession(this.id));

  stop = (): Promise<void> => this.#narrow(this.ending, () => api.endSession(this.id));

  /** Going on is decided in the helper. */
  pause = (): Promise<void> => this.#narrow(this.pausing, () => api.pauseSession(this.id));

  takeBack = (capability: Capability): Promise<void> =>
    this.#narrow(this.takingBack, () => api.takeBack(this.id, capability));

  async #narrow(task: Task, ask: () => Promise<Session>): Promise<void> {
    const session = await task.run(ask);
    if (session) this.session.set(this.#seen(session));
    else void this.session.reload();
  }

  async #receive(ask: () => Promise<Accepted>): Promise<void> {
    const accepted = await this.answering.run(ask);
    if (!accepted) return void this.session.reload();
    writeDownloads(this.id, accepted);
    this.accepted = accepted;
    this.session.set(accepted.session);
  }

  #seen(session: Session): Session {
    if (session.state !== 'accepted') {
      forgetDownloads(this.id);
      this.accepted = null;
    }
    return session;
  }
}
