/** What hiding costs a frame: the survey of what is to be hidden, and an encoder that covers it beside one that does not. */
import { PictureEncoder } from '../../helper/pipeline/picture.encoder.ts';
import { Scene } from '../../helper/pipeline/testing/scene.ts';
import type { DesktopWindow, Picture, Rect } from '../../helper/platform/platform.ts';
import { surveyScreen, type SurveyFacts } from '../../helper/session/screen.survey.ts';
import type { Series } from '../rows.ts';

const SCREEN: Rect = { x: 0, y: 0, width: 1920, height: 1080 };
const WINDOWS = 40;
const MASKS = 20;
const FRAME_MS = 33;
const INK = { ink: 0xe0e0e0, paper: 0x101418 };

/** Text that scrolls over the whole screen, lines at a time: nearly every cell of it changes. */
export async function measureMasks(frames: number): Promise<Series[]> {
  const scene = new Scene(SCREEN.width, SCREEN.height);
  const [masked, plain] = [new PictureEncoder(), new PictureEncoder()];
  const masks = Array.from({ length: MASKS }, (_, at) => placed(at, { width: 160, height: 90 }));
  const facts = factsOf(masks);
  const samples: number[] = [];
  const surveys: number[] = [];
  for (let frame = 0; frame < frames; frame += 1) {
    scene.scrollUp({ ...SCREEN, height: SCREEN.height - 1 }, 13);
    scene.textLine({ ...SCREEN, y: SCREEN.height - 14 }, INK);
    scene.damaged(SCREEN);
    const picture = scene.picture();
    const surveyed = await timed(() => surveyScreen(facts));
    const with20 = (): Promise<unknown> => encode(masked, { picture, masks, frame });
    const without = (): Promise<unknown> => encode(plain, { picture, masks: [], frame });
    // In turns, so that neither always finds the picture in the processor's cache.
    const order = frame % 2 === 0 ? [with20, without] : [without, with20];
    const times = new Map<() => Promise<unknown>, number>();
    for (const way of order) times.set(way, await timed(way));
    surveys.push(surveyed);
    samples.push((times.get(with20) ?? Number.NaN) - (times.get(without) ?? Number.NaN) + surveyed);
  }
  for (const encoder of [masked, plain]) encoder.close();
  const mean = samples.reduce((sum, sample) => sum + sample, 0) / samples.length;
  return [
    { metric: 'mask_cost', unit: 'ms', samples },
    { metric: 'mask_cost_mean', unit: 'ms', samples: [mean] },
    { metric: 'survey', unit: 'ms', samples: surveys },
  ];
}

async function encode(
  encoder: PictureEncoder,
  { picture, masks, frame }: { picture: Picture; masks: readonly Rect[]; frame: number },
): Promise<unknown> {
  encoder.setMasks(masks);
  return encoder.encode(picture, frame * FRAME_MS);
}

async function timed(step: () => unknown): Promise<number> {
  const startedAt = performance.now();
  await step();
  return performance.now() - startedAt;
}

/** Spread over the screen, so that windows overlap and masks do not. */
function placed(at: number, size: { width: number; height: number }): Rect {
  return { x: 20 + (at % 5) * 370, y: 20 + (Math.floor(at / 5) % 4) * 260, ...size };
}

function factsOf(rectangles: readonly Rect[]): SurveyFacts {
  const windows = Array.from({ length: WINDOWS }, (_, at): DesktopWindow => {
    const bounds = { x: (at * 97) % 1300, y: (at * 61) % 600, width: 600, height: 450 };
    return {
      id: `w${at}`,
      title: `Window ${at}`,
      pid: 1000 + at,
      executable: `/usr/bin/program-${at}`,
      bounds,
      opaque: [bounds],
      isFocused: at === 0,
      isPopup: false,
      transientFor: undefined,
      role: '',
    };
  });
  return {
    screen: SCREEN,
    windows,
    consentPids: new Set(),
    banner: placed(2, { width: 300, height: 40 }),
    see: 'all',
    operate: 'all',
    mayUseFiles: false,
    fields: [],
    passwordPids: new Set(),
    ruleFor: () => undefined,
    settle: () => [],
    own: { windowIds: new Set(), rectangles, isAllHidden: false },
  };
}
