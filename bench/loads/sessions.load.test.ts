import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fullLoad } from './load.ts';
import { sessions } from './sessions.ts';

/** The aim of docs/bench.md. */
const MAX_MB = 150;

test('after ten sessions the server holds less than 150 MB', async (t) => {
  const series = await sessions.measure(fullLoad);
  for (const { metric, unit, samples } of series) t.diagnostic(`${metric} ${samples[0]} ${unit}`);
  const after = series.find(({ metric }) => metric === 'server_rss_after')?.samples[0] ?? Infinity;
  assert.ok(after < MAX_MB, `${after} MB`);
});
