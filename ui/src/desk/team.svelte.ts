import type { DeskAgent, Presence } from '../../../protocol/api/queues.ts';
import { api } from '../api.ts';
import { asApiError } from '../api-error.ts';
import { toasts } from '../design/toasts.svelte.ts';
import { live } from '../live.svelte.ts';
import { Resource } from '../resource.svelte.ts';

/** Who is on the desk, and what they are on. */
export class Team {
  readonly agents = new Resource<DeskAgent[]>(async () => (await api.deskAgents()).agents);

  start = (): (() => void) => {
    void this.agents.reload();
    return live.listen({
      onMessage: (hint) => {
        if (hint.type === 'presence/changed' || hint.type === 'queue/changed') void this.agents.reload();
      },
      onResync: () => void this.agents.reload(),
    });
  };

  find(id: string): DeskAgent | null {
    return this.agents.value?.find(({ person }) => person.id === id) ?? null;
  }

  get available(): number {
    return this.agents.value?.filter(({ presence }) => presence === 'available').length ?? 0;
  }

  say = async (presence: Presence): Promise<void> => {
    try {
      this.agents.set((await api.setPresence(presence)).agents);
    } catch (thrown) {
      toasts.fail(asApiError(thrown));
    }
  };
}
