/** One epoch at the agent's side: pictures onto the canvas, cursor shape, acknowledgements out, input out. */
import { fromBase64 } from '../../../protocol/bytes.ts';
import type { SealedLink } from '../../../protocol/sealed-link.ts';
import {
  controlFromDevice,
  cursorMessage,
  decodeMessage,
  type ControlFromAgent,
  type ControlFromDevice,
  type CursorMessage,
  type InputMessage,
  type InputRefusal,
} from '../../../protocol/stream.ts';
import { GrantedSender } from './granted-sender.ts';
import { PictureDecoder } from './picture/picture-decoder.ts';
import type { PictureSource } from './quality.ts';

/** What the sharer allows, what is covered, and what became of a question. */
export type ConsentMessage = Extract<ControlFromDevice, { type: 'grants' | 'question' | 'frozen' | 'scene' }>;

export interface LiveViewEvents {
  onScreen(width: number, height: number): void;
  onFirstPicture(): void;
  onPainted(): void;
  onLatency(ms: number): void;
  onSource(source: PictureSource): void;
  onConsent(message: ConsentMessage): void;
  onLocalHand(isActive: boolean): void;
  onRefused(reason: InputRefusal): void;
}

export interface RemoteCursor {
  x: number;
  y: number;
  isVisible: boolean;
  shape: { image: ImageData; hotspotX: number; hotspotY: number } | undefined;
}

export class LiveView {
  readonly #sender: GrantedSender;
  readonly #decoder: PictureDecoder;
  readonly #events: LiveViewEvents;
  readonly #cursor: RemoteCursor = { x: 0, y: 0, isVisible: false, shape: undefined };
  #onCursor: (cursor: RemoteCursor) => void = () => undefined;
  #hasPicture = false;

  constructor(link: SealedLink, canvas: HTMLCanvasElement, events: LiveViewEvents) {
    this.#sender = new GrantedSender(link);
    this.#events = events;
    this.#decoder = new PictureDecoder(canvas, {
      onPainted: (frame) => this.#onPainted(frame),
      onResize: (width, height) => events.onScreen(width, height),
      onNeedsKey: () => this.sendControl({ type: 'key-request' }),
    });
    link.listen('picture', (payload) => this.#decoder.push(payload));
    link.listen('cursor', (payload) => this.#moveCursor(decodeMessage(cursorMessage, payload)));
    link.listen('control', (payload) => this.#onControl(decodeMessage(controlFromDevice, payload)));
  }

  onCursor(listener: (cursor: RemoteCursor) => void): void {
    this.#onCursor = listener;
    listener(this.#cursor);
  }

  sendInput(message: InputMessage): void {
    this.#sender.input(message);
  }

  sendControl(message: ControlFromAgent): void {
    this.#sender.control(message);
  }

  ping(): void {
    this.sendControl({ type: 'ping', sentAt: performance.now() });
  }

  close(): void {
    this.#sender.close();
    this.#decoder.close();
  }

  #onPainted(frame: number): void {
    this.sendControl({ type: 'ack', frame });
    this.#events.onPainted();
    if (this.#hasPicture) return;
    this.#hasPicture = true;
    this.#events.onFirstPicture();
  }

  #onControl(message: ControlFromDevice | undefined): void {
    if (message === undefined) return;
    this.#sender.take(message);
    switch (message.type) {
      case 'pong':
        return this.#events.onLatency(performance.now() - message.sentAt);
      case 'source':
        return this.#events.onSource(message);
      case 'local-hand':
        return this.#events.onLocalHand(message.isActive);
      case 'input-refused':
        return this.#events.onRefused(message.reason);
      case 'grants':
      case 'question':
      case 'frozen':
      case 'scene':
        return this.#events.onConsent(message);
    }
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
}
