/** Stands for the helper in the packaging's test: loads every native part and asset and says what it found. */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import koffi from 'koffi';
import { AV_CODEC_ID_H264 } from 'node-av/constants';
import { Codec, FFmpegError, PosixError } from 'node-av/lib';
import x11 from 'x11';
import { loadPage } from '../../helper/consent/consent.page.ts';
import { removeLeftOvers, removeSelf } from '../../helper/cleanup/removal.ts';
import { findLeftOvers } from '../../helper/cleanup/run-folder.ts';
import { isElevatedRun } from '../../helper/elevation/elevated.run.ts';
import { openFolderCheck, openProcessTable, thisProcess, type CheckFolder } from '../../helper/platform/host.ts';
import type { ProcessTable } from '../../helper/platform/platform.ts';
import type { Elevation } from '../../helper/platform/windows/windows.elevation.ts';
import { openWorkspace } from '../../helper/workspace.ts';
import { findOwnFile, refuseChangedFile, type OwnFile } from '../../helper/executable.ts';

const SURVIVOR = '--survivor';
/** As the banner says to the person what happened. */
const SURVIVES_FOR_MS = 1500;

async function tellWhatIsThere(): Promise<void> {
  // The system's own function, as proof that foreign functions can be called.
  const isWindows = process.platform === 'win32';
  const getpid = (
    isWindows
      ? koffi.load('kernel32.dll').func('uint32_t GetCurrentProcessId()')
      : koffi.load('libc.so.6').func('int getpid()')
  ) as () => number;
  console.log(
    JSON.stringify({
      arguments: process.argv.slice(2),
      environment: Object.keys(process.env).filter((name) => /^(NODE|HANDRAIL)_/.test(name)),
      isForeignCallRight: getpid() === process.pid,
      versions: { node: process.versions.node, koffi: koffi.version },
      // What bundle.ts puts in place of the native part's answer.
      isErrorNumberRight: FFmpegError.AVERROR(PosixError.EAGAIN) === -constants.errno.EAGAIN,
      encoder: Codec.findEncoder(AV_CODEC_ID_H264)?.name,
      isX11There: typeof x11.createClient === 'function',
      pageFiles: Object.keys(loadPage()),
      ownFile: findOwnFile()?.path,
      runsIn: dirname(process.execPath),
      isElevated: isElevatedRun(),
      elevation: isWindows ? await tellElevation() : undefined,
      startedIn: process.cwd(),
      variables: process.env,
      isMarkedAsRunning: isWindows ? await isMarkedAsRunning() : undefined,
      afterMs: Math.round(performance.now()),
    }),
  );
}

async function tellElevation(): Promise<Elevation> {
  return (await import('../../helper/platform/windows/windows.elevation.ts')).elevationState(findOwnFile()?.path);
}

/** By the launcher for Windows: with this very process. */
async function isMarkedAsRunning(): Promise<boolean> {
  const { pid, start } = thisProcess(await openProcessTable());
  const marker = readFileSync(join(dirname(process.execPath), 'marker.json'), 'utf8');
  return marker.startsWith(`{"version":1,"pid":${pid},"startedTicks":"${start}",`);
}

/** As at the end, at the next start, and as by the task manager. */
async function obey(asked: ReadonlySet<string>): Promise<void> {
  const own = findOwnFile();
  if (asked.has('--remove')) remove(own);
  // Until the test has done something to the file.
  while (asked.has('--wait') && !existsSync(`${own?.path}.go`)) await sleep(20);
  if (asked.has('--clean')) clean(await openFolderCheck(), await openProcessTable());
  if (asked.has('--workspace')) await openAndRemoveWorkspace();
  if (asked.has('--be-survived'))
    spawn(process.execPath, [SURVIVOR, JSON.stringify(own)], { detached: true, stdio: 'ignore' });
  if (asked.has('--kill-launcher')) process.kill(process.ppid, 'SIGKILL');
  if (asked.has('--kill')) process.kill(process.pid, 'SIGKILL');
}

function clean(isTrusted: CheckFolder, processes: ProcessTable): void {
  console.log(JSON.stringify(removeLeftOvers(findLeftOvers(processes, { isTrusted }))));
}

/** As at the end of a run, and what it has asked the launcher for. */
async function openAndRemoveWorkspace(): Promise<void> {
  const workspace = await openWorkspace();
  const marker = readFileSync(join(workspace.folder, 'marker.json'), 'utf8');
  workspace.remove();
  const isRemovalAsked = existsSync(join(dirname(process.execPath), 'remove-program'));
  console.log(
    JSON.stringify({ folder: workspace.folder, marker, isLeft: existsSync(workspace.folder), isRemovalAsked }),
  );
}

function remove(own: OwnFile | undefined): void {
  removeSelf({ executablePath: own?.path, temporaryFolders: [] }, own);
}

async function main([first, ...rest]: readonly string[]): Promise<void> {
  if (first === SURVIVOR) {
    await sleep(SURVIVES_FOR_MS);
    return remove(JSON.parse(rest[0] ?? '') as OwnFile); // as written above
  }
  refuseChangedFile();
  await tellWhatIsThere();
  await obey(new Set(process.argv.slice(2)));
}

void main(process.argv.slice(2));
