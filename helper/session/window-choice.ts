/** The windows that the local person can choose from, each with a picture of itself. Nothing of this leaves the device. */
import type { DesktopWindow, Picture, Platform, Rect, Screen } from '../platform/platform.ts';
import { intersect } from '../pipeline/rects.ts';
import { grabOnce, partThumbnail } from './thumbnail.ts';
import { partsOnTop } from './visibility.ts';

export interface WindowChoice {
  id: string;
  /** What a person calls the program; empty when it is unknown. */
  application: string;
  /** By which all windows of the program can be chosen; undefined when it is unknown. */
  executable: string | undefined;
  title: string;
  /** In pixels of the shared screen; may reach beyond it. */
  bounds: Rect;
  /** False for one that others shine through everywhere: an agent would see grey only. */
  isShowable: boolean;
  /** A `data:` URL: what is on top of the window now, grey where others are in front. Null when there is no picture. */
  thumbnail: string | null;
}

export interface WindowChoiceOptions {
  platform: Pick<Platform, 'capture' | 'windows'>;
  screen: Screen;
  /** Processes of the consent window, which cannot be chosen. */
  consentPids: ReadonlySet<number>;
}

const THUMBNAIL_WIDTH = 200;
/** Smaller ones are nothing that a person calls a window. */
const MIN_WIDTH = 48;
const MIN_HEIGHT = 32;
/** Windows that move all the time are shown without pictures. */
const MAX_TRIES = 3;

/** Front-most first. All pictures are of one instant, and of one at which the windows were where they are said to be. */
export async function windowChoices({ platform, screen, consentPids }: WindowChoiceOptions): Promise<WindowChoice[]> {
  const { capture, windows } = platform;
  for (let tries = 1; ; tries++) {
    const before = await windows.geometrySerial();
    const list = await windows.list();
    const choices = list
      .filter((window) => isChoosable(window, consentPids) && intersect(window.bounds, screen.bounds) !== undefined)
      .map((window) => choiceOf(window, screen.bounds));
    if (choices.length === 0 || tries > MAX_TRIES) return choices;
    const pictured = await grabOnce(capture, screen.id, (picture) =>
      choices.map((choice) => ({ ...choice, thumbnail: pictureOf(choice, { picture, windows: list, screen }) })),
    );
    if (pictured !== undefined && (await windows.geometrySerial()) === before) return pictured;
  }
}

function isChoosable(window: DesktopWindow, consentPids: ReadonlySet<number>): boolean {
  const isConsent = window.pid !== undefined && consentPids.has(window.pid);
  const isLargeEnough = window.bounds.width >= MIN_WIDTH && window.bounds.height >= MIN_HEIGHT;
  return !isConsent && !window.isPopup && window.isShell !== true && isLargeEnough;
}

function choiceOf({ id, executable, title, bounds, opaque }: DesktopWindow, screen: Rect): WindowChoice {
  const application = executable === undefined ? '' : applicationName(executable);
  const isShowable = opaque.length > 0;
  return { id, application, executable, title, bounds: moved(bounds, screen), isShowable, thumbnail: null };
}

function pictureOf(
  { id, bounds }: WindowChoice,
  { picture, windows, screen }: { picture: Picture; windows: readonly DesktopWindow[]; screen: Screen },
): string {
  const shown = partsOnTop({ windows, screen: screen.bounds }, (window) => window.id === id);
  return partThumbnail(picture, {
    part: bounds,
    shown: shown.map((part) => moved(part, screen.bounds)),
    width: THUMBNAIL_WIDTH,
  });
}

/** "soffice" of `/usr/lib/libreoffice/program/soffice.bin`, "notepad" of `C:\Windows\notepad.exe`. */
export function applicationName(executable: string): string {
  const file = executable.slice(Math.max(executable.lastIndexOf('/'), executable.lastIndexOf('\\')) + 1);
  const name = file.replace(/^\./, '').replace(/([.-](bin|exe|real|wrapped|server))+$/i, '');
  return name === '' ? file : name;
}

/** From desktop to screen coordinates. */
function moved(rect: Rect, screen: Rect): Rect {
  return { ...rect, x: rect.x - screen.x, y: rect.y - screen.y };
}
