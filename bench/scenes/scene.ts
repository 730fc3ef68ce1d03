/** What a scene is: something painted on the remote screen and what is measured while a viewer looks at it. */
import type { Observer } from '../observer.ts';
import type { Painter } from '../painters/start-painter.ts';
import type { PainterTask } from '../painters/painter.ts';
import type { Series } from '../rows.ts';
import type { OpenViewer, Point } from '../subject.ts';

/** How much is measured, times in milliseconds. */
export interface Effort {
  flips: number;
  starts: number;
  runMs: number;
  idleMs: number;
  warmUpMs: number;
  warmUpFlips: number;
  pictures: number;
  stops: number;
  /** How often to look whether others leave the machine alone before a scene starts anyway. */
  quietTries: number;
}

export const fullEffort: Effort = {
  flips: 60,
  starts: 5,
  runMs: 15_000,
  idleMs: 20_000,
  warmUpMs: 3000,
  warmUpFlips: 8,
  pictures: 20,
  stops: 5,
  quietTries: 8,
};

export const quickEffort: Effort = {
  flips: 12,
  starts: 2,
  runMs: 5000,
  idleMs: 5000,
  warmUpMs: 1000,
  warmUpFlips: 3,
  pictures: 4,
  stops: 2,
  quietTries: 1,
};

/** Everything but the number in the strip of the scene, which the stage gives out. */
export type SceneTask = PainterTask extends infer Task
  ? Task extends unknown
    ? Omit<Task, 'sceneCounter'>
    : never
  : never;

/** What a scene works with. */
export interface SceneStage {
  effort: Effort;
  /** The X display that is painted on and shared. */
  display: string;
  /** The file with the frames of the video scene. */
  footage: string;
  /** The viewer, opened when first asked for and then kept for the following scenes. */
  viewer(): Promise<{ open: OpenViewer; observer: Observer }>;
  /** Opens a viewer afresh and closes the one before. */
  reopen(): Promise<{ open: OpenViewer; observer: Observer }>;
  /** Replaces what is painted. */
  paint(task: SceneTask): Promise<Painter>;
}

export interface Scene {
  readonly name: string;
  measure(stage: SceneStage): Promise<Series[]>;
}

/** Moves the pointer of the viewer to a remote pixel. */
export async function pointAt(viewer: OpenViewer, remote: Point): Promise<void> {
  const { x, y } = await viewer.toPage(remote);
  await viewer.page.mouse.move(x, y);
}
