import type { Status } from '../../../protocol/api/status.ts';
import { api } from '../api.ts';
import { Resource } from '../resource.svelte.ts';

/** Often enough to watch a session, seldom enough to leave open all day. */
const EVERY_MS = 5000;

/** The state of the server, asked again while somebody looks at the page. */
export class StatusWatch {
  readonly present = new Resource<Status>(api.status);

  /** For `$effect`. */
  start = (): (() => void) => {
    void this.present.reload();
    const ask = (): void => {
      if (document.visibilityState === 'visible') void this.present.reload();
    };
    const timer = setInterval(ask, EVERY_MS);
    document.addEventListener('visibilitychange', ask);
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', ask);
    };
  };
}
