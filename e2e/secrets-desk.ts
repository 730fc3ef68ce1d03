/**
 * A desktop with secrets on it and a session over it: programs that paint what nobody may see in the forbidden colour, the
 * agent's page with every paint watched, and ways to tell what reached a program and what did not.
 */
import assert from 'node:assert/strict';
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Page } from 'playwright-core';
import type { Desktop } from './desktop.ts';
import { FORBIDDEN } from './forbidden.ts';
import { eventually, type Running } from './processes.ts';
import { pageOf, remotePixel } from './viewer.ts';

export const SIZE = { width: 1280, height: 800 };
/** What covers, as the encoder paints it. */
const COVER = [0x30, 0x34, 0x3b];

export interface Colour {
  red: number;
  green: number;
  blue: number;
}

export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** What the colours of Qt programs are read from where the desktop says that it is KDE. */
export const QT_COLOURS = { XDG_CURRENT_DESKTOP: 'KDE', KDE_FULL_SESSION: 'true', KDE_SESSION_VERSION: '5' };

/** Entries of GTK and Qt programs, and lists of GTK 2, are painted in the forbidden colour from the first moment on. */
export function paintEntries(desktop: Desktop): void {
  const { red, green, blue, name } = FORBIDDEN;
  const css = `entry { background: ${name}; color: ${name}; }`;
  const view = `BackgroundNormal=${red},${green},${blue}\nForegroundNormal=${red},${green},${blue}\n`;
  const files = {
    '.config/gtk-3.0/gtk.css': css,
    '.config/gtk-4.0/gtk.css': css,
    // Read only if it has buttons too.
    '.config/kdeglobals': `[Colors:Button]\nBackgroundNormal=220,220,220\n[Colors:View]\n${view}`,
    '.gtkrc-2.0': `style "lists" { base[NORMAL] = "${name}" text[NORMAL] = "${name}" }\nclass "*" style "lists"\n`,
  };
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(desktop.home, file)), { recursive: true });
    writeFileSync(join(desktop.home, file), text);
  }
}

/** A terminal by the executable of that name. */
export function openTerminal(
  desktop: Desktop,
  { title, at, executable = 'xterm', colour = FORBIDDEN.name }: TerminalOptions,
): Running {
  const file = executable === 'xterm' ? '/usr/bin/xterm' : join(desktop.home, executable);
  if (!existsSync(file)) copyFileSync('/usr/bin/xterm', file);
  const looks = ['-bg', colour, '-fg', 'black', '-T', title, '-geometry', at];
  const env = { PS1: '$ ', HISTFILE: '' };
  return desktop.start(file, [...looks, '-e', 'bash', '--norc', '--noprofile'], env);
}

interface TerminalOptions {
  title: string;
  /** As X programs take it: columns, rows and place. */
  at: string;
  executable?: string;
  colour?: string;
}

export async function windowOf(desktop: Desktop, title: string): Promise<Box> {
  return eventually(`the window ${title}`, async () => {
    const tree = await desktop.query('xwininfo', ['-name', title]);
    const number = (name: string): number => Number(new RegExp(`${name}:\\s+(-?\\d+)`).exec(tree)?.[1] ?? NaN);
    const box = {
      x: number('Absolute upper-left X'),
      y: number('Absolute upper-left Y'),
      width: number('Width'),
      height: number('Height'),
    };
    return tree.includes('IsViewable') && Number.isFinite(box.x) ? box : undefined;
  });
}

/** A click by the person in front of the desktop, which gives the window the keyboard. */
export async function clickInto(desktop: Desktop, title: string): Promise<void> {
  const { x, y, width, height } = await windowOf(desktop, title);
  // A hand that is there already would not move the pointer back from where the other hand left it.
  await desktop.hand('mousemove', '1240', '20');
  await desktop.clickByHand(Math.floor(x + width / 2), Math.floor(y + height / 2));
  await eventually('the focus', async () => (await focused(desktop)) === title);
}

/** Title of the window that has the keyboard. */
export async function focused(desktop: Desktop): Promise<string> {
  return (await desktop.query('xdotool', ['getactivewindow', 'getwindowname'])).trim();
}

/** Red, green and blue of every pixel that the desktop itself shows, row by row. */
export async function screenOf(desktop: Desktop): Promise<Uint8Array> {
  const file = join(desktop.home, 'screen.rgb');
  await desktop.query('import', ['-silent', '-window', 'root', '-depth', '8', `rgb:${file}`]);
  return readFileSync(file);
}

/** The smallest box around everything that the desktop itself shows in the forbidden colour, within `area`. */
export async function forbiddenOn(desktop: Desktop, area: Box = { x: 0, y: 0, ...SIZE }): Promise<Box | undefined> {
  return boxOf(await screenOf(desktop), FORBIDDEN, area);
}

