/** Runs under Wine: FFmpeg as the helper for Windows has it, on a computer without any of the graphics cards. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { Pixels } from './pixels.ts';
import { GRAPHICS_CODECS, codecsOf } from './video.codecs.ts';
import { openVideoCodec, openVideoEncoder } from './video.encoder.ts';
import { VideoStream } from './video.stream.ts';
import { EncoderSearch } from './video.trial.ts';

const SIZE = { width: 640, height: 360 };
const AREA = { x: 0, y: 0, ...SIZE };

/** Intel's driver is searched for so long that it would keep the program; its options are tried on Linux. */
const QUICK = GRAPHICS_CODECS.filter(({ name }) => name !== 'h264_qsv');

for (const codec of QUICK) {
  test(`${codec.name} is in this FFmpeg with every option of ours, and does not open`, async () => {
    await assert.rejects(openVideoCodec(codec, SIZE, 2_000_000), new RegExp(`^FFmpegError: open ${codec.name}: `));
  });
}

test('a moving picture goes on by the processor when no other encoder works', async () => {
  const refused: string[] = [];
  const onRefused = (name: string): void => void refused.push(name);
  const search = new EncoderSearch({ codecs: codecsOf(['10de', '1002']), limitMs: 20_000, onRefused });
  const stream = new VideoStream({ open: openVideoEncoder, search }, 2_000_000);
  const pixels = new Pixels(SIZE.width, SIZE.height);
  const startedAt = performance.now();
  for (let at = 0; at < 40 || (refused.length < 3 && performance.now() < startedAt + 20_000); at++) {
    pixels.words.fill(at * 0x030201);
    const plan = { coded: AREA, painted: AREA, overlaid: [] };
    const { isKey, accessUnit } = await stream.encode(pixels, plan, at * 33);
    assert.deepEqual([isKey, accessUnit.length > 0], [at === 0, true]);
    await pause(20);
  }
  assert.equal(stream.encoderName, 'libx264');
  assert.deepEqual(refused, ['h264_nvenc', 'h264_amf', 'h264_mf']);
  stream.close();
});
