import { describe, test } from 'node:test';
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { MAX_AREAS, scope, scopeFact, scopeFactOf, type Area } from './scope.ts';

const salt = new Uint8Array(16).fill(7);
const window: Area = { kind: 'window', windowId: '0x1400007' };
const editor: Area = { kind: 'application', executable: '/usr/bin/gedit' };
const rectangle: Area = { kind: 'rectangle', x: 0, y: 0, width: 32767, height: 1 };

describe('a scope', () => {
  test('is everything, or a list of windows, programs and rectangles with nothing else in it', () => {
    for (const good of ['all', [], [window, editor, rectangle], Array(MAX_AREAS).fill(rectangle)])
      assert.ok(scope.safeParse(good).success);
    for (const bad of [
      null,
      'ALL',
      'limited',
      [{ ...window, title: 'Payroll' }],
      [{ kind: 'screen' }],
      [{ ...editor, executable: '' }],
      [{ ...rectangle, width: 0 }],
      [{ ...rectangle, x: -1 }],
      [{ ...rectangle, y: 0.5 }],
      Array(MAX_AREAS + 1).fill(rectangle),
    ])
      assert.ok(!scope.safeParse(bad).success, JSON.stringify(bad));
  });

  test('is told to others as how far it reaches, how many of what, and a hash', async () => {
    assert.deepEqual(await scopeFactOf('all', salt), { reach: 'all' });
    const { sha256, ...counts } = await limitedFact([window, editor, editor, rectangle]);
    assert.deepEqual(counts, { reach: 'limited', windows: 1, applications: 2, rectangles: 1 });
    assert.match(sha256, /^[0-9a-f]{64}$/);
    assert.deepEqual(await limitedFact([]), {
      reach: 'limited',
      windows: 0,
      applications: 0,
      rectangles: 0,
      sha256: (await limitedFact([])).sha256,
    });
  });

  test('has a hash that stands for one list behind one salt', async () => {
    const of = async (areas: Area[], by = salt) => (await limitedFact(areas, by)).sha256;
    const first = await of([window, editor]);
    assert.equal(await of([window, editor]), first);
    assert.notEqual(await of([editor, window]), first);
    assert.notEqual(await of([window]), first);
    assert.notEqual(await of([window, editor], new Uint8Array(16)), first);
  });

  test('as told to others names no title and no path', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ minLength: 3, maxLength: 40 }), async (executable) => {
        const fact = await limitedFact([{ kind: 'application', executable: `/${executable}` }]);
        assert.ok(scopeFact.safeParse(fact).success);
        assert.deepEqual(Object.keys(fact), ['reach', 'windows', 'applications', 'rectangles', 'sha256']);
      }),
      { numRuns: 50 },
    );
  });
});

async function limitedFact(areas: Area[], by = salt) {
  const fact = await scopeFactOf(areas, by);
  assert.ok(fact.reach === 'limited');
  return fact;
}
