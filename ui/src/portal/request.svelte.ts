import type { Request } from '../../../protocol/api/desk.ts';
import { api } from '../api.ts';
import { Conversation } from '../chat/conversation.svelte.ts';
import { live } from '../live.svelte.ts';
import { Resource, Task } from '../resource.svelte.ts';
import { SharerSession } from '../sharer/sharer-session.svelte.ts';
import { checkFiles, type FileRefusal } from './attachment-rule.ts';
import { uploads } from './uploads.svelte.ts';

/** One request as its employee sees it: state, chat, and the session when there is one. */
export class RequestView {
  readonly id: string;
  readonly request: Resource<Request>;
  readonly conversation: Conversation;
  readonly cancelling = new Task();
  session = $state.raw<SharerSession | null>(null);
  refused = $state.raw<readonly FileRefusal[]>([]);

  constructor(id: string) {
    this.id = id;
    this.request = new Resource(async () => this.#follow(await api.request(id)));
    this.conversation = new Conversation(id);
  }

  start = (): (() => void) => {
    void this.request.reload();
    const stopLive = live.listen({
      onMessage: (hint) => {
        const isOurs =
          (hint.type === 'request/changed' && hint.requestId === this.id) ||
          (hint.type === 'session/changed' && hint.sessionId === this.session?.id);
        if (isOurs) void this.request.reload();
      },
      onResync: () => void this.request.reload(),
    });
    const stopUploads = uploads.listen((requestId) => {
      if (requestId === this.id) void this.request.reload();
    });
    return () => {
      stopLive();
      stopUploads();
    };
  };

  addFiles = (files: readonly File[]): void => {
    const there = (this.request.value?.attachments.length ?? 0) + uploads.of(this.id).length;
    const { accepted, refused } = checkFiles(files, there);
    this.refused = refused;
    uploads.add(this.id, accepted);
  };

  cancel = async (): Promise<void> => {
    const changed = await this.cancelling.run(() => api.cancelRequest(this.id));
    if (changed) this.request.set(this.#follow(changed));
    else void this.request.reload();
  };

  /** Keeps to the newest session of the request. */
  #follow(request: Request): Request {
    const sessionId = request.session?.id ?? null;
    if (sessionId === null) this.session = null;
    else if (this.session?.id !== sessionId) this.session = new SharerSession(sessionId);
    return request;
  }
}
