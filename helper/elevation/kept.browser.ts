/**
 * The consent window's browser where another helper keeps it: it is started without the administrator rights that this
 * process has, and its profile is in that one's folder.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { descendantsOf, kill } from '../cleanup/programs.ts';
import type { BrowserPage, BrowserWindow } from '../consent/consent.browser.ts';
import type { Language } from '../consent/consent.views.ts';
import { openProcessTable } from '../platform/host.ts';
import type { BrowserNews } from './elevation.messages.ts';

/** The way to the helper that keeps it; there is one browser at a time. */
export interface KeptBrowser {
  open(address: string, language: Language): void;
  close(): void;
  /** Only the last listener is told. */
  onNews(listener: (news: BrowserNews) => void): void;
}

/** The other one may be gone: its folder is then cleared by its guardian, or the next start. */
const CLOSED_WITHIN_MS = 3000;

/** Rejects when it could not be started there. */
export async function launchKept(kept: KeptBrowser, { address, language }: BrowserPage): Promise<BrowserWindow> {
  const processes = await openProcessTable();
  const opened = Promise.withResolvers<number>();
  const [gone, closed] = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()];
  let isGone = false;
  kept.onNews(({ state, pid }) => {
    if (state === 'opened' && pid !== null) return opened.resolve(pid);
    isGone = true;
    opened.reject(new Error('the browser of the consent window could not be started'));
    gone.resolve(undefined);
    if (state === 'closed') closed.resolve(undefined);
  });
  kept.open(address, language);
  const pid = await opened.promise;
  // The other one has fewer rights than this process, which is to know the window's programs and may end them.
  if (processes.commandLine(pid)?.includes(address) !== true)
    throw new Error(`process ${pid} is not the consent window`);
  const pids = (): ReadonlySet<number> => (isGone ? new Set() : descendantsOf(pid, processes));
  return {
    pid,
    pids,
    onExit: (listener) => void gone.promise.then(listener),
    close: async () => {
      // By this process too: the other one may be gone, and the page must not stay.
      for (const each of pids()) kill(each);
      kept.close();
      await Promise.race([closed.promise, sleep(CLOSED_WITHIN_MS, undefined, { ref: false })]);
    },
  };
}
