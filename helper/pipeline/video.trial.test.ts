import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { VIDEO_ENCODERS } from '../../protocol/stream.ts';
import { Pixels } from './pixels.ts';
import { codecsOf, GRAPHICS_CODECS, PROCESSOR_CODEC, type VideoCodec } from './video.codecs.ts';
import { EncoderSearch, faultOf } from './video.trial.ts';

const SIZE = { width: 320, height: 240 };
const RATE = 2_000_000;
/** So that a busy computer refuses nothing. */
const LONG_MS = 60_000;

/** As a graphics card's encoder would be, but one that is there. */
function x264(options: Record<string, string>): VideoCodec {
  return { ...PROCESSOR_CODEC, options: { ...PROCESSOR_CODEC.options, ...options } };
}

async function search(
  codecs: VideoCodec[],
  limitMs = LONG_MS,
): Promise<{ found: string | undefined; refused: string[]; again: string | undefined }> {
  const refused: string[] = [];
  const onRefused = (name: string, why: unknown): void => void refused.push(`${name}: ${String(why)}`);
  const encoders = new EncoderSearch({ codecs, onRefused, limitMs });
  const found = await encoders.find(SIZE, RATE);
  found?.close();
  const again = await encoders.find(SIZE, RATE);
  again?.close();
  return { found: found?.name, refused, again: again?.name };
}

describe('an encoder is taken only when it has been seen to work', () => {
  test('one that gives each picture at once and like the original is taken, open and ready for the next', async () => {
    const found = await new EncoderSearch({ codecs: [PROCESSOR_CODEC], limitMs: LONG_MS }).find(SIZE, RATE);
    assert.ok(found);
    const rect = { x: 0, y: 0, ...SIZE };
    const unit = await found.encode(new Pixels(SIZE.width, SIZE.height), rect, { isKey: true, atMs: 500 });
    assert.ok(unit.isKey && unit.bytes.length > 0);
    found.close();
  });

  const BAD: [string, VideoCodec, RegExp][] = [
    ['is in no build of FFmpeg', { name: 'h264_nothing', pixels: 'nv12', options: {} }, /has no h264_nothing/],
    ['makes something else than H.264', { name: 'mpeg4', pixels: 'yuv420p', options: {} }, /makes no H\.264/],
    ['holds pictures back', { ...PROCESSOR_CODEC, options: { preset: 'superfast', 'rc-lookahead': '20' } }, /receive/],
    ['loses the picture', x264({ 'x264-params': 'keyint=infinite:qpmin=51' }), /comes out with/],
    ['mistakes the colours', x264({ 'x264-params': 'keyint=infinite:fullrange=on' }), /comes out with/],
    ['makes every picture a key', x264({ 'x264-params': 'keyint=1' }), /a key that nobody asked for/],
    [
      'leaves out what a decoder starts with',
      x264({ 'x264-params': 'keyint=infinite:repeat-headers=0' }),
      /a key without NAL unit 7/,
    ],
    ['does not know an option', x264({ turbo: '1' }), /turbo/],
  ];
  for (const [what, codec, why] of BAD) {
    test(`one that ${what} is refused for good`, async () => {
      const { found, refused, again } = await search([codec]);
      assert.match(refused[0] ?? '', why);
      assert.deepEqual([found, refused.length, again], [undefined, 1, undefined]);
    });
  }

  test('when one is refused the next one is taken', async () => {
    const { found, refused, again } = await search([
      { name: 'mpeg4', pixels: 'yuv420p', options: {} },
      PROCESSOR_CODEC,
    ]);
    assert.deepEqual([found, refused.length, again], ['libx264', 1, 'libx264']);
  });

  test('one that does not answer in time is refused, and no other is asked: it may keep a thread for ever', async () => {
    const { found, refused } = await search([PROCESSOR_CODEC, { name: 'mpeg4', pixels: 'yuv420p', options: {} }], 0);
    assert.deepEqual([found, refused], [undefined, ['libx264: NoAnswer: no answer within 0 ms']]);
  });

  test('one search goes on at a time', async () => {
    const encoders = new EncoderSearch({ codecs: [PROCESSOR_CODEC], limitMs: LONG_MS });
    const [first, second] = await Promise.all([encoders.find(SIZE, RATE), encoders.find(SIZE, RATE)]);
    assert.deepEqual([first?.name, second], ['libx264', undefined]);
    first?.close();
    const third = await encoders.find(SIZE, RATE);
    assert.equal(third?.name, 'libx264');
    third.close();
  });

  test('where the makers of the graphics cards are known, theirs are tried and those of Windows, elsewhere none', () => {
    const names = (vendors: string[] | undefined): string[] => codecsOf(vendors).map(({ name }) => name);
    assert.deepEqual(names(undefined), []);
    assert.deepEqual(names([]), ['h264_mf']);
    assert.deepEqual(names(['8086']), ['h264_qsv', 'h264_mf']);
    assert.deepEqual(names(['1002', '10de']), ['h264_nvenc', 'h264_amf', 'h264_mf']);
  });

  test('each has a name that an agent’s page has words for', () => {
    assert.deepEqual(
      [PROCESSOR_CODEC, ...GRAPHICS_CODECS].map(({ name }) => name),
      VIDEO_ENCODERS,
    );
  });

  test('this build knows every option of the graphics cards’ encoders that it has', async () => {
    const { refused } = await search([...GRAPHICS_CODECS]);
    for (const why of refused) assert.match(why, /has no h264_mf$|: open h264_/);
  });
});

describe('a picture has a fault', () => {
  const unit = (isKey: boolean, ...types: number[]): Parameters<typeof faultOf>[0] => ({
    bytes: Uint8Array.from(types.flatMap((type) => [0, 0, 0, 1, 0x60 | type, 0x80])),
    isKey,
  });
  const CASES: [string, Parameters<typeof faultOf>, string | undefined][] = [
    ['not when it is a key with all that it needs', [unit(true, 7, 8, 6, 5), true], undefined],
    ['not when it is none and none was asked for', [unit(false, 1), false], undefined],
    ['when no key comes though one was asked for', [unit(false, 7, 8, 1), true], 'a key without NAL unit 5'],
    ['when a key has no picture parameters', [unit(true, 7, 5), true], 'a key without NAL unit 8'],
    ['when a key comes though none was asked for', [unit(true, 7, 8, 5), false], 'a key that nobody asked for'],
    ['when it is called a key', [unit(true, 1), false], 'a key that is called none, or none that is called one'],
    [
      'when it is not called a key',
      [unit(false, 7, 8, 5), true],
      'a key that is called none, or none that is called one',
    ],
    [
      'when it is in lengths instead of start codes',
      [{ bytes: Uint8Array.of(0, 0, 2, 0x65, 1), isKey: true }, true],
      'no H.264 in Annex B',
    ],
  ];
  for (const [what, given, fault] of CASES) test(what, () => assert.equal(faultOf(...given), fault));
});
