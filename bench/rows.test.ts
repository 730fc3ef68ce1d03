import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { formatTable, mergeSeries, percentile, summarise } from './rows.ts';

describe('the figures of a row', () => {
  test('p50 and p95 are samples that were measured, whatever the order they came in', () => {
    const samples = Array.from({ length: 60 }, (_, index) => ((index * 37) % 60) + 1);
    assert.equal(percentile(samples, 50), 30);
    assert.equal(percentile(samples, 95), 57);
    assert.equal(percentile(samples, 100), 60);
    assert.equal(percentile([10, 9], 50), 9);
    assert.equal(percentile([7], 95), 7);
  });

  test('numbers are ordered as numbers, not as text', () => {
    assert.equal(percentile([100, 9, 20], 50), 20);
  });

  test('a row counts its samples and keeps both ends', () => {
    assert.deepEqual(summarise('a', 'flip', { metric: 'click_to_picture', unit: 'ms', samples: [30, 10, 20.00049] }), {
      subject: 'a',
      scene: 'flip',
      metric: 'click_to_picture',
      unit: 'ms',
      n: 3,
      p50: 20,
      p95: 30,
      min: 10,
      max: 30,
    });
  });

  test('a metric that measured nothing is an error, never a zero', () => {
    assert.throws(() => summarise('a', 'idle', { metric: 'cpu', unit: '%', samples: [] }));
    assert.throws(() => summarise('a', 'idle', { metric: 'cpu', unit: '%', samples: [Number.NaN] }));
  });

  test('repeated rounds add their samples to the same row', () => {
    const round = (samples: number[]) => [{ metric: 'cpu', unit: '%', samples }];
    assert.deepEqual(mergeSeries([round([1, 2]), round([3])]), [{ metric: 'cpu', unit: '%', samples: [1, 2, 3] }]);
  });
});

describe('the table', () => {
  const row = (subject: string, scene: string, p50: number) =>
    summarise(subject, scene, { metric: 'cpu', unit: '%', samples: [p50] });

  test('puts the subjects of one scene and metric below each other', () => {
    const lines = formatTable([row('a', 'idle', 1), row('a', 'video', 2), row('b', 'idle', 3)]).split('\n');
    assert.deepEqual(
      lines.slice(2).map((line) => line.split(/\s+/).slice(0, 3).join(' ')),
      ['idle cpu a', 'idle cpu b', 'video cpu a'],
    );
  });

  test('keeps its columns aligned', () => {
    const lines = formatTable([row('a', 'idle', 1), row('a', 'video', 2000)]).split('\n');
    assert.equal(new Set(lines.map((line) => line.length)).size, 1);
  });
});
