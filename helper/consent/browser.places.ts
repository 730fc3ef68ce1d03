/** Where browsers that can show a window in app mode are installed. Pure, but for the question whether a file is there. */
import { join, win32 } from 'node:path';

/** Chromium and its relatives, the plain packages first: a snap sees neither hidden folders nor the real /tmp. */
const NAMES = [
  'chromium',
  'google-chrome-stable',
  'google-chrome',
  'chromium-browser',
  'microsoft-edge-stable',
  'microsoft-edge',
  'brave-browser',
  'brave',
  'vivaldi-stable',
];
const USUAL_PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/google-chrome-stable',
  '/usr/bin/chromium-browser',
  '/usr/bin/microsoft-edge-stable',
  '/usr/bin/brave-browser',
  '/usr/local/bin/chromium',
  '/usr/lib/chromium/chromium',
  '/usr/lib64/chromium-browser/chromium-browser',
  '/opt/google/chrome/chrome',
  '/opt/microsoft/msedge/msedge',
  '/opt/brave.com/brave/brave',
  '/opt/chromium/chrome',
  '/snap/bin/chromium',
];

type IsThere = (file: string) => boolean;

export function findLinuxBrowser(path: string, isExecutable: IsThere): string | undefined {
  const folders = path.split(':').filter((folder) => folder.startsWith('/'));
  const onPath = NAMES.flatMap((name) => folders.map((folder) => join(folder, name)));
  const found = [...onPath, ...USUAL_PLACES].filter((file) => isExecutable(file));
  return found.find((file) => !isSnap(file)) ?? found[0];
}

function isSnap(file: string): boolean {
  return file.startsWith('/snap/');
}

/** Edge last: it is on every Windows, and signs people in by itself where it can. */
const WINDOWS_PROGRAMS = [
  'Google\\Chrome\\Application\\chrome.exe',
  'Chromium\\Application\\chrome.exe',
  'BraveSoftware\\Brave-Browser\\Application\\brave.exe',
  'Vivaldi\\Application\\vivaldi.exe',
  'Microsoft\\Edge\\Application\\msedge.exe',
];
/** Folders of programs, for everybody and for this person alone. */
const WINDOWS_FOLDERS = ['ProgramFiles', 'ProgramW6432', 'ProgramFiles(x86)', 'LOCALAPPDATA'];

export function findWindowsBrowser(environment: NodeJS.ProcessEnv, isThere: IsThere): string | undefined {
  const folders = WINDOWS_FOLDERS.flatMap((name) => environment[name] ?? []).filter((folder) =>
    win32.isAbsolute(folder),
  );
  return WINDOWS_PROGRAMS.flatMap((program) => folders.map((folder) => win32.join(folder, program))).find(isThere);
}

/** As on Windows, Edge last. Safari and Firefox show no window of their own for a page. */
const MAC_PROGRAMS = [
  'Google Chrome.app/Contents/MacOS/Google Chrome',
  'Chromium.app/Contents/MacOS/Chromium',
  'Brave Browser.app/Contents/MacOS/Brave Browser',
  'Vivaldi.app/Contents/MacOS/Vivaldi',
  'Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
];

/** Among everybody's programs, and the person's own. */
export function findMacBrowser(home: string | undefined, isExecutable: IsThere): string | undefined {
  const own = home?.startsWith('/') === true ? [join(home, 'Applications')] : [];
  const folders = ['/Applications', ...own];
  return MAC_PROGRAMS.flatMap((program) => folders.map((folder) => join(folder, program))).find(isExecutable);
}
