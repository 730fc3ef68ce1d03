/**
 * The helper's second process: enrols, asks, shares. Banner, Stop and hotkey are its guardian's; should that one die, this
 * one ends the session and clears up.
 */
import { noteSwitchOn } from '../cleanup/accessibility.ts';
import { enrol, type HelperAddress } from '../enrol/enrol.ts';
import { EXIT, explain, systemLanguage } from '../explain.ts';
import { clearUp } from '../guardian/clear-up.ts';
import { GuardianLink, endGuardian, openChannel } from '../guardian/guardian.link.ts';
import { log } from '../log.ts';
import { openProcessTable } from '../platform/host.ts';
import { openDisplayGuard, openPlatform } from '../platform/open.ts';
import type { ProcessIdentity } from '../platform/platform.ts';
import { HELPER_VERSION, platformName } from '../version.ts';
import { workspaceAt, type Workspace } from '../workspace.ts';
import { runSession } from './start.ts';

/** Resolves with the exit code. */
export async function runWorker(): Promise<number> {
  const link = new GuardianLink(openChannel());
  const { guardian, folder, own, helperFile, address } = await link.welcome;
  const workspace = workspaceAt(folder, own === null ? undefined : { ...own, path: own.path });
  const abandoned = new AbortController();
  const outlived = new Promise<number>((resolve, reject) => {
    link.onLost(() => {
      // First of all: nothing is sent or held any more.
      abandoned.abort();
      outlive(guardian, workspace).then(resolve, reject);
    });
  });
  const shared = share(address, { link, workspace, helperFile, signal: abandoned.signal });
  const code = await Promise.race([outlived, shared.then((ended) => (abandoned.signal.aborted ? outlived : ended))]);
  link.close();
  return code;
}

interface Parts {
  link: GuardianLink;
  workspace: Workspace;
  /** SHA-256 of the file that was started; null from source. */
  helperFile: string | null;
  /** Aborted when the guardian is gone. */
  signal: AbortSignal;
}

async function share(address: HelperAddress, parts: Parts): Promise<number> {
  const { link, workspace, signal } = parts;
  try {
    await shareAt(address, parts);
    return EXIT.ok;
  } catch (cause) {
    return signal.aborted ? EXIT.failed : await explain(cause, workspace.folder);
  } finally {
    link.tellOver();
  }
}

async function shareAt(address: HelperAddress, { link, workspace, helperFile, signal }: Parts): Promise<void> {
  const platform = await openPlatform({
    guard: link,
    onError: (error) => log('display.error', { message: error.message }),
    beforeSwitchOn: () => noteSwitchOn(workspace.folder),
  });
  try {
    log('helper.enrolling', { host: address.host, port: address.port, version: HELPER_VERSION });
    const enrolment = await enrol(address, {
      helperVersion: HELPER_VERSION,
      helperFile,
      platform: platformName(process.platform, process.arch),
    });
    const { pinnedCa: ca, certificate, language, key } = enrolment;
    const endpoint = { host: address.host, port: address.port, ca, certificate, privateKey: key.privateKeyPem };
    link.tellEnrolled(endpoint, language);
    const { folder: profileRoot } = workspace;
    const reason = await runSession({ endpoint, enrolment, platform, profileRoot, signal, log });
    log('helper.ended', { reason });
  } finally {
    platform.input.releaseAll();
    await platform.close();
  }
}

/** The guardian's last duties, done by the one that is left. */
async function outlive(guardian: ProcessIdentity, workspace: Workspace): Promise<number> {
  endGuardian(guardian, await openProcessTable());
  const display = await openDisplayGuard({
    announce: () => Promise.resolve(),
    onError: (error) => log('display.error', { message: error.message }),
  });
  try {
    const language = systemLanguage();
    // The relay was told by the session itself.
    const { overlay } = display;
    const read = new AbortController();
    overlay.onStop(() => read.abort());
    const { signal } = read;
    await clearUp({ workspace, overlay, outcome: 'crashed', language, endpoint: undefined, signal, log });
  } finally {
    await display.close();
  }
  return EXIT.failed;
}
