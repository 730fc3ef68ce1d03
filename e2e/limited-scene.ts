/**
 * A desktop with something to share and something that nobody may see: programs in colours of their own, the choice in
 * the consent window, and an agent whose every paint is looked at.
 */
import { copyFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { WORDS } from '../helper/consent/page/words.ts';
import type { Rect } from '../helper/platform/platform.ts';
import type { Mode } from '../protocol/capabilities.ts';
import { Desktop } from './desktop.ts';
import { FORBIDDEN, seenSoFar, watchPaints } from './forbidden.ts';
import { eventually, type Running } from './processes.ts';
import { newPerson, type Person } from './product.ts';
import { openQuestion, type Office } from './session.ts';
import { pageOf, pictureSize } from './viewer.ts';

const words = WORDS.en;
/** What the encoder paints over what may not be seen. */
export const GREY = [0x30, 0x34, 0x3b];
export const MAIL_COLOUR = '#104080';
/** Bytes that the pointer and the keys send to a terminal, into a file. */
const LISTEN = (file: string): string => `printf '\\033[?1000h'; stty -icanon; exec cat > ${file}`;

export interface TerminalOptions {
  title: string;
  x: number;
  y: number;
  /** Another program than the one that is shared, which paints in the forbidden colour. */
  isForeign?: boolean;
  colour?: string;
  /** What runs in it; a shell when absent. */
  command?: string;
  lies?: readonly string[];
}

export interface SharedChoice {
  mode: Mode;
  /** What may be seen, on the page where that is asked; the same may be used. Everything when absent. */
  choose?: (consentPage: Page) => Promise<void>;
}

export class LimitedScene {
  readonly desktop: Desktop;
  readonly person: Person;
  /** A copy of a terminal, which is another program than the terminal. */
  readonly #foreign: string;
  #close: () => Promise<void> = () => Promise.resolve();

  private constructor(desktop: Desktop, person: Person) {
    this.desktop = desktop;
    this.person = person;
    this.#foreign = join(desktop.home, 'bin', 'ledger');
    copyFileSync('/usr/bin/xterm', this.#foreign);
  }

  static async open(browser: Browser): Promise<LimitedScene> {
    const [desktop, person] = await Promise.all([Desktop.open(), newPerson(browser)]);
    await watchPaints(person.context);
    return new LimitedScene(desktop, person);
  }

  get page(): Page {
    return this.person.page;
  }

  async close(): Promise<void> {
    try {
      await this.#close();
    } finally {
      await this.person.context.close();
      await this.desktop.close();
    }
  }

  /** From the question to the first picture, with what the person chooses in the consent window. */
  async share(office: Office, choice: SharedChoice): Promise<void> {
    const asked = await openQuestion(office, { agentPage: this.page, desktop: this.desktop });
    this.#close = asked.close;
    const code = await this.page.getByTestId('match-code').innerText({ timeout: 30_000 });
    await letThem(asked.consentPage, code, choice);
    await eventually('the picture', async () => (await pictureSize(this.page)) === '1280x800');
  }

  /** A terminal, once its window is there. */
  async startTerminal({ title, x, y, ...options }: TerminalOptions): Promise<Running> {
    const { isForeign = false, command = 'exec bash --norc', lies = [] } = options;
    const colour = options.colour ?? (isForeign ? FORBIDDEN.name : MAIL_COLOUR);
    const ink = isForeign ? FORBIDDEN.name : '#ffffff';
    const look = ['-bg', colour, '-fg', ink, '-cr', ink, '-geometry', `50x14+${x}+${y}`, '-title', title];
    const program = isForeign ? this.#foreign : 'xterm';
    return this.startProgram(title, program, [...look, ...lies, '-e', 'sh', '-c', command]);
  }

  async startProgram(title: string, command: string, args: readonly string[]): Promise<Running> {
    const known = await this.#windowsNamed(title);
    const running = this.desktop.start(command, args);
    await eventually(`the window ${title}`, async () => {
      if (running.hasExited()) throw new Error(running.output());
      return (await this.#windowsNamed(title)).length > known.length;
    });
    return running;
  }

  /** A terminal of another program that keeps all that reaches it. */
  startListening(options: Omit<TerminalOptions, 'command'>): Promise<Running> {
    return this.startTerminal({ isForeign: true, ...options, command: LISTEN(`${options.title}.log`) });
  }

  /** What has reached such a terminal. */
  heard(title: string): string {
    const file = join(this.desktop.home, `${title}.log`);
    return existsSync(file) ? readFileSync(file, 'latin1') : '';
  }

  /** A search that meets a window which is just going away finds nothing, so it is asked again. */
  async idOf(title: string): Promise<string> {
    return eventually(`a window called ${title}`, async () => (await this.#windowsNamed(title))[0]);
  }

  /** With the frame that the window manager gives it. */
  async frameOf(title: string): Promise<Rect> {
    const tree = await this.desktop.query('xwininfo', ['-tree', '-id', await this.idOf(title)]);
    const frame = /Parent window id: (0x[0-9a-f]+)/.exec(tree)?.[1] ?? '';
    const text = await this.desktop.query('xwininfo', ['-id', frame]);
    const number = (what: string): number => Number(new RegExp(`${what}:\\s*(-?\\d+)`).exec(text)?.[1]);
    return {
      x: number('Absolute upper-left X'),
      y: number('Absolute upper-left Y'),
      width: number('Width'),
      height: number('Height'),
    };
  }

  /** Title of the window that has the keyboard. */
  async active(): Promise<string> {
    return (await this.desktop.query('xdotool', ['getactivewindow', 'getwindowname'])).trim();
  }

  /** Everything that a shortcut of the window manager could change. */
  async state(): Promise<string> {
    const names = ['_NET_ACTIVE_WINDOW', '_NET_CLIENT_LIST_STACKING', '_NET_CURRENT_DESKTOP', '_NET_SHOWING_DESKTOP'];
    return this.desktop.query('xprop', ['-root', ...names]);
  }

  /** A click by the agent takes effect there: nothing holds the remote hand back any more. */
  async focusByAgent(title: string): Promise<void> {
    await eventually(`the focus in ${title}`, async () => {
      await this.clickIn(await this.frameOf(title));
      return (await this.active()) === title;
    });
  }

  async clickIn({ x, y, width, height }: Rect): Promise<void> {
    const at = await pageOf(this.page, Math.round(x + width / 2), Math.round(y + height * 0.6));
    await this.page.mouse.click(at.x, at.y);
  }

  /** What the agent types reaches a shell that has the keyboard. */
  async typeFile(name: string): Promise<void> {
    await this.page.keyboard.type(`touch ${name}`, { delay: 15 });
    await this.page.keyboard.press('Enter');
    await eventually(`the file ${name}`, () => existsSync(join(this.desktop.home, name)));
  }

  /** So many more paints of the picture. */
  async afterPaints(count: number): Promise<void> {
    const { paints } = await seenSoFar(this.page);
    await eventually('more paints', async () => (await seenSoFar(this.page)).paints >= paints + count);
  }

  /** A click by the person's own hand, which gives the window the keyboard. */
  async handIn(title: string): Promise<void> {
    const { x, y, width, height } = await this.frameOf(title);
    // The desktop hears of movements, and the agent may have moved its pointer meanwhile.
    await this.desktop.hand('mousemove', String(x + 8), String(y + height - 8));
    await this.desktop.clickByHand(Math.round(x + width / 2), Math.round(y + height * 0.6));
    await eventually(`the focus in ${title}`, async () => (await this.active()) === title);
  }

  /** By its title bar, with the person's own hand. */
  async dragByHand(title: string, by: { x: number; y: number }): Promise<void> {
    const { x, y, width } = await this.frameOf(title);
    const from = { x: x + Math.round(width / 2), y: y + 9 };
    const steps = Array.from({ length: 24 }, (_, at) => (at + 1) / 24).flatMap((part) => {
      const to = [from.x + Math.round(by.x * part), from.y + Math.round(by.y * part)];
      return ['mousemove', ...to.map(String), 'sleep', '0.03'];
    });
    const press = ['mousemove', String(from.x), String(from.y), 'mousedown', '1', 'sleep', '0.05'];
    await this.desktop.hand(...press, ...steps, 'mouseup', '1');
  }

  assertShownOnly(rects: readonly Rect[]): Promise<void> {
    return assertShownOnly(this.page, rects);
  }

  async #windowsNamed(title: string): Promise<string[]> {
    const found = this.desktop.query('xdotool', ['search', '--onlyvisible', '--name', `^${title}$`]);
    return (await found.catch(() => '')).split('\n').filter((line) => line !== '');
  }
}

/** The cards hide the buttons they are made of. */
const FORCE = { force: true };
const MODES: Record<Mode, string> = {
  view: words.modeView,
  limited: words.modeLimited,
  control: words.modeControl,
};

/** Everything in the consent window up to Start. */
export async function letThem(consentPage: Page, code: string, { mode, choose }: SharedChoice): Promise<void> {
  await consentPage.getByText(code).click();
  await consentPage.getByRole('button', { name: words.next }).click();
  await consentPage.getByRole('radio', { name: MODES[mode] }).check(FORCE);
  await choose?.(consentPage);
  const start = consentPage.getByRole('button', { name: /^Let / });
  const further = consentPage.getByRole('button', { name: words.next });
  await start.or(further).waitFor();
  // What is open is shown once more before it can be seen.
  if (await further.isVisible()) await further.click();
  await start.click();
}

/** All windows of a program, also later ones. */
export async function chooseProgram(consentPage: Page, program: string): Promise<void> {
  await chooseParts(consentPage, async () => {
    const name = words.choiceAllOf.replace('{application}', program);
    await consentPage.getByRole('checkbox', { name }).check(FORCE);
  });
}

export async function chooseWindow(consentPage: Page, title: string): Promise<void> {
  await chooseParts(consentPage, async () => {
    await consentPage.getByRole('checkbox', { name: title, exact: true }).check(FORCE);
  });
}

export async function chooseArea(consentPage: Page, area: Rect): Promise<void> {
  await chooseParts(consentPage, async () => {
    await consentPage.getByRole('button', { name: words.drawAreas }).click();
    await consentPage.getByRole('button', { name: words.areaAdd }).click();
    // Sizes first, so that no place is beyond the screen.
    for (const side of ['width', 'height', 'x', 'y'] as const) {
      const label = { width: words.width, height: words.height, x: words.left, y: words.top }[side];
      await consentPage.getByLabel(label, { exact: true }).fill(String(area[side]));
      await consentPage.getByLabel(label, { exact: true }).press('Tab');
    }
    await consentPage.getByRole('button', { name: words.done }).click();
  });
}

async function chooseParts(consentPage: Page, choose: () => Promise<void>): Promise<void> {
  await consentPage.getByRole('radio', { name: words.seePart }).check(FORCE);
  await consentPage.getByRole('button', { name: words.chooseSee }).click();
  await choose();
  await consentPage.getByRole('button', { name: words.done }).click();
}

/** The picture is grey everywhere but in these rectangles, and is not grey in them. */
export async function assertShownOnly(page: Page, rects: readonly Rect[]): Promise<void> {
  let last: unknown;
  await eventually('a picture of what is shared alone', async () => {
    last = await page.evaluate(countColours, { rects, grey: GREY });
    const { shownOutside, greyInside } = last as ReturnType<typeof countColours>;
    return shownOutside === 0 && greyInside === 0;
  }).catch((cause: unknown) => {
    throw new Error(`pixels: ${JSON.stringify(last)} for ${JSON.stringify(rects)}`, { cause });
  });
}

/** Runs in the page. */
function countColours({ rects, grey }: { rects: readonly Rect[]; grey: readonly number[] }): {
  shownOutside: number;
  greyInside: number;
  around: number[];
} {
  const canvas = document.querySelector<HTMLCanvasElement>('canvas[data-testid=picture]');
  const copy = canvas && new OffscreenCanvas(canvas.width, canvas.height).getContext('2d');
  if (!canvas || !copy) throw new Error('no picture');
  const { width, height } = canvas;
  copy.drawImage(canvas, 0, 0);
  const { data } = copy.getImageData(0, 0, width, height);
  const counts = { shownOutside: 0, greyInside: 0 };
  const around = [width, height, 0, 0] as [number, number, number, number];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = (y * width + x) * 4;
      const isGrey = grey.every((part, channel) => Math.abs((data[at + channel] ?? 0) - part) <= 4);
      const isInside = rects.some((r) => x >= r.x && y >= r.y && x < r.x + r.width && y < r.y + r.height);
      if (isInside && isGrey) counts.greyInside += 1;
      if (isInside || isGrey) continue;
      counts.shownOutside += 1;
      around[0] = Math.min(around[0], x);
      around[1] = Math.min(around[1], y);
      around[2] = Math.max(around[2], x);
      around[3] = Math.max(around[3], y);
    }
  }
  return { ...counts, around };
}
