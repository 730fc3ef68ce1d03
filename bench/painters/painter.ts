/**
 * Paints one scene on the display named by DISPLAY, as a process of its own so that it neither waits for the bench nor
 * counts as part of a product. Usage: node painter.ts '{"kind":"flip",…}' with an IPC channel to the bench.
 */
import type { PaintedScene } from './painted-scene.ts';
import { XScreen } from './x-screen.ts';
import { paintFlip } from './flip.ts';
import { paintTerminal } from './terminal.ts';
import { paintVideo } from './video.ts';
import { sceneCode, screenSize } from './layout.ts';
import { codeAreaSize } from '../barcode.ts';
import type { FlipSize, TerminalSize } from './layout.ts';

/** What to paint. `sceneCounter` goes into the strip of the scene. */
export type PainterTask = { sceneCounter: number } & (
  | { kind: 'flip'; size: FlipSize }
  | { kind: 'terminal'; size: TerminalSize; text: 'still' | 'typing' | 'scroll' }
  | { kind: 'video'; footage: string }
);

/** From the painter to the bench. */
export type PainterReport = { kind: 'ready' } | { kind: 'paused'; lastChangeMs: number };
/** From the bench to the painter. */
export type PainterCommand = 'run' | 'pause';

const backdrop = 0x35506b;

async function paint(task: PainterTask): Promise<PaintedScene> {
  const screen = await XScreen.connect(process.env['DISPLAY'] ?? '');
  screen.openWindow({ x: 0, y: 0, ...screenSize }, backdrop);
  const scene = await paintTask(task, screen);
  if (!scene.hasOwnCode) {
    const { x, y } = sceneCode;
    const strip = screen.openWindow({ x, y, ...codeAreaSize(sceneCode) }, 0);
    screen.paintCode(strip, { ...sceneCode, x: 0, y: 0 }, { counter: task.sceneCounter, timeMs: Date.now() });
  }
  await screen.settled();
  return scene;
}

async function paintTask(task: PainterTask, screen: XScreen): Promise<PaintedScene> {
  switch (task.kind) {
    case 'flip':
      return paintFlip(screen, task.size);
    case 'terminal':
      return await paintTerminal(screen, task);
    case 'video':
      return await paintVideo(screen, task.footage);
  }
}

function report(message: PainterReport): void {
  process.send?.(message);
}

// Written by the bench itself, on this machine, a moment ago.
const scene = await paint(JSON.parse(process.argv[2] ?? '') as PainterTask);
process.on('message', (command: PainterCommand) => {
  if (command === 'run') scene.run?.();
  else report({ kind: 'paused', lastChangeMs: scene.pause?.() ?? Date.now() });
});
const end = async (): Promise<void> => {
  await scene.close?.();
  process.exit(0);
};
process.once('disconnect', () => void end());
process.once('SIGTERM', () => void end());
report({ kind: 'ready' });
