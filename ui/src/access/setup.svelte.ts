import { secret } from '../../../protocol/api/access.ts';
import { account } from '../account.svelte.ts';
import { api } from '../api.ts';
import { Task } from '../resource.svelte.ts';
import { isPasswordLongEnough } from './password-rule.ts';
import { keptSecret } from './kept-secret.ts';

export const SETUP_STEPS = ['organisation', 'administrator', 'certificate', 'done'] as const;
export type SetupStep = (typeof SETUP_STEPS)[number];

/** The first run: names the organisation and makes its first administrator. */
export class Setup {
  step = $state<SetupStep>('organisation');
  organisation = $state('');
  employeeNumber = $state('');
  name = $state('');
  password = $state('');
  isTooShort = $state(false);
  readonly task = new Task();
  /** Set-up was already done when this page was opened: it does not exist any more. */
  readonly wasDone = account.organisation?.isSetUp === true;
  readonly #kept = keptSecret('handrail.setup');
  readonly hasToken = secret.safeParse(this.#kept.value).success;

  get fingerprint(): string {
    return account.organisation?.caFingerprint ?? '';
  }

  nameOrganisation(): void {
    this.step = 'administrator';
  }

  async createAdministrator(): Promise<void> {
    this.isTooShort = !isPasswordLongEnough(this.password);
    if (this.isTooShort) return;
    const organisation = await this.task.run(() =>
      api.setUp({
        token: this.#kept.value,
        organisation: this.organisation,
        employeeNumber: this.employeeNumber,
        name: this.name,
        password: this.password,
      }),
    );
    if (!organisation) return;
    this.#kept.forget();
    this.password = '';
    this.step = 'certificate';
    account.organisation = organisation;
    await account.refresh();
  }
}
