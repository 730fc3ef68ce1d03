/**
 * Shows a stream of picture payloads on a canvas: parses, inflates, decodes video, and paints frame after frame in
 * order, each as soon as it and all before it are there. Works in a page and in a worker.
 */
import {
  parsePicture,
  tileBytes,
  type PictureFrame,
  type Region,
  type TileRegion,
  type VideoRegion,
} from '../../../../protocol/picture.ts';
import { inflateNow, inflateStreamed, isInflatedNow } from './inflate.ts';
import { PictureCanvas, type AnyCanvas } from './picture-canvas.ts';
import { VideoTrack } from './video-track.ts';

export interface PictureDecoderEvents {
  /** The frame with this number is on the canvas, and with it all before. */
  onPainted(frame: number, capturedAtMs: number): void;
  onResize(width: number, height: number): void;
  /** Nothing more is painted until a key frame comes; called once for each failure. */
  onNeedsKey(reason: string): void;
}

/** A region that is ready to be painted. */
interface Step {
  paint(): void;
  /** Gives back what it holds, instead of painting. */
  discard?(): void;
}

/** A frame on its way to the canvas. */
interface Job {
  frame: PictureFrame;
  steps: (Step | Promise<Step>)[];
  isReady: boolean;
}

interface Size {
  width: number;
  height: number;
}

function isSameSize(a: Size, b: Size): boolean {
  return a.width === b.width && a.height === b.height;
}

export class PictureDecoder {
  readonly #canvas: PictureCanvas;
  readonly #events: PictureDecoderEvents;
  readonly #video = new VideoTrack();
  readonly #jobs: Job[] = [];
  #size: Size = { width: 0, height: 0 };
  /** The number that a frame other than a key must have; undefined before the first key and after a failure. */
  #next: number | undefined;
  #isKeyAsked = false;
  #isClosed = false;

  constructor(canvas: AnyCanvas, events: PictureDecoderEvents) {
    this.#canvas = new PictureCanvas(canvas);
    this.#events = events;
  }

  /** Takes the next payload, in the order of the stream. What can be painted at once is on the canvas on return. */
  push(payload: Uint8Array): void {
    if (this.#isClosed) return;
    const frame = parsePicture(payload);
    if (typeof frame === 'string') return this.#fail(`payload refused: ${frame}`);
    if (!frame.isKey && !this.#isContinuation(frame)) {
      if (!this.#isKeyAsked) this.#fail('frames are missing');
      return;
    }
    if (frame.isKey) this.#isKeyAsked = false;
    this.#next = (frame.number + 1) >>> 0;
    const job: Job = { frame, steps: frame.regions.map((region) => this.#prepare(region)), isReady: false };
    this.#jobs.push(job);
    this.#await(job);
  }

  close(): void {
    this.#isClosed = true;
    this.#drop();
    this.#video.close();
  }

  #isContinuation(frame: PictureFrame): boolean {
    return frame.number === this.#next && isSameSize(this.#jobs.at(-1)?.frame ?? this.#size, frame);
  }

  #prepare(region: Region): Step | Promise<Step> {
    switch (region.kind) {
      case 'fill':
        return { paint: () => this.#canvas.fill(region) };
      case 'copy':
        return { paint: () => this.#canvas.copy(region) };
      case 'palette':
      case 'rgb':
        return this.#prepareTile(region);
      case 'video':
        return VideoTrack.isSupported ? this.#prepareVideo(region) : { paint: () => undefined };
    }
  }

  #prepareTile(tile: TileRegion): Step | Promise<Step> {
    const length = tileBytes(tile);
    if (!tile.isDeflated) return { paint: () => this.#canvas.tile(tile, tile.body) };
    if (isInflatedNow(tile.body, length))
      return { paint: () => this.#canvas.tile(tile, inflateNow(tile.body, length)) };
    // A copy, since the inflater goes on reading after the payload's owner may have reused its memory.
    return inflateStreamed(tile.body.slice(), length).then((plain) => ({
      paint: () => this.#canvas.tile(tile, plain),
    }));
  }

  async #prepareVideo(region: VideoRegion): Promise<Step> {
    const picture = await this.#video.decode(region);
    return { paint: () => this.#canvas.video(region, picture), discard: () => picture.close() };
  }

  /** Paints the job in its turn. */
  #await(job: Job): void {
    if (!job.steps.some((step) => step instanceof Promise)) {
      job.isReady = true;
      return this.#drain();
    }
    Promise.all(job.steps).then(
      (steps) => {
        job.steps = steps;
        job.isReady = true;
        this.#drain();
      },
      (cause: unknown) => {
        if (this.#jobs.includes(job)) this.#fail(String(cause));
      },
    );
  }

  #drain(): void {
    for (let job = this.#jobs[0]; job?.isReady; job = this.#jobs[0]) {
      try {
        this.#paint(job);
      } catch (cause) {
        return this.#fail(String(cause));
      }
      this.#jobs.shift();
      discard(job);
      this.#events.onPainted(job.frame.number, job.frame.capturedAtMs);
    }
  }

  #paint({ frame, steps }: Job): void {
    const { width, height } = frame;
    if (!isSameSize(this.#size, frame)) {
      this.#size = { width, height };
      this.#canvas.resize(width, height);
      this.#events.onResize(width, height);
    }
    for (const step of steps) if (!(step instanceof Promise)) step.paint();
  }

  #fail(reason: string): void {
    if (this.#isClosed) return;
    this.#next = undefined;
    this.#isKeyAsked = true;
    this.#drop();
    this.#video.close();
    this.#events.onNeedsKey(reason);
  }

  #drop(): void {
    for (const job of this.#jobs.splice(0)) discard(job);
  }
}

/** Whatever is or will be ready is given back. */
function discard({ steps }: Job): void {
  for (const step of steps) {
    if (!(step instanceof Promise)) step.discard?.();
    else
      step.then(
        (ready) => ready.discard?.(),
        // Failed before it held anything; the failure itself has been told.
        () => undefined,
      );
  }
}
