/** Figures of the connection, gathered while it is in use and read once a second. */
export interface Quality {
  /** Round trip of a sealed message to the device and back, milliseconds; undefined until one came back. */
  latencyMs: number | undefined;
  framesPerSecond: number;
  kilobitsPerSecond: number;
}

export class QualityMeter {
  readonly #now: () => number;
  #frames = 0;
  #bytes = 0;
  #sampledAt: number;
  #latencyMs: number | undefined;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
    this.#sampledAt = now();
  }

  painted(): void {
    this.#frames += 1;
  }

  roundTrip(ms: number): void {
    // One late answer is not a slow connection: the figure follows with a quarter of each new one.
    this.#latencyMs = this.#latencyMs === undefined ? ms : this.#latencyMs * 0.75 + ms * 0.25;
  }

  /** What happened since the last call; `receivedBytes` counts from the start of the connection. */
  sample(receivedBytes: number): Quality {
    const seconds = Math.max((this.#now() - this.#sampledAt) / 1000, 0.001);
    const quality = {
      latencyMs: this.#latencyMs,
      framesPerSecond: this.#frames / seconds,
      kilobitsPerSecond: (Math.max(0, receivedBytes - this.#bytes) * 8) / 1000 / seconds,
    };
    this.#frames = 0;
    this.#bytes = receivedBytes;
    this.#sampledAt = this.#now();
    return quality;
  }
}

/** How the device takes and encodes its pictures, as it says. */
export interface PictureSource {
  capture: string;
  video: string;
}

/** The name, if it is one that we have words for. */
export function known<T extends string>(names: readonly T[], name: string): T | undefined {
  return names.find((each) => each === name);
}
