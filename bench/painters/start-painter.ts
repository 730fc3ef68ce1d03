/** The bench's end of a painter process. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { endWithBench, stopProcess } from '../children.ts';
import type { PainterCommand, PainterReport, PainterTask } from './painter.ts';

const program = fileURLToPath(new URL('painter.ts', import.meta.url));

export interface Painter {
  /** The counter in the strip of this scene, where the scene has that strip. */
  sceneCounter: number;
  run(): void;
  /** Stops moving; resolves to when the last change was painted, milliseconds since the epoch. */
  pause(): Promise<number>;
  stop(): Promise<void>;
}

/** Starts painting on a display and waits until everything is there. */
export async function startPainter(display: string, task: PainterTask): Promise<Painter> {
  const child = fork(program, [JSON.stringify(task)], { env: { ...process.env, DISPLAY: display } });
  endWithBench(child);
  const reported = async (kind: PainterReport['kind']): Promise<PainterReport> => {
    const ended = once(child, 'exit').then(() => {
      throw new Error(`the painter of ${task.kind} ended`);
    });
    // Only messages of our own program arrive on this channel.
    const message = once(child, 'message').then(([first]) => first as PainterReport);
    // The loser of the race may still fail, when the painter is stopped later; that is no error.
    ended.catch(() => undefined);
    const report = await Promise.race([message, ended]);
    if (report.kind !== kind) throw new Error(`the painter says ${report.kind} instead of ${kind}`);
    return report;
  };
  const tell = (command: PainterCommand): void => void child.send(command);
  await reported('ready');
  return {
    sceneCounter: task.sceneCounter,
    run: () => tell('run'),
    pause: async () => {
      const report = reported('paused');
      tell('pause');
      const paused = await report;
      return paused.kind === 'paused' ? paused.lastChangeMs : Number.NaN;
    },
    stop: async () => await stopProcess(child),
  };
}
