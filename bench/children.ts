/** Child processes of the bench: started by fixed argument lists, their last words kept, ended by their own id. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

const keptOutput = 4000;
const graceMs = 3000;

export interface Child {
  processId: number;
  /** The end of what it wrote, for error messages. */
  lastOutput(): string;
  hasEnded(): boolean;
  stop(): Promise<void>;
}

const living = new Set<ChildProcess>();
// Whatever ends the bench, nothing that it started stays behind.
process.on('exit', () => {
  for (const child of living) child.kill('SIGKILL');
});

/** Remembers a child so that it ends with the bench at the latest. */
export function endWithBench(child: ChildProcess): void {
  living.add(child);
  child.once('exit', () => living.delete(child));
}

/** Starts a program with the given display and waits until the system has accepted it. */
export async function startChild(
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<Child> {
  const child = spawn(program, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  endWithBench(child);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output = (output + chunk.toString('utf8')).slice(-keptOutput);
    });
  }
  await once(child, 'spawn');
  const processId = child.pid;
  if (processId === undefined) throw new Error(`${program} has no process id`);
  return { processId, lastOutput: () => output, hasEnded: () => hasEnded(child), stop: () => stopProcess(child) };
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

/** Asks a child to end and kills it when it does not. */
export async function stopProcess(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
  await ended;
  clearTimeout(timer);
}

/** Repeats `attempt` until it gives something, at most for `timeoutMs`. */
export async function eventually<T>(
  what: string,
  attempt: () => Promise<T | undefined>,
  timeoutMs = 10_000,
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const result = await attempt();
    if (result !== undefined) return result;
    if (performance.now() > deadline) throw new Error(`${what}: nothing within ${timeoutMs} ms`);
    await delay(20);
  }
}

/** A loopback TCP port that is free now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  // A listening TCP server has an AddressInfo; only pipes have a string.
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Waits until something accepts connections on a loopback port; fails at once when the child that should has ended. */
export async function portAnswers(port: number, child: Child): Promise<void> {
  await eventually(`port ${port}`, async () => {
    if (child.hasEnded()) throw new Error(`ended before it listened: ${child.lastOutput()}`);
    const socket = connect(port, '127.0.0.1');
    const isOpen = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true));
      socket.once('error', () => resolve(false));
    });
    socket.destroy();
    return isOpen || undefined;
  });
}
