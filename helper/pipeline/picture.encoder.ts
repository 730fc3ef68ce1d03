/**
 * From captured pictures to the payloads of picture frames: finds what truly changed, what merely scrolled, what moves
 * as video, and sends the rest losslessly. What was sent as video is sent again, exactly, when it has come to rest.
 *
 * Calls are made one after the other: await each before the next.
 */
import type { Bytes } from '../../protocol/bytes.ts';
import {
  MAX_PICTURE_BYTES,
  MAX_REGIONS,
  encodePicture,
  regionBytes,
  type Colour,
  type PictureFrame,
  type Region,
  type VideoRegion,
} from '../../protocol/picture.ts';
import type { Picture } from '../platform/platform.ts';
import { MotionPlanner, type VideoPlan } from './motion.ts';
import type { Pixels } from './pixels.ts';
import { contains, isSameRect, type Rect } from './rects.ts';
import { ScreenFollower, type Move } from './screen.follower.ts';
import { mergeRects, sliceRect } from './rect.merging.ts';
import { TileEncoder, type LosslessRegion } from './tile.encoder.ts';
import { openVideoEncoder, type OpenVideoEncoder } from './video.encoder.ts';
import { VideoStream, type VideoStreamOptions } from './video.stream.ts';

export interface EncodedPicture {
  payload: Bytes;
  isKey: boolean;
  number: number;
  /** Bytes of the regions of each kind. */
  bytesByKind: Partial<Record<Region['kind'], number>>;
}

export interface PictureTarget {
  /** What the path carries; undefined: more than we need. */
  bitsPerSecond: number | undefined;
  /** Of video; other changes are sent as they come. */
  maxFps: number;
}

export interface PictureEncoderOptions {
  maskColour?: Colour;
  openVideo?: OpenVideoEncoder;
  /** Encoders on the graphics card. Default: none. */
  search?: VideoStreamOptions['search'];
}

/** More buys nothing that can be seen at the sizes that move on a desktop. */
const MAX_VIDEO_BITS_PER_SECOND = 5_000_000;
const VIDEO_SHARE = 0.8;
/** A frame carries at most what the path takes in this time, so that the next one does not wait for longer. */
const FRAME_S = 0.25;
const MIN_FRAME_BYTES = 1 << 16;
const MAX_FRAME_BYTES = 1 << 22;
/** Key frames are complete, so only the format limits them; what exceeds it follows in the next frame. */
const MAX_KEY_BYTES = MAX_PICTURE_BYTES / 2;
/** Tiles that cost so many times the video rate make flat but moving content go as video; less, and text is better off. */
const COSTLY_RATIO = 1.6;
const COST_DECAY_MS = 500;
const DEFAULT_MASK_COLOUR = 0x30343b;

interface ScreenState {
  follower: ScreenFollower;
  planner: MotionPlanner;
  source: Pixels;
}

interface Shot {
  now: number;
  moves: readonly Move[];
  /** Sent exactly although not stale. */
  refined: readonly Rect[];
  budgetBytes: number;
}

interface StartedVideo {
  plan: VideoPlan;
  region: Promise<VideoRegion> | undefined;
}

export class PictureEncoder {
  readonly #maskColour: Colour;
  readonly #tiles = new TileEncoder();
  readonly #video: VideoStream;
  #masks: readonly Rect[] = [];
  #target: PictureTarget = { bitsPerSecond: undefined, maxFps: 30 };
  #state: ScreenState | undefined;
  #isKeyWanted = true;
  #number = 0;
  #cost = { bits: 0, at: 0 };
  /** When the next video frame may be made. */
  #videoDueAt = Number.NEGATIVE_INFINITY;

  constructor(options: PictureEncoderOptions = {}) {
    this.#maskColour = options.maskColour ?? DEFAULT_MASK_COLOUR;
    const { openVideo: open = openVideoEncoder, search } = options;
    this.#video = new VideoStream({ open, search }, MAX_VIDEO_BITS_PER_SECOND);
  }

  /** What makes the moving pictures, as FFmpeg calls it. */
  get videoEncoder(): string {
    return this.#video.encoderName;
  }

