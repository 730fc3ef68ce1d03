/**
 * Whether an encoder on a graphics card can be trusted: it is opened at the size in question and given pictures of ours
 * (never the sharer's screen), and what comes back is decoded and compared. Drivers that are missing, broken, slow, that
 * hold pictures back or give no keys when asked are refused, and not asked again.
 */
import { Pixels } from './pixels.ts';
import type { VideoCodec } from './video.codecs.ts';
import { VideoDecoder } from './video.decoder.ts';
import { openVideoCodec, type AccessUnit, type Size, type VideoEncoder } from './video.encoder.ts';

/** For one encoder. */
const LIMIT_MS = 3000;
/** Over all colours, in decibels: libx264 as we use it has 42, with colours of the wrong range 29, as coarse as it can be 31. */
const MIN_PSNR = 33;
/** Which of the pictures have to be keys: the first, and one that is asked for in the middle. */
const KEYS = [true, false, true, false];
const SQUARE = 0x40c060;
/** H.264, table 7-1: what a picture has to come with that needs nothing before it. */
const NAL = { idr: 5, sequence: 7, picture: 8 } as const;

export interface EncoderSearchOptions {
  codecs: readonly VideoCodec[];
  limitMs?: number;
  onRefused?: (name: string, why: unknown) => void;
}

/** Those that may still turn out to work; one for the whole life of the helper. */
export class EncoderSearch {
  readonly #limitMs: number;
  readonly #onRefused: (name: string, why: unknown) => void;
  /** Best first. */
  #codecs: readonly VideoCodec[];
  #isBusy = false;

  constructor({ codecs, limitMs = LIMIT_MS, onRefused = () => undefined }: EncoderSearchOptions) {
    this.#codecs = codecs;
    this.#limitMs = limitMs;
    this.#onRefused = onRefused;
  }

  /** The best one that works, open and tried; undefined when there is none, or while another search goes on. Never rejects. */
  async find(size: Size, bitsPerSecond: number): Promise<VideoEncoder | undefined> {
    if (this.#isBusy) return undefined;
    this.#isBusy = true;
    try {
      for (let [codec] = this.#codecs; codec !== undefined; [codec] = this.#codecs) {
        const found = await this.#try(codec, size, bitsPerSecond);
        if (found !== undefined) return found;
      }
      return undefined;
    } finally {
      this.#isBusy = false;
    }
  }

  /** For good. A driver that hangs keeps a thread of Node's pool, of which there are few: then no other is tried either. */
  refuse(name: string, why: unknown): void {
    if (!this.#codecs.some((codec) => codec.name === name)) return;
    this.#codecs = why instanceof NoAnswer ? [] : this.#codecs.filter((codec) => codec.name !== name);
    this.#onRefused(name, why);
  }

  async #try(codec: VideoCodec, size: Size, bitsPerSecond: number): Promise<VideoEncoder | undefined> {
    const opening = openTried(codec, size, bitsPerSecond);
    try {
      return await withinLimit(opening, this.#limitMs);
    } catch (cause) {
      opening.then(
        (late) => late.close(),
        () => undefined, // it is refused as it is
      );
      this.refuse(codec.name, cause);
      return undefined;
    }
  }
}

class NoAnswer extends Error {
  override name = 'NoAnswer';
}

/** Rejects when the answer takes longer; the work goes on all the same. */
export async function withinLimit<T>(work: Promise<T>, limitMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new NoAnswer(`no answer within ${limitMs} ms`)), limitMs);
  });
  try {
    return await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
  }
}

/** Rejects with what is wrong. */
async function openTried(codec: VideoCodec, size: Size, bitsPerSecond: number): Promise<VideoEncoder> {
  const encoder = await openVideoCodec(codec, size, bitsPerSecond);
  const decoder = new VideoDecoder(size);
  try {
    const shown = trialPicture(size);
    for (const [at, isKey] of KEYS.entries()) {
      addSquare(shown, at);
      const unit = await encoder.encode(shown, { x: 0, y: 0, ...size }, { isKey, atMs: at * 33 });
      const fault = faultOf(unit, isKey);
      if (fault !== undefined) throw new Error(fault);
      const likeness = psnr(shown, await decoder.decode(unit.bytes));
      if (likeness < MIN_PSNR) throw new Error(`picture ${at} comes out with ${likeness.toFixed(1)} dB`);
    }
    return encoder;
  } catch (cause) {
    encoder.close();
    throw cause;
  } finally {
    decoder.close();
  }
}

/** What is wrong with a picture as it comes, whatever it shows. */
export function faultOf({ bytes, isKey }: AccessUnit, isKeyWanted: boolean): string | undefined {
  const types = nalTypes(bytes);
  if (types.length === 0) return 'no H.264 in Annex B';
  if (isKey !== types.includes(NAL.idr)) return 'a key that is called none, or none that is called one';
  if (!isKeyWanted) return isKey ? 'a key that nobody asked for' : undefined;
  const missing = Object.values(NAL).find((type) => !types.includes(type));
  return missing === undefined ? undefined : `a key without NAL unit ${missing}`;
}

/** What is behind each start code (Annex B.1). */
function nalTypes(bytes: Uint8Array): number[] {
  const types: number[] = [];
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const START = Buffer.from([0, 0, 1]);
  for (let at = buffer.indexOf(START); at >= 0; at = buffer.indexOf(START, at + 3)) {
    types.push((buffer[at + 3] ?? 0) & 31);
  }
  return types;
}

/** Soft colours, different in every corner, so that nothing swapped or shifted passes. */
function trialPicture({ width, height }: Size): Pixels {
  const picture = new Pixels(width, height);
  for (let y = 0; y < height; y++) {
    const green = Math.trunc((y * 255) / height);
    for (let x = 0; x < width; x++) {
      const red = Math.trunc((x * 255) / width);
      picture.words[y * width + x] = (red << 16) | (green << 8) | (255 - ((red + green) >> 1));
    }
  }
  return picture;
}

/** A square for each picture, so that every one has something new. */
function addSquare({ words, width, height }: Pixels, at: number): void {
  const side = Math.trunc(Math.min(width, height) / 8);
  for (let y = side; y < 2 * side; y++) {
    words.fill(SQUARE, y * width + at * side, y * width + (at + 1) * side);
  }
}

/** Of every eighth row: this runs between pictures that somebody waits for. */
function psnr(shown: Pixels, decoded: Pixels): number {
  let squares = 0;
  let rows = 0;
  for (let y = 0; y < shown.height; y += 8, rows++) {
    for (let at = y * shown.width * 4; at < (y + 1) * shown.width * 4; at += 4) {
      for (let colour = at; colour < at + 3; colour++) {
        squares += ((shown.bytes[colour] ?? 0) - (decoded.bytes[colour] ?? 0)) ** 2;
      }
    }
  }
  return 10 * Math.log10((255 * 255 * 3 * shown.width * rows) / Math.max(squares, 1));
}
