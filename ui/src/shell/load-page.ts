/** A page's code, fetched when it is first wanted. */
import type { Route } from '../routes.ts';

const RELOADED_AT = 'handrail.reloaded-at';
const ONCE_IN_MS = 15_000;

/**
 * A file that does not come is usually one of an earlier version, or was lost on the way: the page is loaded anew, once. When
 * that did not help it fails.
 */
export async function loadPage(route: Route): ReturnType<Route['load']> {
  try {
    return await route.load();
  } catch (cause) {
    const reloadedAt = Number(sessionStorage.getItem(RELOADED_AT) ?? 0);
    if (Date.now() - reloadedAt < ONCE_IN_MS) throw cause;
    sessionStorage.setItem(RELOADED_AT, String(Date.now()));
    location.reload();
    // The page is going.
    return new Promise(() => undefined);
  }
}
