/**
 * The helper: started by the employee, gone when the session is over. Reads address, CA fingerprint and one-time token
 * from its own file name (or from what was typed). The same file is two processes: the guardian, which is the one that
 * was started, and its worker, which does the session.
 */
import { basename } from 'node:path';
import { parseHelperArguments, parseHelperFileName } from './address.ts';
import { cleanUp, tellCleaned } from './cleanup/clean.ts';
import { openConsentWindow, type ConsentWindow } from './consent/consent.window.ts';
import { walkThroughPermissions } from './consent/permission.walk.ts';
import { attend } from './elevation/attend.ts';
import { runElevated } from './elevation/elevated.ts';
import { ELEVATED_ARGUMENT } from './elevation/elevated.run.ts';
import type { HelperAddress } from './enrol/enrol.ts';
import { refuseChangedFile } from './executable.ts';
import { EXIT, explain, systemLanguage } from './explain.ts';
import { WORKER_ARGUMENT, runGuardian } from './guardian/guardian.ts';
import { log } from './log.ts';
import { PERMISSIONS_ARGUMENT } from './own.program.ts';
import { missingPermissions, openPermissions } from './platform/open.ts';
import { runWorker } from './session/worker.ts';
import { openWorkspace, type Workspace } from './workspace.ts';

async function main(argv: readonly string[]): Promise<number> {
  if (argv[0] === WORKER_ARGUMENT && process.send !== undefined) return runWorker();
  if (argv[0] === PERMISSIONS_ARGUMENT) return tellMissingPermissions();
  const workspace = await openWorkspace();
  try {
    refuseChangedFile();
    const fileName = basename(workspace.own?.path ?? process.argv[1] ?? '');
    if (argv[0] === ELEVATED_ARGUMENT) return await goOn(fileName, argv, workspace);
    const { address } = parseHelperArguments(fileName, argv);
    const cleaned = await cleanUp();
    if (address !== undefined) return (await isAllowed(workspace)) ? await share(address, workspace) : EXIT.ok;
    await tellCleaned(cleaned, workspace.folder);
    return EXIT.ok;
  } catch (cause) {
    return await explain(cause, workspace.folder);
  } finally {
    workspace.remove();
  }
}

/** To the end, whichever process of ours that is. */
async function share(address: HelperAddress, workspace: Workspace): Promise<number> {
  const end = await runGuardian({ start: { type: 'enrol', address }, workspace });
  return 'code' in end ? end.code : await attend({ ...end, workspace });
}

/** Whoever started this one with administrator rights tells the person what became of it. */
async function goOn(fileName: string, argv: readonly string[], workspace: Workspace): Promise<number> {
  try {
    await cleanUp();
    return await runElevated(argv.slice(1), parseHelperFileName(fileName), workspace);
  } catch (cause) {
    log('helper.failed', { cause: cause instanceof Error ? cause.message : String(cause) });
    return EXIT.failed;
  }
}

/** Whether the system lets this program do what a session needs, if need be after the person has seen to it. */
async function isAllowed({ folder }: Workspace): Promise<boolean> {
  const permissions = await openPermissions();
  if (permissions === undefined) return true;
  const [language, onError] = [
    systemLanguage(),
    (cause: unknown): void => log('window.error', { cause: String(cause) }),
  ];
  const openWindow = (): Promise<ConsentWindow> => openConsentWindow({ language, profileRoot: folder, onError });
  return walkThroughPermissions({ permissions, openWindow });
}

async function tellMissingPermissions(): Promise<number> {
  try {
    console.log(JSON.stringify(await missingPermissions()));
    return EXIT.ok;
  } catch (cause) {
    log('permissions.unknown', { cause: cause instanceof Error ? cause.message : String(cause) });
    return EXIT.failed;
  }
}

// Not `await`: the packaged helper is a CommonJS bundle.
void main(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
  // A consent browser that hangs must not keep the program alive.
  setTimeout(() => process.exit(), 2000).unref();
});
