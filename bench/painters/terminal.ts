/**
 * A real xterm whose text comes from here: still, typed, or scrolling. The scrolling one writes its code strip into its
 * own last line, after the text of the frame: a strip that is seen means text that is there.
 */
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { counterRange, encodeFrameCode } from '../barcode.ts';
import { startChild, eventually } from '../children.ts';
import { terminalArea, terminalFont, terminals } from './layout.ts';
import type { TerminalSize } from './layout.ts';
import { atPace } from './pace.ts';
import type { Pace } from './pace.ts';
import type { PaintedScene } from './painted-scene.ts';
import { logLine, proseLetters } from './text.ts';
import type { XScreen } from './x-screen.ts';

const lettersPerSecond = 12;
const linesPerSecond = 30;
const wrapAt = 78;

/** What moves in a terminal. */
export interface TerminalTask {
  size: TerminalSize;
  text: 'still' | 'typing' | 'scroll';
}

/** Control sequences of ECMA-48 and DEC that xterm follows. */
const sequences = {
  clear: '\x1b[2J\x1b[H',
  hideCursor: '\x1b[?25l',
  scrollRows: (last: number): string => `\x1b[1;${last}r`,
  to: (row: number): string => `\x1b[${row};1H`,
  reverse: '\x1b[7m',
  plain: '\x1b[0m',
};

/** The strip as characters: a bit is two cells wide, ones in the light colour of the background. */
function stripText(bits: string): string {
  const runs = [...bits.matchAll(/1+|0+/g)].map(([run]) =>
    run.startsWith('1') ? '  '.repeat(run.length) : `${sequences.reverse}${'  '.repeat(run.length)}${sequences.plain}`,
  );
  return sequences.to(terminals.full.rows) + runs.join('');
}

export async function paintTerminal(screen: XScreen, task: TerminalTask): Promise<PaintedScene> {
  const { columns, rows, x, y } = terminals[task.size];
  const folder = await mkdtemp(join(tmpdir(), 'handrail-bench-'));
  const ready = join(folder, 'ready');
  const pipe = join(folder, 'text');
  const look = [
    '-fa',
    terminalFont,
    '-b',
    '0',
    '-bw',
    '0',
    '+sb',
    '-bg',
    '#fdfdf8',
    '-fg',
    '#101418',
    '-name',
    'bench',
  ];
  const command = ['sh', '-c', 'mkfifo "$1" && : > "$2" && exec cat "$1"', 'sh', pipe, ready];
  const geometry = ['-geometry', `${columns}x${rows}+${x}+${y}`, '-xrm', '*overrideRedirect: true'];
  const xterm = await startChild('xterm', [...look, ...geometry, '-e', ...command]);
  await eventually('xterm', async () => {
    if (xterm.hasEnded()) throw new Error(`xterm ended: ${xterm.lastOutput()}`);
    return await rm(ready).then(
      () => true,
      () => undefined,
    );
  });
  await checkCells(screen, task.size);
  const text = await open(pipe, 'w');
  let written = Promise.resolve();
  const write = (characters: string): void => {
    written = written.then(async () => void (await text.write(characters)));
  };
  const moving = moveText(task.text, write);
  await written;
  await screen.settled();
  return {
    ...moving,
    close: async () => {
      moving.pause();
      await text.close();
      await xterm.stop();
      await rm(folder, { recursive: true });
    },
  };
}

/** The strip can only be found when the font has the expected size. */
async function checkCells(screen: XScreen, size: TerminalSize): Promise<void> {
  const expected = terminalArea(size);
  await eventually(
    `a terminal of ${expected.width}x${expected.height} in ${terminalFont} (package fonts-dejavu-core)`,
    async () => {
      return (await screen.hasWindowOf(expected)) || undefined;
    },
  );
}

interface MovingText {
  run(): void;
  pause(): number;
  hasOwnCode: boolean;
}

function moveText(kind: TerminalTask['text'], write: (characters: string) => void): MovingText {
  let pace: Pace | undefined;
  let lastChangeMs = Date.now();
  let counter = 0;
  const type = (index: number): void => {
    lastChangeMs = Date.now();
    write(proseLetters(index) + ((index + 1) % wrapAt === 0 ? '\r\n' : ''));
  };
  const scroll = (): void => {
    lastChangeMs = Date.now();
    const strip = stripText(encodeFrameCode({ counter, timeMs: lastChangeMs }));
    write(`${sequences.to(terminals.full.rows - 1)}\n${logLine(counter, terminals.full.columns)}${strip}`);
    counter = (counter + 1) % counterRange;
  };
  const fullLines = (count: number, width: number): string =>
    Array.from({ length: count }, (_, index) => logLine(index, width)).join('\r\n');
  if (kind === 'scroll') {
    write(sequences.clear + sequences.hideCursor + sequences.scrollRows(terminals.full.rows - 1));
    write(fullLines(terminals.full.rows - 1, terminals.full.columns));
    scroll();
  } else if (kind === 'still') {
    write(fullLines(terminals.desk.rows - 1, terminals.desk.columns));
  }
  return {
    hasOwnCode: kind === 'scroll',
    run: () => {
      if (kind === 'still') return;
      pace ??= kind === 'typing' ? atPace(lettersPerSecond, type) : atPace(linesPerSecond, scroll);
    },
    pause: () => {
      pace?.stop();
      pace = undefined;
      return lastChangeMs;
    },
  };
}
