/**
 * The helper for Windows, as far as Wine is Windows, for the record: a window on Wine's desktop, shown by that helper and
 * then by the one for Linux, which shares the display that the desktop is on. Program, display and viewer are the same.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Running } from '../../e2e/processes.ts';
import { openBrowser } from '../../e2e/product.ts';
import { openSession } from '../../e2e/session.ts';
import { WineDesktop, packageFor, whyNoWine } from '../../e2e/wine-desktop.ts';
import { wineCode, wineWindow } from '../painters/layout.ts';
import { startRig } from '../rig.ts';
import type { Series } from '../rows.ts';
import { measureClicks } from '../scenes/flip.ts';
import { measureMovement } from '../scenes/moving.ts';
import type { Effort, Scene } from '../scenes/scene.ts';
import type { Subject } from '../subject.ts';
import { createHandrail } from '../subjects/handrail.ts';
import { startHandrailServer } from '../subjects/handrail-product.ts';
import type { Load } from './load.ts';

const SOURCE = join(import.meta.dirname, '../painters/wine.window.c');
const PROGRAM = 'painted.exe';
/** What no helper is hindered by. */
const FRAMES_PER_SECOND = 60;
/** Of what is measured of movement: processors are Wine's own server's as much as the helper's. */
const KEPT = ['delivered_rate', 'delivered_mean', 'painted_mean', 'frame_age'];

export const wine: Load = {
  name: 'wine',
  whyNot: whyNoWine,
  measure: async ({ viewed }) => {
    const folder = await mkdtemp(join(tmpdir(), 'handrail-load-'));
    const browser = await openBrowser();
    try {
      await packageFor(['win-x64'], folder);
      const desktop = await WineDesktop.open(browser);
      try {
        return await measureOn(desktop, { effort: viewed, helpers: folder });
      } finally {
        await desktop.close();
      }
    } finally {
      await browser.close();
      await rm(folder, { recursive: true, force: true });
    }
  },
};

async function measureOn(
  desktop: WineDesktop,
  { effort, helpers }: { effort: Effort; helpers: string },
): Promise<Series[]> {
  desktop.compile(SOURCE, PROGRAM);
  const windows = await measureOf(helperForWindows(desktop, helpers), desktop, effort);
  const linux = await measureOf(createHandrail(startHandrailServer), desktop, effort);
  return [...windows, ...linux.map((series) => ({ ...series, metric: `linux_${series.metric}` }))];
}

function helperForWindows(desktop: WineDesktop, helpers: string): Subject {
  const env = { HANDRAIL_HELPER_DIR: helpers };
  return createHandrail(() =>
    startHandrailServer(
      async (office, { newAgentPage }) => {
        const session = await openSession(office, { agentPage: await newAgentPage(), desktop, isDownloaded: true });
        return { ...session, helperProcessIds: [] };
      },
      { env },
    ),
  );
}

async function measureOf(subject: Subject, desktop: WineDesktop, effort: Effort): Promise<Series[]> {
  // The desktop ends it, after the other helper.
  const display = { name: desktop.display, stop: async () => undefined };
  const rig = await startRig(subject, { effort, footage: '', display });
  try {
    return await rig.measure(paintedOn(desktop));
  } finally {
    await rig.close();
  }
}

function paintedOn(desktop: WineDesktop): Scene {
  return {
    name: 'wine',
    measure: async (stage) => {
      const still = startWindow(desktop, 0);
      const { observer } = await stage.viewer();
      await observer.watch({ code: wineCode });
      await observer.firstFrame(({ counter }) => counter === 0);
      const clicks = await measureClicks(stage, wineWindow);
      await still.stop();
      const windows: Running[] = [];
      const run = (): void => void windows.push(startWindow(desktop, FRAMES_PER_SECOND));
      const movement = await measureMovement(stage, { run }, wineCode);
      for (const window of windows) await window.stop();
      const kept = movement.filter(({ metric }) => KEPT.includes(metric));
      return [{ metric: 'click_to_picture', unit: 'ms', samples: clicks }, ...kept];
    },
  };
}

function startWindow(desktop: WineDesktop, rate: number): Running {
  const { x, y, width, height } = wineWindow.area;
  const { cellWidth, columns } = wineCode;
  return desktop.start(`C:\\${PROGRAM}`, [x, y, width, height, cellWidth, columns, rate].map(String));
}