  /** Areas that nobody may see, from now on; sent covered with the next frame, also by `refine`. */
  setMasks(masks: readonly Rect[]): void {
    if (isSameList(this.#masks, masks)) return;
    this.#masks = masks.map((mask) => ({ ...mask }));
    this.#state?.follower.cover(masks);
  }

  setTarget(target: PictureTarget): void {
    this.#target = target;
    this.#video.setBitsPerSecond(this.#videoRate());
  }

  /** Makes the next frame one that needs nothing before it. */
  requestKey(): void {
    this.#isKeyWanted = true;
  }

  /** The frame for a captured picture; undefined when nothing that is shown has changed. `now` in milliseconds. */
  async encode(picture: Picture, now: number): Promise<EncodedPicture | undefined> {
    const { follower, planner } = this.#stateFor(picture);
    const moving = planner.isIdle(now) ? undefined : this.#video.coded;
    const { moves, changed } = follower.follow(picture, { moving, withScroll: !this.#isKeyWanted });
    planner.noteChanges(changed, now);
    const frame = await this.#send({ now, moves, refined: [], budgetBytes: this.#frameBudget() });
    if (frame && !frame.isKey) this.#noteCost(frame, now);
    return frame;
  }

  /**
   * The next frame without a new picture: what was put off, a key that was asked for, masks, and exact pixels for what
   * was sent as video. Undefined when there is nothing to do yet; `nextRefineAt` says when there will be.
   */
  async refine(budgetBytes: number, now: number): Promise<EncodedPicture | undefined> {
    const state = this.#state;
    if (!state) return undefined;
    if (state.planner.isIdle(now)) this.#closeVideo();
    return this.#send({ now, moves: [], refined: this.#settled(state, now), budgetBytes });
  }

  /** When `refine` will have something to send, in the clock of `now`; undefined when viewers lack nothing. */
  nextRefineAt(now: number): number | undefined {
    const state = this.#state;
    if (!state) return undefined;
    if (this.#isKeyWanted) return now;
    const { debt } = state.follower;
    if (!debt.stale.isEmpty) return Math.max(now, this.#videoDueAt);
    const times = debt.lossyCells().map((cell) => state.planner.settlesAt(cell));
    return times.length === 0 ? undefined : Math.max(now, Math.min(...times));
  }

  close(): void {
    this.#closeVideo();
    this.#state = undefined;
  }

  #stateFor({ width, height }: Picture): ScreenState {
    const old = this.#state?.follower.store;
    if (this.#state && old?.width === width && old.height === height) return this.#state;
    this.#closeVideo();
    const follower = new ScreenFollower({ width, height }, this.#maskColour);
    follower.cover(this.#masks);
    this.#state = {
      follower,
      planner: new MotionPlanner(follower.store.grid),
      source: follower.store.truth,
    };
    this.#isKeyWanted = true;
    return this.#state;
  }

  #videoRate(): number {
    const { bitsPerSecond } = this.#target;
    return Math.min(MAX_VIDEO_BITS_PER_SECOND, (bitsPerSecond ?? Number.POSITIVE_INFINITY) * VIDEO_SHARE);
  }

  #videoPeriod(): number {
    return 1000 / this.#target.maxFps;
  }

  #frameBudget(): number {
    const { bitsPerSecond } = this.#target;
    if (bitsPerSecond === undefined) return MAX_FRAME_BYTES;
    return Math.min(MAX_FRAME_BYTES, Math.max(MIN_FRAME_BYTES, (bitsPerSecond / 8) * FRAME_S));
  }

  #noteCost({ bytesByKind }: EncodedPicture, now: number): void {
    const { palette = 0, rgb = 0 } = bytesByKind;
    this.#cost = { bits: this.#costAt(now) + (palette + rgb) * 8, at: now };
  }

  #costAt(now: number): number {
    return this.#cost.bits * Math.exp((this.#cost.at - now) / COST_DECAY_MS);
  }

  #isCostly(now: number): boolean {
    return this.#costAt(now) / (COST_DECAY_MS / 1000) > this.#videoRate() * COSTLY_RATIO;
  }

  /** What was sent as video and has come to rest, text before photographs: it gains most and costs least. */
  #settled({ follower, planner, source }: ScreenState, now: number): Rect[] {
    const due = follower.debt.lossyCells().filter((cell) => planner.settlesAt(cell) <= now);
    const rects = due.map((cell) => follower.store.grid.rectOf(cell));
    const photos = new Set(rects.filter((rect) => this.#tiles.isPhoto(source, rect)));
    const texts = rects.filter((rect) => !photos.has(rect));
    return [...mergeRects(texts), ...mergeRects([...photos])].flatMap(sliceRect);
  }

  /** Puts one frame together from what viewers lack, and notes what they have got by it. */
  async #send(shot: Shot): Promise<EncodedPicture | undefined> {
    const state = this.#state;
    if (!state) return undefined;
    const isKey = this.#isKeyWanted;
    this.#isKeyWanted = false;
    if (isKey) {
      state.follower.debt.addEverything();
      this.#video.requestKey();
    }
    const video = this.#startVideo(state, isKey, shot.now);
    const rects = [...this.#staleRects(state, video), ...(isKey ? [] : shot.refined)];
    const tiles = this.#encodeTiles(state, rects, isKey ? MAX_KEY_BYTES : shot.budgetBytes);
    const moving = video?.region ? [await this.#orKey(video.region)] : [];
    const regions: Region[] = [...shot.moves, ...moving, ...tiles];
    if (regions.length === 0) return undefined;
    const { width, height } = state.follower.store;
    return this.#finish(regions, { isKey, width, height, capturedAtMs: Math.round(shot.now) >>> 0 });
  }

  /** Starts to encode what is to go as video; without a region when it is too soon for the next video frame. */
  #startVideo(state: ScreenState, isKey: boolean, now: number): StartedVideo | undefined {
    const { debt } = state.follower;
    const plan = state.planner.plan({
      stale: debt.stale,
      isPhoto: (rect) => this.#tiles.isPhoto(state.source, rect),
      isText: (rect) => this.#tiles.isText(state.source, rect),
      isCostly: this.#isCostly(now),
      isKey,
      now,
    });
    if (!plan) return undefined;
    if (!isKey && this.#isTooSoon(plan, now)) return { plan, region: undefined };
    const region = this.#video.encode(state.source, plan, now);
    debt.paidByVideo(plan.painted);
    // Frames of a film never come at exact intervals: one may be half an interval early, as long as the rate holds.
    const period = this.#videoPeriod();
    this.#videoDueAt = Math.max(this.#videoDueAt, now - period / 2) + period;
    return { plan, region };
  }

  /** What is to be painted by tiles: all that is stale and not left to video, and what belongs on top of video. */
  #staleRects({ follower: { debt, store } }: ScreenState, video: StartedVideo | undefined): Rect[] {
    const stale = debt.stale.rects();
    if (!video) return mergeRects(stale);
    const { plan, region } = video;
    if (!region) return mergeRects(stale.filter((rect) => !contains(plan.painted, rect)));
    return [...mergeRects(stale), ...mergeRects(plan.overlaid.map((cell) => store.grid.rectOf(cell)))];
  }

  #isTooSoon({ coded }: VideoPlan, now: number): boolean {
    const { coded: current } = this.#video;
    return current !== undefined && contains(current, coded) && now < this.#videoDueAt;
  }

  /** After a failure nothing is known of what viewers have: the next frame is a key. */
  async #orKey<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (cause) {
      this.#isKeyWanted = true;
      this.#closeVideo();
      throw new Error('video could not be encoded', { cause });
    }
  }

  #encodeTiles(
    { follower, planner, source }: ScreenState,
    rects: readonly Rect[],
    budgetBytes: number,
  ): LosslessRegion[] {
    const { debt, store } = follower;
    const regions: LosslessRegion[] = [];
    let bytes = 0;
    for (const rect of rects) {
      if (bytes >= budgetBytes || regions.length > MAX_REGIONS / 2) break;
      const open = store.openPartsOf(rect).flatMap((part) => this.#tiles.encode(source, part));
      const tiles = [...store.coversOf(rect), ...open];
      const added = tiles.reduce((sum, tile) => sum + regionBytes(tile), 0);
      planner.noteTiles(rect, added);
      bytes += added;
      regions.push(...tiles);
      for (const cell of store.grid.touching(rect)) debt.paidExactly(cell, rect);
    }
    return regions;
  }

  #finish(regions: Region[], header: Omit<PictureFrame, 'regions' | 'number'>): EncodedPicture {
    const number = this.#number;
    this.#number = (number + 1) >>> 0;
    const bytesByKind: EncodedPicture['bytesByKind'] = {};
    for (const region of regions) {
      bytesByKind[region.kind] = (bytesByKind[region.kind] ?? 0) + regionBytes(region);
    }
    return { payload: encodePicture({ ...header, number, regions }), isKey: header.isKey, number, bytesByKind };
  }

  #closeVideo(): void {
    this.#video.close();
    this.#state?.planner.forget();
  }
}

function isSameList(a: readonly Rect[], b: readonly Rect[]): boolean {
  return a.length === b.length && a.every((rect, at) => isSameRect(rect, b[at]));
}
