/** One epoch at the agent's side: pictures onto the canvas, cursor shape, acknowledgements out, input out. */
import { fromBase64 } from '../../../protocol/bytes.ts';
import type { SealedLink } from '../../../protocol/sealed-link.ts';
import {
  controlFromDevice,
  cursorMessage,
  decodeMessage,
  encodeMessage,
  type ControlFromDevice,
  type CursorMessage,
  type InputMessage,
} from '../../../protocol/stream.ts';
import { PictureDecoder } from './picture/picture-decoder.ts';

export type InputRefusal = Extract<ControlFromDevice, { type: 'input-refused' }>['reason'];

export interface LiveViewEvents {
  onScreen(width: number, height: number): void;
  onFirstPicture(): void;
  onPainted(): void;
  onLatency(ms: number): void;
  /** `local-hand` stays until `undefined`; refusals pass. */
  onNotice(notice: InputRefusal | 'local-hand' | undefined): void;
}

export interface RemoteCursor {
  x: number;
  y: number;
  isVisible: boolean;
  shape: { image: ImageData; hotspotX: number; hotspotY: number } | undefined;
}

export class LiveView {
  readonly #link: SealedLink;
  readonly #decoder: PictureDecoder;
  readonly #events: LiveViewEvents;
  readonly #cursor: RemoteCursor = { x: 0, y: 0, isVisible: false, shape: undefined };
  #onCursor: (cursor: RemoteCursor) => void = () => undefined;
  /** What the header of each frame names; the device tells us first of all. */
  #grants: { control: bigint; input: bigint | undefined } | undefined;
  /** What was said before that: acknowledgements of the first picture, at most. */
  #early: Parameters<typeof encodeMessage>[0][] = [];
  #hasPicture = false;
  #isClosed = false;

  constructor(link: SealedLink, canvas: HTMLCanvasElement, events: LiveViewEvents) {
    this.#link = link;
    this.#events = events;
    this.#decoder = new PictureDecoder(canvas, {
      onPainted: (frame) => this.#onPainted(frame),
      onResize: (width, height) => events.onScreen(width, height),
      onNeedsKey: () => this.#control({ type: 'key-request' }),
    });
    link.listen('picture', (payload) => this.#decoder.push(payload));
    link.listen('cursor', (payload) => this.#moveCursor(decodeMessage(cursorMessage, payload)));
    link.listen('control', (payload) => this.#onControl(decodeMessage(controlFromDevice, payload)));
  }

  onCursor(listener: (cursor: RemoteCursor) => void): void {
    this.#onCursor = listener;
    listener(this.#cursor);
  }

  /** Dropped here when the sharer has not granted it; the device and the relay would refuse it anyway. */
  sendInput(message: InputMessage): void {
    const grant = this.#grants?.input;
    if (grant !== undefined) this.#send('input', message, grant);
  }

  ping(): void {
    this.#control({ type: 'ping', sentAt: performance.now() });
  }

  close(): void {
    this.#isClosed = true;
    this.#decoder.close();
    this.#events.onNotice(undefined);
  }

  #onPainted(frame: number): void {
    this.#control({ type: 'ack', frame });
    this.#events.onPainted();
    if (this.#hasPicture) return;
    this.#hasPicture = true;
    this.#events.onFirstPicture();
  }

  #onControl(message: ControlFromDevice | undefined): void {
    if (message?.type === 'grants') {
      const { view, input } = message;
      this.#grants = { control: BigInt(`0x${view}`), input: input === null ? undefined : BigInt(`0x${input}`) };
      for (const early of this.#early.splice(0)) this.#control(early);
    }
    if (message?.type === 'pong') this.#events.onLatency(performance.now() - message.sentAt);
    if (message?.type === 'local-hand') this.#events.onNotice(message.isActive ? 'local-hand' : undefined);
    if (message?.type === 'input-refused') this.#events.onNotice(message.reason);
  }

  #moveCursor(message: CursorMessage | undefined): void {
    if (message?.type === 'move')
      Object.assign(this.#cursor, { x: message.x, y: message.y, isVisible: message.isVisible });
    if (message?.type === 'shape') {
      const { width, height, hotspotX, hotspotY } = message;
      const rgba = fromBase64(message.rgba);
      if (rgba.length !== width * height * 4) return;
      this.#cursor.shape = {
        image: new ImageData(new Uint8ClampedArray(rgba.buffer), width, height),
        hotspotX,
        hotspotY,
      };
    }
    this.#onCursor(this.#cursor);
  }

  #control(message: Parameters<typeof encodeMessage>[0]): void {
    if (this.#grants === undefined) this.#early.push(message);
    else this.#send('control', message, this.#grants.control);
  }

  #send(channel: 'control' | 'input', message: Parameters<typeof encodeMessage>[0], grant: bigint): void {
    // A link that was closed meanwhile drops what is sent; nothing else can go wrong with a message of ours.
    if (!this.#isClosed) void this.#link.send(channel, encodeMessage(message), { grant });
  }
}
