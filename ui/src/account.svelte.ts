import type { Me, Organisation, Role } from '../../protocol/api/access.ts';
import type { Language } from '../../protocol/api/shared.ts';
import { ApiError, asApiError } from './api-error.ts';
import { api, onSignedOut } from './api.ts';
import { i18n } from './i18n/i18n.svelte.ts';
import { currentIdentity, setIdentityOwner } from './identity.ts';
import { forgetIdentities } from './identity-store.ts';
import { live } from './live.svelte.ts';

export type AccountStatus = 'loading' | 'unreachable' | 'signed-out' | 'signed-in';

/** Who is signed in here, and at which organisation. */
class Account {
  status = $state<AccountStatus>('loading');
  organisation = $state.raw<Organisation | null>(null);
  me = $state.raw<Me | null>(null);
  error = $state.raw<ApiError | null>(null);
  /** Why the agent has no identity certificate; null while all is well. */
  identityError = $state.raw<ApiError | null>(null);
  /** The server ended the sign-in, rather than the person. */
  wasSignedOut = $state(false);

  constructor() {
    onSignedOut(() => {
      if (this.status === 'signed-in') this.leave({ byServer: true });
    });
    live.listen({
      onMessage: (message) => {
        if (message.type === 'signed-out') this.leave({ byServer: true });
        if (message.type === 'edition/changed') void this.refresh();
      },
      onResync: () => void this.refresh(),
      onFailedAttempt: () => void this.refresh(),
    });
  }

  hasRole = (...roles: readonly Role[]): boolean => roles.some((role) => this.me?.roles.includes(role) === true);

  get isGuest(): boolean {
    return this.me !== null && this.me.guestSessionId !== null;
  }

  /** Whether anybody here can be helped on the screen: I, or as long as nobody is signed in, somebody. */
  get isAssistanceAvailable(): boolean {
    return (this.me ?? this.organisation)?.isAssistanceAvailable === true;
  }

  /** Reads organisation and account once, at the start of the page. */
  load = async (): Promise<void> => {
    this.status = 'loading';
    try {
      this.organisation = await api.organisation();
      if (this.organisation.isSetUp) this.enter(await api.me());
      else this.status = 'signed-out';
    } catch (thrown) {
      this.#failed(asApiError(thrown));
    }
  };

  /** Somebody is signed in now. */
  enter(me: Me): void {
    this.me = me;
    this.status = 'signed-in';
    this.error = null;
    this.wasSignedOut = false;
    this.#agreeOnLanguage(me);
    live.start(me.liveToken);
    if (me.roles.includes('agent')) {
      setIdentityOwner(me.id);
      void this.ensureIdentity();
    }
  }

  /** Organisation and account again, after a set-up or a one-time link. */
  refresh = async (): Promise<void> => {
    try {
      this.organisation = await api.organisation();
      this.enter(await api.me());
    } catch (thrown) {
      const error = asApiError(thrown);
      if (error.code === 'auth.required') this.leave({ byServer: true });
    }
  };

  /** Whether remote assistance is available may have changed without a word to a stranger. */
  reloadAvailability = async (): Promise<void> => {
    if (this.me !== null) return this.refresh();
    this.organisation = await api.organisation();
  };

  leave({ byServer }: { byServer: boolean }): void {
    live.stop();
    setIdentityOwner(null);
    this.me = null;
    this.wasSignedOut = byServer;
    this.status = 'signed-out';
  }

  signOut = async (): Promise<void> => {
    await api.signOut();
    await forgetIdentities();
    sessionStorage.clear();
    this.leave({ byServer: false });
  };

  chooseLanguage = async (language: Language): Promise<void> => {
    i18n.choose(language);
    if (this.me === null || this.isGuest) return;
    this.me = { ...this.me, language };
    await api.setLanguage(language);
  };

  /** Makes sure that this browser can prove who the agent is. */
  ensureIdentity = async (): Promise<void> => {
    try {
      await currentIdentity();
      this.identityError = null;
    } catch (thrown) {
      this.identityError = thrown instanceof ApiError ? thrown : new ApiError('identity.missing', { cause: thrown });
    }
  };

  /**
   * The account's language wins over the browser's. The first sign-in keeps the one of this page on the account, so that
   * the helper's window speaks it too.
   */
  #agreeOnLanguage(me: Me): void {
    if (me.language !== null) i18n.choose(me.language);
    else if (me.guestSessionId === null) this.#keepLanguage(i18n.language);
  }

  /** In the background: if it fails, this browser still remembers, and the next sign-in tries again. */
  #keepLanguage(language: Language): void {
    this.chooseLanguage(language).catch((thrown: unknown) => asApiError(thrown));
  }

  #failed(error: ApiError): void {
    if (error.code === 'auth.required') {
      this.status = 'signed-out';
      return;
    }
    this.error = error;
    this.status = 'unreachable';
  }
}

export const account = new Account();
