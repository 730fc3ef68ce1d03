import { secret } from '../../../protocol/api/access.ts';
import { account } from '../account.svelte.ts';
import { api } from '../api.ts';
import { Task } from '../resource.svelte.ts';
import { router } from '../router.svelte.ts';
import { keptSecret } from './kept-secret.ts';

/** An invitation opened by its link: redeemed once, then the session's page. */
export class InvitationLink {
  readonly task = new Task();
  readonly #kept = keptSecret('handrail.invitation');
  readonly #isWellFormed = secret.safeParse(this.#kept.value).success;

  constructor() {
    if (this.#isWellFormed) void this.redeem();
  }

  get isGone(): boolean {
    return !this.#isWellFormed || this.task.error?.code === 'invitation.invalid';
  }

  redeem = async (): Promise<void> => {
    const redeemed = await this.task.run(() => api.redeemInvitation({ secret: this.#kept.value }));
    if (this.isGone) this.#kept.forget();
    if (this.task.error?.code === 'not-found') await account.reloadAvailability();
    if (!redeemed) return;
    this.#kept.forget();
    await account.refresh();
    router.go(`/sessions/${redeemed.sessionId}`, { replace: true });
  };
}
