/** Children of the tests: started by fixed argv, ended by pid, their output kept for the failure message. */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Running {
  child: ChildProcess;
  output: () => string;
  hasExited: () => boolean;
  exited: Promise<number | null>;
  stop: (signal?: NodeJS.Signals) => Promise<void>;
}

export function start(
  command: string,
  args: readonly string[],
  options: { env?: NodeJS.ProcessEnv; cwd?: string } = {},
): Running {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
  let output = '';
  const keep = (part: Buffer): void => {
    output = (output + part.toString('utf8')).slice(-200_000);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const exited = new Promise<number | null>((resolve) => {
    child.once('error', (error) => {
      output += String(error);
      resolve(-1);
    });
    child.once('exit', (code) => resolve(code));
  });
  let isGone = false;
  void exited.then(() => (isGone = true));
  return {
    child,
    output: () => output,
    hasExited: () => isGone,
    exited,
    stop: async (signal = 'SIGTERM') => {
      if (isGone) return;
      child.kill(signal);
      await Promise.race([exited, sleep(8000)]);
      if (!isGone) child.kill('SIGKILL');
      await exited;
    },
  };
}

/** Asks until there is an answer; fails with `what` when there is none in time. */
export async function eventually<T>(
  what: string,
  ask: () => T | undefined | false | null | Promise<T | undefined | false | null>,
  limitMs = 15_000,
): Promise<T> {
  const until = Date.now() + limitMs;
  let last: unknown;
  while (Date.now() < until) {
    try {
      const answer = await ask();
      if (answer !== undefined && answer !== false && answer !== null) return answer;
    } catch (cause) {
      last = cause;
    }
    await sleep(50);
  }
  throw new Error(`not in time: ${what}`, { cause: last });
}

export async function freePort(): Promise<number> {
  const { createServer } = await import('node:net');
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() =>
        typeof address === 'object' && address !== null ? resolve(address.port) : reject(new Error('no port')),
      );
    });
  });
}

/** A display number nobody uses. */
export function freeDisplay(from: number): number {
  for (let number = from; number < from + 50; number++) {
    if (!existsSync(`/tmp/.X11-unix/X${number}`) && !existsSync(`/tmp/.X${number}-lock`)) return number;
  }
  throw new Error('no free display');
}
