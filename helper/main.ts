/**
 * The helper: started by the employee, gone when the session is over. Reads address, CA fingerprint and one-time token
 * from its own file name (or from what was typed), enrols, asks, shares, removes itself.
 */
import { basename } from 'node:path';
import { AddressError, parseHelperArguments } from './address.ts';
import { openConsentWindow } from './consent/consent.window.ts';
import type { Language } from './consent/consent.views.ts';
import { EnrolError, enrol, type HelperAddress } from './enrol/enrol.ts';
import { FileChangedError, refuseChangedFile } from './executable.ts';
import { openPlatform, PlatformError } from './platform/open.ts';
import type { Platform } from './platform/platform.ts';
import { runSession } from './session/start.ts';
import { HELPER_VERSION } from './version.ts';
import { openWorkspace, type Workspace } from './workspace.ts';

const EXIT = { ok: 0, failed: 1, usage: 2 } as const;

async function main(argv: readonly string[]): Promise<number> {
  const workspace = openWorkspace();
  try {
    refuseChangedFile();
    const { task, address } = parseHelperArguments(basename(workspace.executable), argv);
    if (task === 'clean' || address === undefined) {
      for (const removed of await workspace.cleanLeftOvers()) console.log(`removed ${removed}`);
      return EXIT.ok;
    }
    await workspace.cleanLeftOvers();
    return await share(address, workspace);
  } catch (cause) {
    return await explain(cause, workspace);
  } finally {
    await workspace.remove();
  }
}

async function share(address: HelperAddress, workspace: Workspace): Promise<number> {
  const platform = await openPlatform({ onError: (error) => log('display.error', { message: error.message }) });
  try {
    log('helper.enrolling', { host: address.host, port: address.port, version: HELPER_VERSION });
    const about = { helperVersion: HELPER_VERSION, platform: platformName() };
    const enrolment = await enrol(address, about);
    const { profileRoot, onProfile } = workspace;
    const reason = await runSession({ address, enrolment, platform, profileRoot, onProfile, log });
    log('helper.ended', { reason });
    return EXIT.ok;
  } finally {
    await closeQuietly(platform);
  }
}

function platformName(): string {
  return `${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
}

async function closeQuietly(platform: Platform): Promise<void> {
  platform.input.releaseAll();
  await platform.close();
}

/** Says what is wrong where the person looks: in a window if there can be one, on the terminal in any case. */
async function explain(cause: unknown, workspace: Workspace): Promise<number> {
  const code = codeOf(cause);
  log('helper.failed', { code, cause: cause instanceof Error ? cause.message : String(cause) });
  try {
    const language: Language = (process.env['LANG'] ?? '').startsWith('zh') ? 'zh-CN' : 'en';
    const { profileRoot, onProfile } = workspace;
    const window = await openConsentWindow({ language, profileRoot, onProfile, onError: () => undefined });
    window.show({ step: 'failed', code });
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, 60_000);
      window.onClosed(() => {
        clearTimeout(timer);
        resolve();
      });
    });
    await window.close();
  } catch (again) {
    // No window either: the line on the terminal is all there is.
    log('helper.no-window', { cause: again instanceof Error ? again.message : String(again) });
  }
  return cause instanceof AddressError ? EXIT.usage : EXIT.failed;
}

function codeOf(cause: unknown): string {
  if (cause instanceof EnrolError || cause instanceof AddressError || cause instanceof FileChangedError)
    return cause.code;
  return cause instanceof PlatformError ? 'display-unavailable' : 'internal';
}

/** For the person at a terminal and for support; never a secret. */
function log(event: string, detail: Record<string, unknown> = {}): void {
  const fields = Object.entries(detail).map(([key, value]) => `${key}=${JSON.stringify(value)}`);
  console.error([event, ...fields].join(' '));
}

// Not `await`: the packaged helper is a CommonJS bundle.
void main(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
  // A consent browser that hangs must not keep the program alive.
  setTimeout(() => process.exit(), 2000).unref();
});
