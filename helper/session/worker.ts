/**
 * The helper's second process: enrols, asks, shares. Banner, Stop and hotkey are its guardian's; should that one die, this
 * one ends the session and clears up.
 */
import { noteSwitchOn } from '../cleanup/accessibility.ts';
import { endpointOf, type Handover } from '../elevation/elevation.messages.ts';
import { launchKept } from '../elevation/kept.browser.ts';
import { enrol, type HelperAddress } from '../enrol/enrol.ts';
import { EXIT, explain, systemLanguage } from '../explain.ts';
import { clearUpAlone } from '../guardian/clear-up.ts';
import type { Start } from '../guardian/guardian.ts';
import { GuardianLink, endGuardian, openChannel } from '../guardian/guardian.link.ts';
import { log } from '../log.ts';
import { openProcessTable } from '../platform/host.ts';
import { openPlatform } from '../platform/open.ts';
import type { ProcessIdentity } from '../platform/platform.ts';
import { HELPER_VERSION, platformName } from '../version.ts';
import { workspaceAt, type Workspace } from '../workspace.ts';
import { runSession } from './start.ts';

/** Resolves with the exit code. */
export async function runWorker(): Promise<number> {
  const link = new GuardianLink(openChannel());
  const { guardian, folder, own, helperFile, start } = await link.welcome;
  const workspace = workspaceAt(folder, own === null ? undefined : { ...own, path: own.path });
  const abandoned = new AbortController();
  const outlived = new Promise<number>((resolve, reject) => {
    link.onLost(() => {
      // First of all: nothing is sent or held any more.
      abandoned.abort();
      // Where another helper keeps the consent window, that one clears up.
      outlive(guardian, start.type === 'enrol' ? workspace : undefined).then(resolve, reject);
    });
  });
  const shared = share(start, { link, workspace, helperFile, signal: abandoned.signal });
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

async function share(start: Start, parts: Parts): Promise<number> {
  const { link, workspace, signal } = parts;
  try {
    const handover = await shareFrom(start, parts);
    if (handover === undefined) link.tellOver();
    else await link.handOver(handover);
    return EXIT.ok;
  } catch (cause) {
    if (start.type === 'go-on') {
      // Something was shared before: its guardian tells the relay and the person.
      log('helper.failed', { cause: String(cause) });
      return EXIT.failed;
    }
    const code = signal.aborted ? EXIT.failed : await explain(cause, workspace.folder);
    link.tellOver();
    return code;
  }
}

/** Resolves with what another helper needs to go on, when one is to. */
async function shareFrom(start: Start, { link, workspace, helperFile, signal }: Parts): Promise<Handover | undefined> {
  const platform = await openPlatform({
    guard: link,
    ownFile: workspace.own?.path,
    onError: (error) => log('display.error', { message: error.message }),
    beforeSwitchOn: () => noteSwitchOn(workspace.folder),
  });
  try {
    const { enrolment, host, port } =
      start.type === 'enrol' ? await enrolAt(start.address, helperFile) : start.handover;
    const endpoint = endpointOf({ host, port, enrolment });
    link.tellEnrolled(endpoint, enrolment.language);
    const end = await runSession({
      endpoint,
      enrolment,
      platform,
      profileRoot: workspace.folder,
      launch: start.type === 'enrol' ? undefined : (page) => launchKept(link.keptBrowser, page),
      signal,
      log,
      elevate: () => link.elevate(),
      onPredecessorGone: (listener) => link.onPredecessorGone(listener),
      resumed: start.type === 'enrol' ? undefined : start.handover.session,
    });
    if ('handover' in end) return { host, port, enrolment, session: end.handover };
    log('helper.ended', { reason: end.reason });
    return undefined;
  } finally {
    platform.input.releaseAll();
    await platform.close();
  }
}

async function enrolAt(address: HelperAddress, helperFile: string | null): Promise<Omit<Handover, 'session'>> {
  const { host, port } = address;
  log('helper.enrolling', { host, port, version: HELPER_VERSION });
  const platform = platformName(process.platform, process.arch);
  return { host, port, enrolment: await enrol(address, { helperVersion: HELPER_VERSION, helperFile, platform }) };
}

/** The guardian's last duties, done by the one that is left; without a workspace, by yet another one. */
async function outlive(guardian: ProcessIdentity, workspace: Workspace | undefined): Promise<number> {
  endGuardian(guardian, await openProcessTable());
  if (workspace === undefined) return EXIT.failed;
  // The relay was told by the session itself.
  await clearUpAlone({ workspace, outcome: 'crashed', language: systemLanguage(), endpoint: undefined, log });
  return EXIT.failed;
}