/** The same for any colour, of a screen that was taken. */
export function boxOf(pixels: Uint8Array, { red, green, blue }: Colour, area: Box): Box | undefined {
  const found = { left: Infinity, top: Infinity, right: -1, bottom: -1 };
  for (let y = area.y; y < area.y + area.height; y++) {
    for (let x = area.x; x < area.x + area.width; x++) {
      const at = (y * SIZE.width + x) * 3;
      if (pixels[at] !== red || pixels[at + 1] !== green || pixels[at + 2] !== blue) continue;
      found.left = Math.min(found.left, x);
      found.right = Math.max(found.right, x);
      found.top = Math.min(found.top, y);
      found.bottom = Math.max(found.bottom, y);
    }
  }
  if (found.right < 0) return undefined;
  return { x: found.left, y: found.top, width: found.right - found.left + 1, height: found.bottom - found.top + 1 };
}

/** Until the agent's picture shows the cover all over this box: its middle and its corners. */
export async function assertCovered(page: Page, { x, y, width, height }: Box): Promise<void> {
  const [right, bottom] = [x + width - 1, y + height - 1];
  const points = [
    [x, y],
    [right, y],
    [x, bottom],
    [right, bottom],
    [Math.floor((x + right) / 2), Math.floor((y + bottom) / 2)],
  ] as const;
  await eventually('the cover', async () => {
    const colours = await Promise.all(points.map(([left, top]) => remotePixel(page, left, top)));
    return colours.every((colour) => String(colour) === String(COVER));
  });
}

/** Until the agent's picture shows something else than the cover in the middle of this box. */
export async function assertShown(page: Page, { x, y, width, height }: Box): Promise<void> {
  const middle = [Math.floor(x + width / 2), Math.floor(y + height / 2)] as const;
  await eventually('what was covered', async () => String(await remotePixel(page, ...middle)) !== String(COVER));
}

/** The agent asks for files, with this reason, and the sharer allows them for the session. */
export async function grantFiles(page: Page, consent: Page, reason: string): Promise<void> {
  await page.getByRole('button', { name: 'Ask for files' }).click();
  const form = page.getByRole('dialog');
  await form.getByLabel('Why, in words for them').fill(reason);
  await form.getByRole('button', { name: 'Send question' }).click();
  await consent.getByText(reason).waitFor();
  await eventually('the answer', async () => {
    // A press in the first moment does not count.
    const allow = consent.locator('#allow-session');
    if (await allow.isVisible()) await allow.click({ timeout: 1000 }).catch(() => undefined);
    return consent.locator('#take-back-files').isVisible();
  });
}

/** The sharer draws a rectangle over this. */
export async function hideArea(consent: Page, { width, height, x, y }: Box): Promise<void> {
  await consent.locator('#hide-area').click();
  await consent.locator('#add').click();
  // Its size first: a place is kept within the screen.
  for (const [side, value] of Object.entries({ width, height, x, y })) {
    await consent.locator(`#area-0-${side}`).fill(String(value));
    await consent.locator(`#area-0-${side}`).blur();
  }
  await consent.locator('#hide-these').click();
}

/** The hand that helps, by mouse and keyboard of the agent's page. */
export class RemoteHand {
  readonly #page: Page;
  readonly #desktop: Desktop;
  #turn = 0;

  constructor(page: Page, desktop: Desktop) {
    this.#page = page;
    this.#desktop = desktop;
  }

  /**
   * Begins when the hand of the person in front no longer holds it back, and returns when all of it has reached the device,
   * applied or not: input is taken in its order.
   */
  async type(text: string): Promise<void> {
    await this.arrive();
    await this.#page.getByRole('application').focus();
    await this.#page.keyboard.type(text);
    await this.arrive();
  }

  async press(key: string): Promise<void> {
    await this.#page.getByRole('application').focus();
    await this.#page.keyboard.press(key);
  }

  /** Everything sent before has been judged: the pointer, which comes after it, is where it was sent. */
  async arrive(): Promise<void> {
    this.#turn = (this.#turn + 1) % 8;
    const [x, y] = [1180 + this.#turn * 4, 780];
    await eventually('the pointer from afar', async () => {
      const off = await pageOf(this.#page, x - 2, y);
      await this.#page.mouse.move(off.x, off.y);
      const at = await pageOf(this.#page, x, y);
      await this.#page.mouse.move(at.x, at.y);
      const place = await this.#desktop.query('xdotool', ['getmouselocation']);
      const [, left = NaN, top = NaN] = (/x:(\d+) y:(\d+)/.exec(place) ?? []).map(Number);
      return Math.abs(left - x) <= 1 && Math.abs(top - y) <= 1;
    });
  }
}

/** A file that a command in some terminal would make, on its line. */
export class Trace {
  readonly #file: string;
  readonly #name: string;

  constructor(desktop: Desktop, name: string) {
    this.#name = name;
    this.#file = join(desktop.home, name);
  }

  get command(): string {
    return `touch ${this.#name}\n`;
  }

  assertNone(): void {
    assert.equal(existsSync(this.#file), false, `${this.#name} was typed from afar`);
  }

  async appears(): Promise<void> {
    await eventually(this.#name, () => existsSync(this.#file));
  }
}
