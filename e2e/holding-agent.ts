/** An agent without a page who looks, holds a key and a button, and never stops sending, whatever becomes of the connection. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { InputMessage } from '../protocol/stream.ts';
import type { AgentPeer, AgentStream } from './hostile/agent.peer.ts';
import { eventually } from './processes.ts';

/** Within the terminal on the desktop, beside the consent window. */
const POINT = { x: 900, y: 600 };
const SEND_EVERY_MS = 20;
/** Turns from one press to the next, as long as it does not hold. */
const PRESS_EVERY = 10;
/** Covers every frame that there can be: this agent has painted all of them. */
const EVERY_FRAME = 0xffff_ffff;

export class HoldingAgent {
  readonly #peer: AgentPeer;
  readonly #sessionId: string;
  #stream: AgentStream;
  /** Texts that belong to earlier handshakes on the same sockets. */
  #heard = 0;
  #sending: AbortController | undefined;
  #isHeld = false;

  private constructor(peer: AgentPeer, sessionId: string, stream: AgentStream) {
    this.#peer = peer;
    this.#sessionId = sessionId;
    this.#stream = stream;
  }

  static async join(peer: AgentPeer, sessionId: string): Promise<HoldingAgent> {
    return new HoldingAgent(peer, sessionId, await peer.join(sessionId));
  }

  /** Chunks that have come since the last agreement began. */
  get reached(): number {
    return this.#stream.reached;
  }

  /** Chunks of pictures among them. */
  get pictures(): number {
    return this.#stream.bulk.chunks.length;
  }

  agree(): Promise<string> {
    return this.#stream.agree();
  }

  /** Whatever is heard from here on belongs to the next handshake. */
  expectLoss(): void {
    this.#heard = this.#stream.control.heard.length;
  }

  /** After a loss, whoever was lost: joins anew when it was this agent, and agrees with the device once that is there. */
  async meetAgain(isOwnLoss: boolean): Promise<void> {
    if (isOwnLoss) {
      this.leave();
      this.#stream = await eventually('the agent’s join', () => this.#peer.join(this.#sessionId));
    } else {
      await this.#stream.control.hears('the device', ({ type }) => type === 'device/joined', this.#heard);
      this.#stream = this.#stream.again(this.#peer, this.#heard);
    }
    await this.#stream.agree();
  }

  /** From the sharer's yes to the first picture and the right to use mouse and keyboard. */
  async look(): Promise<void> {
    await this.#stream.takeKeys();
    await eventually('a picture', () => this.#stream.reached > 0);
  }

  /** Goes on moving and pressing until told otherwise; resolves once the desktop holds both the button and the key. */
  async hold(isHeld: () => Promise<boolean>): Promise<void> {
    this.rest();
    this.#isHeld = false;
    this.#sending = new AbortController();
    const { signal } = this.#sending;
    const tags = await this.#tags();
    const sending = this.#keepSending(tags, signal);
    await eventually('the held key and button', isHeld);
    this.#isHeld = true;
    // What is sealed with keys that are no more is no failure.
    void sending.catch(() => undefined);
  }

  /** What the relay has said of late, for the message of a failure. */
  story(): string {
    const { control, bulk } = this.#stream;
    const heard = control.heard.slice(-12).map((message) => JSON.stringify(message).slice(0, 160));
    return `${bulk.chunks.length} chunks of pictures, ${control.chunks.length} others; the relay says: ${heard.join('; ')}`;
  }

  rest(): void {
    this.#sending?.abort();
  }

  leave(): void {
    this.rest();
    this.#stream.drop();
  }

  async #keepSending({ view, input }: { view: bigint; input: bigint }, signal: AbortSignal): Promise<void> {
    const stream = this.#stream;
    const { control } = stream;
    const press = async (message: InputMessage): Promise<void> =>
      control.send(await stream.seal('input', message, input));
    for (let turn = 0; !signal.aborted && !control.isClosed; turn += 1) {
      const at = { x: POINT.x + (turn % 8), y: POINT.y };
      await press({ type: 'pointer/move', ...at });
      // A press is what gives the terminal the focus, should another window have taken it.
      const isPress = !this.#isHeld && turn % PRESS_EVERY === 0;
      for (const isDown of isPress ? [false, true] : [])
        await press({ type: 'pointer/button', ...at, button: 0, isDown });
      await press({ type: 'key', code: 'KeyJ', isDown: true });
      control.send(await stream.seal('control', { type: 'ack', frame: EVERY_FRAME }, view));
      await sleep(SEND_EVERY_MS);
    }
  }

  async #tags(): Promise<{ view: bigint; input: bigint }> {
    return eventually('the rights', async () => {
      const told = (await this.#stream.told()).findLast((message) => message.type === 'grants');
      const tagOf = (wanted: string): bigint | undefined => {
        const right = told?.rights.find(({ capability }) => capability === wanted);
        return right && BigInt(`0x${right.tag}`);
      };
      const [view, input] = [tagOf('view'), tagOf('input')];
      return view !== undefined && input !== undefined && { view, input };
    });
  }
}
