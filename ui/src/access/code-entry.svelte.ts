import { account } from '../account.svelte.ts';
import { api } from '../api.ts';
import { Task } from '../resource.svelte.ts';
import { router } from '../router.svelte.ts';

const DIGITS = 9;

/** The nine digits that an agent read out on the phone. */
export class CodeEntry {
  shown = $state('');
  isIncomplete = $state(false);
  readonly task = new Task();

  /** Keeps the digits of what was typed or pasted, in groups of three. */
  type = (text: string): void => {
    const digits = text.replace(/\D/g, '').slice(0, DIGITS);
    this.shown = digits.replace(/(\d{3})(?=\d)/g, '$1 ');
    this.isIncomplete = false;
  };

  async submit(): Promise<void> {
    const code = this.shown.replace(/ /g, '');
    this.isIncomplete = code.length !== DIGITS;
    if (this.isIncomplete) return;
    const redeemed = await this.task.run(() => api.redeemInvitation({ code }));
    // Switched off since this page was opened: it does not exist any more.
    if (this.task.error?.code === 'not-found') await account.reloadAvailability();
    if (!redeemed) return;
    await account.refresh();
    router.go(`/sessions/${redeemed.sessionId}`);
  }
}
