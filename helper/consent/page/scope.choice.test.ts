import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { MAX_AREAS, scope } from '../../../protocol/scope.ts';
import type { ConsentWindowChoice } from '../consent.views.ts';
import {
  MAX_CHOSEN,
  exposed,
  forgetGone,
  groupsOf,
  include,
  keepWithin,
  noAreas,
  poolOf,
  scopeOf,
  wordsOf,
  type Areas,
} from './scope.choice.ts';

const SCREEN = { id: 's0', name: 'Screen 1', width: 1920, height: 1080, thumbnail: null };

function window(
  id: string,
  executable: string | undefined,
  overrides: Partial<ConsentWindowChoice> = {},
): ConsentWindowChoice {
  const application = executable?.split('/').at(-1) ?? 'unknown';
  const bounds = { x: 0, y: 0, width: 100, height: 100 };
  return {
    id,
    application,
    executable,
    title: `title ${id}`,
    screenId: 's0',
    bounds,
    thumbnail: null,
    rule: null,
    ...overrides,
  };
}

const WINDOWS = [
  window('1', '/usr/bin/mail'),
  window('2', '/usr/bin/mail'),
  window('3', '/usr/bin/calc', { bounds: { x: 500, y: 500, width: 100, height: 100 } }),
  window('4', undefined),
  window('5', '/usr/bin/keys', { rule: 'password-manager' }),
  window('6', '/usr/bin/far', { screenId: 's1' }),
];
const POOL = poolOf(SCREEN, WINDOWS);

function areasOf(
  chosen: Partial<Record<'windows' | 'applications', string[]>> & { rectangles?: Areas['rectangles'] },
): Areas {
  return {
    windows: new Set(chosen.windows),
    applications: new Set(chosen.applications),
    rectangles: chosen.rectangles ?? [],
  };
}

const rect = (x: number, width = 50): Areas['rectangles'][number] => ({ x, y: 0, width, height: 50 });
const anyAreas = fc
  .record({
    windows: fc.subarray(['1', '2', '3', '4', '5', '6', 'gone']),
    applications: fc.subarray(['/usr/bin/mail', '/usr/bin/calc', '/usr/bin/gone']),
    rectangles: fc.array(
      fc.integer({ min: 0, max: 300 }).map((x) => rect(x)),
      { maxLength: 3 },
    ),
  })
  .map(areasOf);

describe('parts of the screen while they are chosen', () => {
  test('only what is on the chosen screen can be chosen', () => {
    assert.deepEqual(
      POOL.windows.map(({ id }) => id),
      ['1', '2', '3', '4', '5'],
    );
  });

  test('a program covers its windows, which are then not named one by one', () => {
    const areas = areasOf({ windows: ['1', '3'], applications: ['/usr/bin/mail'] });
    assert.deepEqual(scopeOf(areas, POOL), [
      { kind: 'window', windowId: '3' },
      { kind: 'application', executable: '/usr/bin/mail' },
    ]);
    assert.deepEqual(wordsOf(areas, POOL), {
      reach: 'limited',
      windows: ['title 3'],
      applications: ['mail'],
      rectangles: 0,
    });
  });

  test('a window without a title goes by the name of its program', () => {
    const pool = poolOf(SCREEN, [window('1', '/usr/bin/mail', { title: ' ' })]);
    assert.deepEqual(wordsOf(areasOf({ windows: ['1'] }), pool).windows, ['mail']);
  });

  test('a window that has closed is forgotten for good; a program counts again when it is back', () => {
    const areas = areasOf({ windows: ['1'], applications: ['/usr/bin/calc'] });
    const nothingOpen = poolOf(SCREEN, []);
    forgetGone(areas, nothingOpen);
    assert.deepEqual(scopeOf(areas, nothingOpen), []);
    forgetGone(areas, POOL);
    assert.deepEqual(scopeOf(areas, POOL), [{ kind: 'application', executable: '/usr/bin/calc' }]);
  });

  test('what is chosen is always a scope as the protocol knows it', () => {
    fc.assert(fc.property(anyAreas, (areas) => scope.safeParse(scopeOf(areas, POOL)).success));
    assert.equal(MAX_CHOSEN, MAX_AREAS);
  });

  test('what may be used is seen as well', () => {
    fc.assert(
      fc.property(anyAreas, anyAreas, (see, use) => {
        const before = JSON.stringify(scopeOf(use, POOL));
        include(see, use);
        keepWithin(use, see, POOL);
        assert.equal(JSON.stringify(scopeOf(use, POOL)), before, 'all of it is inside');
      }),
    );
  });

  test('what is not seen any more is not used either', () => {
    const use = areasOf({ windows: ['1', '3'], applications: ['/usr/bin/calc'], rectangles: [rect(0), rect(200)] });
    keepWithin(use, areasOf({ applications: ['/usr/bin/mail'], rectangles: [rect(0, 60)] }), POOL);
    assert.deepEqual(scopeOf(use, POOL), [
      { kind: 'window', windowId: '1' },
      { kind: 'rectangle', ...rect(0) },
    ]);
    keepWithin(use, noAreas(), POOL);
    assert.deepEqual(scopeOf(use, POOL), []);
  });

  test('what would be seen without being meant: all of a whole screen, or what lies under a drawn area', () => {
    const ids = (areas: Areas | 'all'): string[] => exposed(POOL, areas).map(({ id }) => id);
    assert.deepEqual(ids('all'), ['1', '2', '3', '4'], 'but not what a rule hides anyway');
    assert.deepEqual(ids(areasOf({ windows: ['1'] })), []);
    assert.deepEqual(ids(areasOf({ windows: ['1'], rectangles: [rect(90)] })), ['2', '4']);
  });

  test('the list stays in its order while windows come to the front, and two programs of one name are two', () => {
    const firstSeen = new Map(WINDOWS.map(({ id }, at) => [id, at]));
    const shape = (windows: readonly ConsentWindowChoice[]): string =>
      groupsOf(windows, firstSeen)
        .map((group) => `${group.application}: ${group.windows.map(({ id }) => id).join()}`)
        .join(' | ');
    const expected = 'calc: 3 | keys: 5 | mail: 1,2 | unknown: 4';
    assert.equal(shape(POOL.windows), expected);
    assert.equal(shape([...POOL.windows].reverse()), expected);
    const twin = window('7', '/opt/other/mail');
    assert.equal(shape([...POOL.windows, twin]), 'calc: 3 | keys: 5 | mail: 1,2 | mail: 7 | unknown: 4');
  });
});
