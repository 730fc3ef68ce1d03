/** Names on every frame of the agent the right that it uses; what no right covers is not sent. */
import type { SealedLink } from '../../../protocol/sealed-link.ts';
import {
  encodeMessage,
  type ControlFromAgent,
  type ControlFromDevice,
  type InputMessage,
} from '../../../protocol/stream.ts';
import { readRights, type AgentRights } from './rights.ts';

export class GrantedSender {
  readonly #link: Pick<SealedLink, 'send'>;
  /** The device tells us first of all. */
  #held: AgentRights['held'] | undefined;
  /** What was said before that: acknowledgements of the first picture, at most. */
  readonly #early: ControlFromAgent[] = [];
  #isFrozen = false;
  #isClosed = false;

  constructor(link: Pick<SealedLink, 'send'>) {
    this.#link = link;
  }

  take(message: ControlFromDevice): void {
    if (message.type === 'frozen') this.#isFrozen = message.by !== null;
    if (message.type !== 'grants') return;
    this.#held = readRights(message).held;
    for (const early of this.#early.splice(0)) this.control(early);
  }

  control(message: ControlFromAgent): void {
    if (this.#held === undefined) this.#early.push(message);
    else this.#send('control', message, this.#held.get('view')?.tag);
  }

  /** The device and the relay would refuse what is dropped here. Letting go is never held back. */
  input(message: InputMessage): void {
    if (this.#isFrozen && message.type !== 'release-all') return;
    this.#send('input', message, this.#held?.get('input')?.tag);
  }

  close(): void {
    this.#isClosed = true;
  }

  #send(channel: 'control' | 'input', message: ControlFromAgent | InputMessage, grant: bigint | undefined): void {
    if (this.#isClosed || grant === undefined) return;
    // A link that was closed meanwhile drops what is sent; nothing else can go wrong with a message of ours.
    void this.#link.send(channel, encodeMessage(message), { grant });
  }
}
