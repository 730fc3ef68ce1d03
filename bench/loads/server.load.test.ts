import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Series } from '../rows.ts';
import { fullLoad } from './load.ts';
import { server } from './server.ts';

/** What the allocator may round up; a leak of 5 kB a request would be 50 MB. */
const MAX_GROWTH_MB = 25;

test('10,000 requests beside 200 open pages: no error, no page lost, memory flat', async (t) => {
  const series = await server.measure(fullLoad);
  const only = (metric: string): number => {
    const samples = series.find((one: Series) => one.metric === metric)?.samples ?? [];
    assert.equal(samples.length, 1, metric);
    return samples[0] ?? NaN;
  };
  for (const { metric, unit, samples } of series)
    if (samples.length === 1) t.diagnostic(`${metric} ${samples[0]} ${unit}`);
  assert.equal(only('errors'), 0);
  assert.deepEqual([only('live_pages'), only('live_lost')], [200, 0]);
  assert.ok(only('live_messages') > 10_000, 'the open pages hear what is written');
  assert.ok(only('server_rss_rested') - only('server_rss_before') < MAX_GROWTH_MB);
});
