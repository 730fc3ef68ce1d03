/** Two hundred inputs a second from an agent without a page, and what of them a display has felt. */
import { setTimeout as delay } from 'node:timers/promises';
import type { ControlFromAgent } from '../../protocol/stream.ts';
import type { Desktop } from '../../e2e/desktop.ts';
import type { AgentStream } from '../../e2e/hostile/agent.peer.ts';
import { eventually, type Running } from '../../e2e/processes.ts';

const INPUTS_PER_S = 200;
/** Where nothing of the helper lies: neither its window nor its banner. */
const AREA = { x: 800, y: 500, width: 400 };

/** What XTEST, by which a helper injects, has done to a display; the time is that of hearing of it. */
export class AppliedInput {
  /** Milliseconds since the epoch. */
  lastAt = 0;
  #count = 0;

  private constructor(running: Running) {
    running.child.stdout?.on('data', (part: Buffer) => {
      const moves = part.toString().split('(RawMotion)').length - 1;
      if (moves === 0) return;
      this.#count += moves;
      this.lastAt = Date.now();
    });
  }

  static async watch(desktop: Desktop): Promise<AppliedInput> {
    const applied = new AppliedInput(desktop.start('xinput', ['test-xi2', '--root']));
    await eventually('a movement of the pointer', async () => {
      await desktop.query('xdotool', ['mousemove_relative', '1', '1']);
      return applied.#count > 0;
    });
    return applied;
  }

  countSinceReset(): number {
    return this.#count;
  }

  reset(): void {
    this.#count = 0;
  }
}

export class BusyAgent {
  readonly #stream: AgentStream;
  /** When each input of this time was sent, milliseconds since the epoch. */
  #sentAt: number[] = [];
  #refusedBefore = 0;
  #sending: { abort: AbortController; over: Promise<void> } | undefined;

  constructor(stream: AgentStream) {
    this.#stream = stream;
  }

  async start(): Promise<void> {
    const grant = await this.gainsInput();
    this.#sentAt = [];
    this.#refusedBefore = this.#refused();
    const abort = new AbortController();
    this.#sending = { abort, over: this.#send(grant, abort.signal) };
  }

  /** Returns when the first input was sent that the relay did not forward; NaN when it forwarded all. */
  async stop(): Promise<number> {
    this.#sending?.abort.abort();
    await this.#sending?.over;
    await this.#report();
    const refused = this.#refused() - this.#refusedBefore;
    return this.#sentAt[this.#sentAt.length - refused] ?? Number.NaN;
  }

  async say(message: ControlFromAgent): Promise<void> {
    const view = await eventually('the right to look', () => this.#tagOf('view'));
    this.#stream.control.send(await this.#stream.seal('control', message, view));
  }

  gainsInput(): Promise<bigint> {
    return eventually('the right to act', () => this.#tagOf('input'));
  }

  async losesInput(): Promise<void> {
    await eventually('the end of the right', async () => (await this.#tagOf('input')) === undefined);
    // Whatever was on its way has come to where it is refused.
    await this.keepsSending(300);
  }

  async keepsSending(ms: number): Promise<void> {
    await delay(ms);
  }

  async keepsQuiet(ms: number): Promise<void> {
    await delay(ms);
  }

  async #send(grant: bigint, signal: AbortSignal): Promise<void> {
    const startedAt = performance.now();
    for (let turn = 0; !signal.aborted; turn += 1) {
      const at = { x: AREA.x + (turn % AREA.width), y: AREA.y };
      const chunk = await this.#stream.seal('input', { type: 'pointer/move', ...at }, grant);
      this.#sentAt.push(Date.now());
      this.#stream.control.send(chunk);
      await delay(Math.max(0, startedAt + ((turn + 1) * 1000) / INPUTS_PER_S - performance.now()));
    }
  }

  async #tagOf(capability: string): Promise<bigint | undefined> {
    const told = (await this.#stream.told()).findLast((message) => message.type === 'grants');
    const right = told?.rights.find((each) => each.capability === capability);
    return right && BigInt(`0x${right.tag}`);
  }

  /** Input that was refused, as the relay has told. */
  #refused(): number {
    let sum = 0;
    for (const [reason, count] of this.#stream.control.refusals()) if (reason !== 'invalid-signal') sum += count;
    return sum;
  }

  /** All that was refused until now has been told: what is no message is refused after it, and told with it. */
  async #report(): Promise<void> {
    const { control } = this.#stream;
    const before = control.refusals().get('invalid-signal') ?? 0;
    control.send('no message');
    await eventually('a report', () => (control.refusals().get('invalid-signal') ?? 0) > before);
  }
}
