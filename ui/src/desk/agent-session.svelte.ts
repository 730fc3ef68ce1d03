import type { Session } from '../../../protocol/api/sessions.ts';
import { api } from '../api.ts';
import { live } from '../live.svelte.ts';
import { Resource, Task } from '../resource.svelte.ts';

/** The session of a request as the agent sees it on the desk. */
export class AgentSession {
  readonly id: string;
  readonly session: Resource<Session>;
  readonly ending = new Task();

  constructor(id: string) {
    this.id = id;
    this.session = new Resource(() => api.session(id));
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

  end = async (): Promise<void> => {
    const session = await this.ending.run(() => api.endSession(this.id));
    if (session) this.session.set(session);
    else void this.session.reload();
  };
}
