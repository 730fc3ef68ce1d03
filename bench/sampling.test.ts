import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { counterRange, timeRangeMs } from './barcode.ts';
import { paintedRate, perSecond, ratesOf } from './sampling.ts';

describe('rates', () => {
  const reading = (atMs: number, bytesToViewer: number, captureCpuS: number) => ({
    atMs,
    bytesToViewer,
    captureCpuS,
    serverCpuS: 0,
  });
  const readings = [reading(5000, 1000, 1), reading(7000, 1000, 1.5), reading(9000, 3000, 1.5)];
  const samples = (metric: string) => ratesOf(readings).find((series) => series.metric === metric)?.samples;

  test('traffic is kilobits of a thousand bits per second', () => {
    assert.deepEqual(samples('to_viewer_rate'), [0, 8]);
  });

  test('the mean counts a burst that the median of quiet periods hides', () => {
    assert.deepEqual(samples('to_viewer_mean'), [4]);
  });

  test('CPU is percent of one core', () => {
    assert.deepEqual(samples('cpu'), [25, 0]);
  });
});

describe('frames per second', () => {
  test('each full second of the period counts its frames, silent ones too', () => {
    assert.deepEqual(perSecond([1000, 1500, 1999.9, 3000, 3999], { fromMs: 1000, toMs: 4000 }), [3, 0, 2]);
  });

  test('frames outside and in the unfinished last second are left out', () => {
    assert.deepEqual(perSecond([999, 1000, 2100], { fromMs: 1000, toMs: 2500 }), [1]);
  });

  test('what was painted is told by the numbers of the frames, although most were never delivered', () => {
    const seen = [
      { counter: 100, timeMs: 5000, atMs: 5040 },
      { counter: 220, timeMs: 7000, atMs: 7300 },
    ];
    assert.equal(paintedRate(seen), 60);
  });

  test('number and time start again in the midst of it', () => {
    const seen = [
      { counter: counterRange - 10, timeMs: timeRangeMs - 500, atMs: 0 },
      { counter: 20, timeMs: 500, atMs: 1000 },
    ];
    assert.equal(paintedRate(seen), 30);
  });
});
