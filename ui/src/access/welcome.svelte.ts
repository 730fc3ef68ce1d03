import { secret } from '../../../protocol/api/access.ts';
import { account } from '../account.svelte.ts';
import { api } from '../api.ts';
import { Resource, Task } from '../resource.svelte.ts';
import { router } from '../router.svelte.ts';
import { homeOf } from '../routes.ts';
import { isPasswordLongEnough } from './password-rule.ts';
import { keptSecret } from './kept-secret.ts';

/** Setting one's own password by a one-time link. */
export class Welcome {
  password = $state('');
  isTooShort = $state(false);
  readonly task = new Task();
  readonly #kept = keptSecret('handrail.welcome');
  readonly #isWellFormed = secret.safeParse(this.#kept.value).success;
  readonly owner = new Resource(() => api.openPasswordLink(this.#kept.value));

  constructor() {
    if (this.#isWellFormed) void this.owner.reload();
  }

  get isGone(): boolean {
    const codes = [this.owner.error?.code, this.task.error?.code];
    return !this.#isWellFormed || codes.includes('password.link-invalid') || codes.includes('request.invalid');
  }

  async submit(): Promise<void> {
    this.isTooShort = !isPasswordLongEnough(this.password);
    if (this.isTooShort) return;
    const me = await this.task.run(() => api.redeemPasswordLink(this.#kept.value, this.password));
    if (!me) return;
    this.#kept.forget();
    account.enter(me);
    router.go(homeOf(me.roles), { replace: true });
  }
}
