/** A server in other hands: the built product, whose words to a device a test makes up, while everything else goes on. */
import { mkdtempSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { ConnectionKind } from '../../protocol/frame.ts';
import { deviceToRelay, type DeviceToRelay } from '../../protocol/relay.ts';
import { eventually } from '../processes.ts';
import { Product } from '../product.ts';

/** Environment variable with the path of the socket on which orders come. */
export const TAMPERING_SOCKET = 'TAMPERING_SOCKET';

export type TamperingOrder =
  | { type: 'say'; kind: ConnectionKind; text?: string; base64?: string }
  /** Words to the device that are kept back, by type. */
  | { type: 'withhold'; types: readonly string[] }
  /** Fields of the answer to an enrolment; those of its policy each on its own. */
  | { type: 'enrolment'; changes: Record<string, unknown> };
export type TamperingReport =
  { type: 'done' } | { type: 'frame'; kind: ConnectionKind } | { type: 'word'; word: object };

const PRELOAD = fileURLToPath(new URL('tampering.preload.ts', import.meta.url));

export class Tampering {
  readonly product: Product;
  readonly #socket: Socket;
  #given = 0;
  #done = 0;
  #frames = 0;
  readonly #words: DeviceToRelay[] = [];

  private constructor(product: Product, socket: Socket) {
    this.product = product;
    this.#socket = socket;
    createInterface(socket).on('line', (line) => this.#take(JSON.parse(line) as TamperingReport));
  }

  /** Starts the product in these hands. */
  static async start(): Promise<Tampering> {
    const path = join(mkdtempSync(join(tmpdir(), 'tampering-')), 'orders');
    const product = await Product.start(undefined, {
      env: { NODE_OPTIONS: `--import=${PRELOAD}`, [TAMPERING_SOCKET]: path },
    });
    const socket = connect(path);
    await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    return new Tampering(product, socket);
  }

  /** Frames that devices have sent, whether or not the relay let them pass. */
  get frames(): number {
    return this.#frames;
  }

  /** Words of the device before. */
  forget(): void {
    this.#words.length = 0;
  }

  /** What the device has said that fits. */
  async hears<T extends DeviceToRelay>(what: string, fits: (word: DeviceToRelay) => word is T): Promise<T> {
    return eventually(what, () => this.#words.find(fits));
  }

  /** To the device, in the relay's name, whether or not it is a word that there is. */
  say(word: object): Promise<void> {
    return this.#order({ type: 'say', kind: 'control', text: JSON.stringify(word) });
  }

  /** Past the relay. */
  passOn(chunk: Uint8Array): Promise<void> {
    return this.#order({ type: 'say', kind: 'control', base64: Buffer.from(chunk).toString('base64') });
  }

  withhold(...types: string[]): Promise<void> {
    return this.#order({ type: 'withhold', types });
  }

  answerEnrolmentsWith(changes: Record<string, unknown>): Promise<void> {
    return this.#order({ type: 'enrolment', changes });
  }

  async stop(): Promise<void> {
    this.#socket.destroy();
    await this.product.stop();
  }

  /** Resolves once it is carried out. */
  async #order(order: TamperingOrder): Promise<void> {
    const number = ++this.#given;
    this.#socket.write(`${JSON.stringify(order)}\n`);
    await eventually('the order', () => this.#done >= number);
  }

  #take(report: TamperingReport): void {
    if (report.type === 'done') this.#done += 1;
    if (report.type === 'frame') this.#frames += 1;
    // The join is none.
    const word = report.type === 'word' ? deviceToRelay.safeParse(report.word).data : undefined;
    if (word !== undefined) this.#words.push(word);
  }
}
