/**
 * The helper: started by the employee, gone when the session is over. Reads address, CA fingerprint and one-time token
 * from its own file name (or from what was typed). The same file is two processes: the guardian, which is the one that
 * was started, and its worker, which does the session.
 */
import { basename } from 'node:path';
import { parseHelperArguments } from './address.ts';
import { cleanUp, tellCleaned } from './cleanup/clean.ts';
import { openConsentWindow, type ConsentWindow } from './consent/consent.window.ts';
import { walkThroughPermissions } from './consent/permission.walk.ts';
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
    const { address } = parseHelperArguments(fileName, argv);
    const cleaned = await cleanUp();
    if (address !== undefined) return (await isAllowed(workspace)) ? await runGuardian(address, workspace) : EXIT.ok;
    await tellCleaned(cleaned, workspace.folder);
    return EXIT.ok;
  } catch (cause) {
    return await explain(cause, workspace.folder);
  } finally {
    workspace.remove();
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
