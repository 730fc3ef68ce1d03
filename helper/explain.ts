/** What went wrong before anything was shared, said where the person looks: in a window if there can be one. */
import { AddressError } from './address.ts';
import { openConsentWindow, untilClosed } from './consent/consent.window.ts';
import type { Language } from './consent/consent.views.ts';
import { EnrolError } from './enrol/enrol.ts';
import { FileChangedError } from './executable.ts';
import { log } from './log.ts';
import { PlatformError } from './platform/open.ts';

export const EXIT = { ok: 0, failed: 1, usage: 2 } as const;
const SHOWN_MS = 60_000;

/** Resolves with the exit code, once the person has closed the window or a minute has passed. */
export async function explain(cause: unknown, profileRoot: string): Promise<number> {
  const code = codeOf(cause);
  log('helper.failed', { code, cause: withReasons(cause) });
  try {
    const window = await openConsentWindow({ language: systemLanguage(), profileRoot, onError: () => undefined });
    window.show({ step: 'failed', code });
    await untilClosed(window, SHOWN_MS);
    await window.close();
  } catch (again) {
    // No window either: the line on the terminal is all there is.
    log('helper.no-window', { cause: withReasons(again) });
  }
  return cause instanceof AddressError ? EXIT.usage : EXIT.failed;
}

/** For the log: with what lies behind it. */
function withReasons(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  return cause.cause === undefined ? cause.message : `${cause.message}: ${withReasons(cause.cause)}`;
}

export function systemLanguage(): Language {
  return (process.env['LANG'] ?? '').startsWith('zh') ? 'zh-CN' : 'en';
}

function codeOf(cause: unknown): string {
  if (cause instanceof EnrolError || cause instanceof AddressError || cause instanceof FileChangedError)
    return cause.code;
  return cause instanceof PlatformError ? 'display-unavailable' : 'internal';
}
