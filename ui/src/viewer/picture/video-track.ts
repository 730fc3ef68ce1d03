/** The moving picture of a stream: access units in, decoded frames out in the same order, by WebCodecs. */
import type { VideoRegion } from '../../../../protocol/picture.ts';

interface Waiting {
  resolve(frame: VideoFrame): void;
  reject(cause: Error): void;
}

const SEQUENCE_PARAMETER_SET = 7;

/** The first sequence parameter set of an access unit in Annex B form (ITU-T H.264, B.1), without its start code. */
export function findParameterSet(unit: Uint8Array): Uint8Array | undefined {
  let start: number | undefined;
  for (let at = 0; at + 3 < unit.length; at++) {
    if (unit[at] !== 0 || unit[at + 1] !== 0 || unit[at + 2] !== 1) continue;
    if (start !== undefined) return unit.subarray(start, at);
    if (((unit[at + 3] ?? 0) & 31) === SEQUENCE_PARAMETER_SET) start = at + 3;
  }
  return start === undefined ? undefined : unit.subarray(start);
}

/** The codec string of RFC 6381: profile, constraints and level are the bytes after the NAL unit header. */
function codecOf(parameterSet: Uint8Array): string {
  return `avc1.${Array.from(parameterSet.subarray(1, 4), (byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}

export class VideoTrack {
  #decoder: VideoDecoder | undefined;
  #parameterSet: Uint8Array = new Uint8Array();
  readonly #waiting = new Map<number, Waiting>();
  #count = 0;

  /** Without WebCodecs video is left out; the exact pixels follow when it rests. */
  static get isSupported(): boolean {
    return typeof VideoDecoder !== 'undefined';
  }

  /** Starts decoding at once; call in the order of the stream. Whoever gets the frame closes it. */
  decode({ accessUnit, isKey, coded }: VideoRegion): Promise<VideoFrame> {
    return new Promise<VideoFrame>((resolve, reject) => {
      if (isKey) this.#prepare(accessUnit);
      if (!this.#decoder) throw new Error('video starts without a key');
      // Only names the frame: nothing is ever reordered or timed by it.
      const timestamp = this.#count++;
      const check = (frame: VideoFrame): void => {
        if (frame.displayWidth === coded.width && frame.displayHeight === coded.height) return resolve(frame);
        frame.close();
        reject(new Error('video of another size than announced'));
      };
      this.#waiting.set(timestamp, { resolve: check, reject });
      this.#decoder.decode(new EncodedVideoChunk({ type: isKey ? 'key' : 'delta', timestamp, data: accessUnit }));
    });
  }

  close(): void {
    if (this.#decoder && this.#decoder.state !== 'closed') this.#decoder.close();
    this.#decoder = undefined;
    this.#fail(new Error('video closed'));
  }

  /** A decoder for what begins with this key: the one there is, or another when the parameters are others. */
  #prepare(accessUnit: Uint8Array): void {
    const parameterSet = findParameterSet(accessUnit);
    if (!parameterSet) throw new Error('a video key without parameters');
    if (this.#decoder?.state === 'configured' && isSame(parameterSet, this.#parameterSet)) return;
    const old = this.#decoder;
    // What it still holds comes out first; the frames are waited for in their order anyway.
    if (old?.state === 'configured') {
      const retire = (): void => {
        if (old.state !== 'closed') old.close();
      };
      old.flush().then(retire, retire);
    }
    this.#parameterSet = parameterSet.slice();
    this.#decoder = new VideoDecoder({
      output: (frame) => this.#take(frame),
      error: (cause) => this.#fail(cause),
    });
    this.#decoder.configure({ codec: codecOf(parameterSet), optimizeForLatency: true });
  }

  #take(frame: VideoFrame): void {
    const waiting = this.#waiting.get(frame.timestamp);
    this.#waiting.delete(frame.timestamp);
    if (waiting) waiting.resolve(frame);
    else frame.close();
  }

  #fail(cause: Error): void {
    for (const { reject } of this.#waiting.values()) reject(cause);
    this.#waiting.clear();
  }
}
