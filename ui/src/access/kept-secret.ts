import { secret } from '../../../protocol/api/access.ts';
import { router } from '../router.svelte.ts';

export interface KeptSecret {
  readonly value: string;
  forget: () => void;
}

// Another link pasted into the same tab changes the fragment alone, and a browser loads nothing for that.
addEventListener('hashchange', () => {
  if (secret.safeParse(location.hash.slice(1)).success) location.reload();
});

/** The secret of a link: out of the address bar at once, in this tab alone, and still there after a reload. */
export function keptSecret(storageKey: string): KeptSecret {
  const fragment = router.takeFragment();
  if (fragment !== '') sessionStorage.setItem(storageKey, fragment);
  return {
    value: sessionStorage.getItem(storageKey) ?? '',
    forget: () => sessionStorage.removeItem(storageKey),
  };
}
