import type { Mode } from '../../../protocol/capabilities.ts';
import type { Invited } from '../../../protocol/api/sessions.ts';
import { api } from '../api.ts';
import { ApiError } from '../api-error.ts';
import { currentIdentity, replaceIdentity } from '../identity.ts';
import { Task } from '../resource.svelte.ts';

/** An invitation being written, and then its link and code, which are shown once. */
export class Invite {
  readonly requestId: string;
  reason = $state('');
  mode = $state<Mode>('view');
  isReasonMissing = $state(false);
  invited = $state.raw<Invited | null>(null);
  readonly task = new Task();

  constructor(requestId: string) {
    this.requestId = requestId;
  }

  submit = async (): Promise<void> => {
    this.isReasonMissing = this.reason.trim() === '';
    if (this.isReasonMissing) return;
    const invited = await this.task.run(() => this.#send());
    if (invited) this.invited = invited;
  };

  async #send(): Promise<Invited> {
    await currentIdentity();
    const body = { reason: this.reason, mode: this.mode };
    try {
      return await api.invite(this.requestId, body);
    } catch (thrown) {
      // The certificate in this browser was revoked, for another browser's say: make a new one and ask once more.
      if (!(thrown instanceof ApiError) || thrown.code !== 'identity.missing') throw thrown;
      await replaceIdentity();
      return api.invite(this.requestId, body);
    }
  }
}
