import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { reasonToSkipWine, Wine } from './wine.testing.ts';

interface Case {
  title: string;
  isPassed: boolean;
  skip: string | undefined;
}

/** What node:test writes as TAP: cases are lines of their own, suites too, and these say so further down. */
function casesOf(tap: string): Case[] {
  const found = tap.matchAll(
    /^ *(not ok|ok) \d+ - (.*?)(?: # SKIP ?(.*))?\n *---\n *duration_ms: .*\n *type: 'test'\n/gm,
  );
  return [...found].map(([, verdict, title = '', skip]) => ({ title, isPassed: verdict === 'ok', skip }));
}

describe('Windows, as Wine is it', { skip: reasonToSkipWine() }, () => {
  let wine: Wine;

  before(async () => (wine = await Wine.start()));
  after(() => wine.stop());

  test('the platform contract holds', async (context) => {
    const tap = await wine.runTests(new URL('./wine.entry.ts', import.meta.url));
    const cases = casesOf(tap);
    for (const { title, skip } of cases) if (skip !== undefined) context.diagnostic(`not run: ${title}: ${skip}`);
    const failed = cases.filter(({ isPassed }) => !isPassed).map(({ title }) => title);
    assert.deepEqual(failed, [], tap);
    assert.match(tap, /^# fail 0$/m, tap);
    assert.ok(cases.filter(({ skip }) => skip === undefined).length >= 25, tap);
  });

  test('a program that ends without a word while hooks are set does end', async () => {
    assert.equal(await wine.runToEnd(new URL('./wine.exit.entry.ts', import.meta.url)), 7);
  });
});
