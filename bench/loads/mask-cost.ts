/** What hiding costs a frame: the survey of what is to be hidden, and an encoder that covers it beside one that does not. */
import { PictureEncoder } from '../../helper/pipeline/picture.encoder.ts';
import { Scene } from '../../helper/pipeline/testing/scene.ts';
import type { DesktopWindow, Picture, Rect } from '../../helper/platform/platform.ts';
import { surveyScreen, type SurveyFacts } from '../../helper/session/screen.survey.ts';
import { percentile, type Series } from '../rows.ts';

const SCREEN: Rect = { x: 0, y: 0, width: 1920, height: 1080 };
const WINDOWS = 40;
const MASKS = 20;
const FRAME_MS = 33;
const INK = { ink: 0xe0e0e0, paper: 0x101418 };

interface Change {
  /** What is on the screen before. */
  begin?: (scene: Scene) => void;
  step: (scene: Scene, frame: number) => void;
}

const scroll: Change = {
  begin: (scene) => scene.textPage(SCREEN, INK),
  step: (scene) => {
    scene.scrollUp({ ...SCREEN, height: SCREEN.height - 1 }, 13);
    scene.textLine({ ...SCREEN, y: SCREEN.height - 14 }, INK);
    scene.damaged(SCREEN);
  },
};

/** What changes on the screen from frame to frame; masks lie over all of it. */
const CHANGES: Record<string, Change> = {
  typing: { step: (scene, frame) => scene.glyph({ x: 400 + (frame % 200) * 6, y: 416 }, 1 + (frame % 90), INK) },
  page: { step: (scene) => scene.textPage({ x: 300, y: 200, width: 1001, height: 702 }, INK) },
  film: { step: (scene, frame) => scene.film({ x: 320, y: 180, width: 1280, height: 720 }, frame) },
  scroll,
  flip: { step: (scene, frame) => scene.fill(SCREEN, frame % 2 === 0 ? 0x445566 : 0x99aabb) },
};
/** The first frames are complete ones, and compile what they run through. */
const WARM_UP = 10;
/** Each frame is measured so often; odd. */
const ROUNDS = 5;

export async function measureMasks(frames: number): Promise<Series[]> {
  const masks = Array.from({ length: MASKS }, (_, at) => placed(at, { width: 160, height: 90 }));
  const surveys = await measureSurveys(factsOf(masks), frames);
  const costs: Series[] = [];
  for (const [name, change] of Object.entries(CHANGES)) {
    const samples = await measureFrames(change, { masks, frames });
    const surveyed = samples.map((sample, at) => sample + (surveys[at] ?? Number.NaN));
    costs.push({ metric: `mask_cost_${name}`, unit: 'ms', samples: surveyed });
  }
  const noise = await measureFrames(scroll, { masks: [], frames });
  return [
    { metric: 'mask_cost', unit: 'ms', samples: costs.flatMap(({ samples }) => samples) },
    ...costs,
    { metric: 'mask_noise', unit: 'ms', samples: noise },
    { metric: 'survey', unit: 'ms', samples: surveys },
  ];
}

async function measureSurveys(facts: SurveyFacts, count: number): Promise<number[]> {
  const samples: number[] = [];
  for (let turn = -WARM_UP; turn < count; turn += 1) {
    const sample = await timed(() => surveyScreen(facts));
    if (turn >= 0) samples.push(sample);
  }
  return samples;
}

interface Masked {
  masks: readonly Rect[];
  frames: number;
}

/** What the masks add to each frame: the median of several rounds, so that what befalls a single frame is left out. */
async function measureFrames(change: Change, masked: Masked): Promise<number[]> {
  const rounds: number[][] = [];
  for (let round = 0; round < ROUNDS; round += 1) rounds.push(await measureRound(change, { ...masked, round }));
  return Array.from({ length: masked.frames }, (_, frame) => {
    return percentile(
      rounds.map((samples) => samples[frame] ?? Number.NaN),
      50,
    );
  });
}

async function measureRound(change: Change, { masks, frames, round }: Masked & { round: number }): Promise<number[]> {
  const scene = new Scene(SCREEN.width, SCREEN.height);
  change.begin?.(scene);
  const [masked, plain] = [new PictureEncoder(), new PictureEncoder()];
  const samples: number[] = [];
  for (let frame = 0; frame < WARM_UP + frames; frame += 1) {
    change.step(scene, frame);
    const picture = scene.picture();
    const withMasks = (): Promise<number> => timed(() => encode(masked, { picture, masks, frame }));
    const without = (): Promise<number> => timed(() => encode(plain, { picture, masks: [], frame }));
    // In turns, so that neither always finds the picture in the processor's cache.
    const isFirst = (frame + round) % 2 === 0;
    const early = isFirst ? await withMasks() : 0;
    const bare = await without();
    const cost = (isFirst ? early : await withMasks()) - bare;
    if (frame >= WARM_UP) samples.push(cost);
  }
  for (const encoder of [masked, plain]) encoder.close();
  return samples;
}

async function encode(
  encoder: PictureEncoder,
  { picture, masks, frame }: { picture: Picture; masks: readonly Rect[]; frame: number },
): Promise<unknown> {
  encoder.setMasks(masks);
  return encoder.encode(picture, frame * FRAME_MS);
}

/** Processor time of all threads in milliseconds: what other programs do meanwhile is no cost of masks. */
async function timed(step: () => unknown): Promise<number> {
  const before = process.cpuUsage();
  await step();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
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
    isSecureDesktop: false,
    own: { windowIds: new Set(), rectangles, isAllHidden: false },
  };
}
