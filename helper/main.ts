/**
 * The helper: started by the employee, gone when the session is over. Reads address, CA fingerprint and one-time token
 * from its own file name (or from what was typed). The same file is two processes: the guardian, which is the one that
 * was started, and its worker, which does the session.
 */
import { basename } from 'node:path';
import { parseHelperArguments } from './address.ts';
import { cleanUp, tellCleaned } from './cleanup/clean.ts';
import { refuseChangedFile } from './executable.ts';
import { EXIT, explain } from './explain.ts';
import { WORKER_ARGUMENT, runGuardian } from './guardian/guardian.ts';
import { runWorker } from './session/worker.ts';
import { openWorkspace } from './workspace.ts';

async function main(argv: readonly string[]): Promise<number> {
  if (argv[0] === WORKER_ARGUMENT && process.send !== undefined) return runWorker();
  const workspace = openWorkspace();
  try {
    refuseChangedFile();
    const fileName = basename(workspace.own?.path ?? process.argv[1] ?? '');
    const { address } = parseHelperArguments(fileName, argv);
    const cleaned = await cleanUp();
    if (address !== undefined) return await runGuardian(address, workspace);
    await tellCleaned(cleaned, workspace.folder);
    return EXIT.ok;
  } catch (cause) {
    return await explain(cause, workspace.folder);
  } finally {
    workspace.remove();
  }
}

// Not `await`: the packaged helper is a CommonJS bundle.
void main(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
  // A consent browser that hangs must not keep the program alive.
  setTimeout(() => process.exit(), 2000).unref();
});
