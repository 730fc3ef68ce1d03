/** One subject on one display: the painter that is running, the viewer that is open, and their ends. */
import { openViewerBrowser } from './browser.ts';
import { startDisplay } from './display.ts';
import type { Display } from './display.ts';
import { observerOf } from './observer.ts';
import type { Observer } from './observer.ts';
import { sceneCode, screenSize } from './painters/layout.ts';
import { startPainter } from './painters/start-painter.ts';
import type { Painter } from './painters/start-painter.ts';
import type { Series } from './rows.ts';
import type { Effort, Scene, SceneStage, SceneTask } from './scenes/scene.ts';
import type { OpenViewer, Subject } from './subject.ts';

interface Watching {
  open: OpenViewer;
  observer: Observer;
}

/** A running subject that scenes can be measured on, one after the other. */
export interface Rig {
  measure(scene: Scene): Promise<Series[]>;
  close(): Promise<void>;
}

/** What a rig needs besides the subject. */
export interface RigOptions {
  effort: Effort;
  footage: string;
  /** An empty one where absent. */
  display?: Display;
}

/** Readies a display for a subject. The subject itself is started by the first scene. */
export async function startRig(subject: Subject, { effort, footage, display: given }: RigOptions): Promise<Rig> {
  const display = given ?? (await startDisplay(screenSize));
  let watching: Watching | undefined;
  let painter: Painter | undefined;
  let scenes = 0;

  const closeViewer = async (): Promise<void> => {
    const last = watching;
    watching = undefined;
    await last?.open.close();
  };
  const reopen = async (): Promise<Watching> => {
    await closeViewer();
    const open = await subject.open({
      display: display.name,
      screenSize,
      openBrowser: async (options) => await openViewerBrowser({ ...options, code: sceneCode }),
    });
    watching = { open, observer: await observerOf(open.page, open.canvasSelector) };
    return watching;
  };
  const paint = async (task: SceneTask): Promise<Painter> => {
    await painter?.stop();
    scenes += 1;
    painter = await startPainter(display.name, { ...task, sceneCounter: scenes });
    return painter;
  };
  const stage: SceneStage = {
    effort,
    display: display.name,
    footage,
    viewer: async () => watching ?? (await reopen()),
    reopen,
    paint,
  };
  return {
    measure: async (scene) => {
      try {
        return await scene.measure(stage);
      } catch (error) {
        // A viewer that failed one scene is not trusted with the next.
        await closeViewer();
        throw error;
      }
    },
    close: async () => {
      for (const end of [closeViewer, subject.stop, async () => await painter?.stop(), display.stop]) await end();
    },
  };
}
