/** The remote screen: an X server without hardware (Xvfb), on a display number of its own. */
import { access } from 'node:fs/promises';
import { eventually, startChild } from './children.ts';
import type { Size } from './subject.ts';

/** Numbers that are tried in turn; the first can be moved with HANDRAIL_BENCH_DISPLAY. */
const triedNumbers = 7;
const defaultNumber = 78;

export interface Display {
  /** As in the environment variable DISPLAY. */
  name: string;
  stop(): Promise<void>;
}

async function exists(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}

/** Starts Xvfb on the first free number. */
export async function startDisplay(size: Size, env: NodeJS.ProcessEnv = process.env): Promise<Display> {
  const first = Number(env['HANDRAIL_BENCH_DISPLAY'] ?? defaultNumber);
  for (let number = first; number < first + triedNumbers; number += 1) {
    const socket = `/tmp/.X11-unix/X${number}`;
    if ((await exists(socket)) || (await exists(`/tmp/.X${number}-lock`))) continue;
    const screen = ['-screen', '0', `${size.width}x${size.height}x24`];
    const server = await startChild('Xvfb', [`:${number}`, ...screen, '-nolisten', 'tcp', '-noreset', '-dpi', '96']);
    await eventually(`display :${number}`, async () => {
      if (server.hasEnded()) throw new Error(`Xvfb ended: ${server.lastOutput()}`);
      return (await exists(socket)) || undefined;
    });
    return { name: `:${number}`, stop: server.stop };
  }
  throw new Error(`no free display from :${first} on`);
}
