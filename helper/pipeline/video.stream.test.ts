import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Pixels } from './pixels.ts';
import { PROCESSOR_CODEC } from './video.codecs.ts';
import { VideoDecoder } from './video.decoder.ts';
import { openVideoCodec, openVideoEncoder, type Size, type VideoEncoder } from './video.encoder.ts';
import { VideoStream, type VideoStreamOptions } from './video.stream.ts';

const SIZE = { width: 320, height: 240 };
const AREA = { x: 0, y: 0, ...SIZE };
const PLAN = { coded: AREA, painted: AREA, overlaid: [] };
const RATE = 2_000_000;

/** Finds what it is told to, and keeps what was refused. */
class Search implements NonNullable<VideoStreamOptions['search']> {
  readonly asked: Size[] = [];
  readonly refused: string[] = [];
  readonly #open: () => Promise<VideoEncoder | undefined>;

  constructor(open: () => Promise<VideoEncoder | undefined>) {
    this.#open = open;
  }

  find(size: Size): Promise<VideoEncoder | undefined> {
    this.asked.push(size);
    return this.#open();
  }
  refuse(name: string): void {
    this.refused.push(name);
  }
}

/** A real encoder under another name, which has made a picture already, as in its trial. */
async function other(): Promise<VideoEncoder> {
  const encoder = await openVideoCodec(PROCESSOR_CODEC, SIZE, RATE);
  await encoder.encode(new Pixels(SIZE.width, SIZE.height), AREA, { isKey: true, atMs: 0 });
  return { ...encoder, name: 'other' };
}

class Film {
  readonly stream: VideoStream;
  readonly #decoder = new VideoDecoder(SIZE);
  readonly #pixels = new Pixels(SIZE.width, SIZE.height);
  #at = 0;

  constructor(search: Search) {
    this.stream = new VideoStream({ open: openVideoEncoder, search }, RATE);
  }

  /** The next picture; whether it was a key, after it was seen to be the one that was shown. */
  async show(plan = PLAN): Promise<boolean> {
    this.#at += 1;
    this.#pixels.words.fill(this.#at * 0x030201);
    const region = await this.stream.encode(this.#pixels, plan, this.#at * 33);
    // Lets what was found meanwhile be noted.
    await new Promise((resolve) => setImmediate(resolve));
    if (plan === PLAN) {
      const decoded = await this.#decoder.decode(region.accessUnit);
      const [shown = 0, seen = 0] = [this.#pixels.bytes[0], decoded.bytes[0]];
      assert.ok(Math.abs(shown - seen) < 6, `${shown} is seen as ${seen}`);
    }
    return region.isKey;
  }

  async showMany(count: number, plan = PLAN): Promise<boolean[]> {
    const keys: boolean[] = [];
    for (let at = 0; at < count; at++) keys.push(await this.show(plan));
    return keys;
  }

  /** Up to the picture that another encoder has made. */
  async untilOther(): Promise<boolean> {
    for (let count = 0; count < 100; count++) {
      const isKey = await this.show();
      if (this.stream.encoderName === 'other') return isKey;
    }
    throw new Error('no other encoder takes over');
  }

  close(): void {
    this.stream.close();
    this.#decoder.close();
  }
}

describe('an encoder on the graphics card', () => {
  test('takes over with a key once a moving picture lasts, and not before', async () => {
    const search = new Search(other);
    const film = new Film(search);
    assert.deepEqual(await film.showMany(14), [true, ...Array<boolean>(13).fill(false)]);
    assert.deepEqual([search.asked, film.stream.encoderName], [[], 'libx264']);
    assert.equal(await film.untilOther(), true);
    assert.deepEqual(search.asked, [SIZE]);
    assert.deepEqual(await film.showMany(20), Array<boolean>(20).fill(false));
    assert.equal(film.stream.encoderName, 'other');
    film.close();
  });

  test('is not looked for where the picture is small', async () => {
    const search = new Search(other);
    const film = new Film(search);
    const small = { x: 0, y: 0, width: 320, height: 190 };
    await film.showMany(20, { coded: small, painted: small, overlaid: [] });
    assert.deepEqual(search.asked, []);
    film.close();
  });

  test('that is found too late for its rectangle is closed and not used', async () => {
    let isClosed = false;
    const waiting = Promise.withResolvers<VideoEncoder>();
    const film = new Film(new Search(() => waiting.promise));
    await film.showMany(15);
    film.stream.close();
    waiting.resolve({ ...(await other()), close: () => (isClosed = true) });
    assert.deepEqual(await film.showMany(3), [true, false, false]);
    assert.deepEqual([isClosed, film.stream.encoderName], [true, 'libx264']);
    film.close();
  });

  test('is left when the rate changes, since not every one can change it', async () => {
    const film = new Film(new Search(other));
    await film.untilOther();
    film.stream.setBitsPerSecond(RATE);
    await film.show();
    assert.equal(film.stream.encoderName, 'other');
    film.stream.setBitsPerSecond(RATE / 2);
    assert.equal(await film.show(), true);
    assert.equal(film.stream.encoderName, 'libx264');
    film.close();
  });

  for (const [how, encode] of [
    ['fails', () => Promise.reject(new Error('device removed'))],
    ['hangs', () => new Promise<never>(() => undefined)],
  ] as const) {
    test(`that ${how} is refused, and the processor goes on with a key`, async () => {
      const search = new Search(async () => ({ ...(await other()), encode, close: () => undefined }));
      const film = new Film(search);
      await assert.rejects(film.untilOther(), /device removed|no answer within 1000 ms/);
      assert.deepEqual(search.refused, ['other']);
      film.stream.close();
      assert.equal(await film.show(), true);
      assert.equal(film.stream.encoderName, 'libx264');
      film.close();
    });
  }
});
