/** Runs in Chromium: shows payloads with the viewer's decoder and says what came of it. Bundled by `browser.ts`. */
import { PictureDecoder, type PictureDecoderEvents } from '../../ui/src/viewer/picture/picture-decoder.ts';

export interface Painted {
  frame: number;
  /** From the call that handed the payload over to the call that says it is painted. */
  ms: number;
}

export interface Shown {
  painted: Painted[];
  needsKey: string[];
  sizes: [number, number][];
}

export interface CodecPage {
  open(place: 'page' | 'worker'): void;
  /** Hands payloads over at once, one after the other, and resolves when `until` frames were painted or one failed. */
  show(payloads: string[], until: number): Promise<Shown>;
  /** RGBA of the whole canvas, base64. */
  pixels(): string;
  /** Milliseconds from handing a payload over until an animation frame sees another colour at that pixel. */
  photon(payload: string, at: { x: number; y: number }): Promise<number>;
}

type FromWorker =
  | { type: 'painted'; frame: number; at: number }
  | { type: 'needs-key'; reason: string }
  | { type: 'size'; width: number; height: number };

function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

/** `performance.now` has another origin in a worker. */
function clock(): number {
  return performance.timeOrigin + performance.now();
}

function eventsTo(post: (message: FromWorker) => void): PictureDecoderEvents {
  return {
    onPainted: (frame) => post({ type: 'painted', frame, at: clock() }),
    onResize: (width, height) => post({ type: 'size', width, height }),
    onNeedsKey: (reason) => post({ type: 'needs-key', reason }),
  };
}

class Stage implements CodecPage {
  #canvas = document.createElement('canvas');
  #push: (payload: Uint8Array<ArrayBuffer>) => void = () => undefined;
  #shown: Shown = { painted: [], needsKey: [], sizes: [] };
  readonly #handed = new Map<number, number>();
  #onChange: () => void = () => undefined;

  open(place: 'page' | 'worker'): void {
    this.#canvas.remove();
    this.#canvas = document.createElement('canvas');
    document.body.append(this.#canvas);
    if (place === 'page') {
      const decoder = new PictureDecoder(
        this.#canvas,
        eventsTo((message) => this.#note(message)),
      );
      this.#push = (payload) => decoder.push(payload);
      return;
    }
    const worker = new Worker('/page.js');
    worker.onmessage = ({ data }: MessageEvent<FromWorker>) => this.#note(data);
    const canvas = this.#canvas.transferControlToOffscreen();
    worker.postMessage({ canvas }, [canvas]);
    this.#push = (payload) => worker.postMessage({ payload }, [payload.buffer]);
  }

  show(payloads: string[], until: number): Promise<Shown> {
    this.#shown = { painted: [], needsKey: [], sizes: [] };
    const bytes = payloads.map(fromBase64);
    return new Promise((resolve) => {
      this.#onChange = () => {
        if (this.#shown.painted.length >= until || this.#shown.needsKey.length > 0) resolve(this.#shown);
      };
      for (const payload of bytes) {
        this.#handed.set(new DataView(payload.buffer).getUint32(6), clock());
        this.#push(payload);
      }
    });
  }

  pixels(): string {
    const { data } = this.#read();
    let binary = '';
    for (let at = 0; at < data.length; at += 0x8000) binary += String.fromCharCode(...data.subarray(at, at + 0x8000));
    return btoa(binary);
  }

  photon(payload: string, { x, y }: { x: number; y: number }): Promise<number> {
    const bytes = fromBase64(payload);
    const look = (): string => String(this.#read({ x, y, width: 1, height: 1 }).data);
    const before = look();
    const start = performance.now();
    this.#push(bytes);
    return new Promise((resolve) => {
      const check = (): void => {
        if (look() === before) requestAnimationFrame(check);
        else resolve(performance.now() - start);
      };
      requestAnimationFrame(check);
    });
  }

  #read(rect?: { x: number; y: number; width: number; height: number }): ImageData {
    const { x, y, width, height } = rect ?? { x: 0, y: 0, width: this.#canvas.width, height: this.#canvas.height };
    const copy = new OffscreenCanvas(width, height);
    const context = copy.getContext('2d', { willReadFrequently: true });
    if (!context) throw new Error('no context');
    context.drawImage(this.#canvas, x, y, width, height, 0, 0, width, height);
    return context.getImageData(0, 0, width, height);
  }

  #note(message: FromWorker): void {
    if (message.type === 'painted') {
      const { frame, at } = message;
      this.#shown.painted.push({ frame, ms: at - (this.#handed.get(frame) ?? 0) });
    }
    if (message.type === 'needs-key') this.#shown.needsKey.push(message.reason);
    if (message.type === 'size') this.#shown.sizes.push([message.width, message.height]);
    this.#onChange();
  }
}

interface ToWorker {
  canvas?: OffscreenCanvas;
  payload?: Uint8Array<ArrayBuffer>;
}

function serveInWorker(): void {
  let decoder: PictureDecoder | undefined;
  self.onmessage = ({ data: { canvas, payload } }: MessageEvent<ToWorker>) => {
    if (canvas)
      decoder = new PictureDecoder(
        canvas,
        eventsTo((message) => self.postMessage(message)),
      );
    if (payload) decoder?.push(payload);
  };
}

if (typeof document === 'undefined') serveInWorker();
else Object.assign(window, { codec: new Stage() });
