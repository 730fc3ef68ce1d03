import { account } from '../account.svelte.ts';
import { api } from '../api.ts';
import { Task } from '../resource.svelte.ts';
import { router } from '../router.svelte.ts';
import { homeOf } from '../routes.ts';

/** A path of ours to go on to; anything else, another site above all, is refused. */
function safeNext(next: string | null): string | null {
  return next !== null && /^\/(?![/\\])[\w/-]*$/.test(next) && next !== '/sign-in' ? next : null;
}

export class SignIn {
  employeeNumber = $state('');
  password = $state('');
  readonly task = new Task();

  async submit(next: string | null): Promise<void> {
    const me = await this.task.run(() => api.signIn(this.employeeNumber.trim(), this.password));
    this.password = me ? '' : this.password;
    if (!me) return;
    account.enter(me);
    router.go(safeNext(next) ?? homeOf(me.roles), { replace: true });
  }
}
