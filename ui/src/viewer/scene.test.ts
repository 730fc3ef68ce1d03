import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { HIDDEN_WHYS, MAX_SCENE_RECTS } from '../../../protocol/stream.ts';
import { blockedWhy, countCovers, coverLabel, isWorded, PLAIN_SCENE, type HiddenArea, type Scene } from './scene.ts';

type Place = readonly [x: number, y: number, width: number, height: number];

const rect = (...[x, y, width, height]: Place) => ({ x, y, width, height });
const area = (place: Place, why: HiddenArea['why'] = 'not-shared') => ({ ...rect(...place), why });

describe('a point of the picture', () => {
  test('may be operated where nothing is said against it', () => {
    assert.equal(blockedWhy(PLAIN_SCENE, { x: 0, y: 0 }), undefined);
  });

  test('is blocked by what covers it, up to its edges and not beyond', () => {
    const scene: Scene = { hidden: [area([10, 20, 30, 40], 'password')], operable: null };
    const why = (x: number, y: number): unknown => blockedWhy(scene, { x, y });
    assert.deepEqual([why(10, 20), why(39, 59)], ['password', 'password']);
    assert.deepEqual([why(9, 20), why(10, 19), why(40, 20), why(10, 60)], [undefined, undefined, undefined, undefined]);
  });

  test('is blocked for the reason of the cover that lies on top', () => {
    const scene: Scene = { hidden: [area([0, 0, 100, 100]), area([0, 0, 50, 50], 'files')], operable: null };
    assert.deepEqual([blockedWhy(scene, { x: 1, y: 1 }), blockedWhy(scene, { x: 60, y: 1 })], ['files', 'not-shared']);
  });

  test('may be operated only within what the sharer chose, and not where that is covered', () => {
    const scene: Scene = {
      hidden: [area([5, 5, 2, 2], 'password')],
      operable: [rect(0, 0, 10, 10), rect(50, 0, 10, 10)],
    };
    const why = (x: number, y: number): unknown => blockedWhy(scene, { x, y });
    assert.deepEqual([why(0, 0), why(59, 9), why(5, 5), why(20, 5)], [undefined, undefined, 'password', 'outside']);
  });

  test('may not be operated at all when nothing was chosen', () => {
    assert.equal(blockedWhy({ hidden: [], operable: [] }, { x: 1, y: 1 }), 'outside');
  });

  test('is left to the device when the list is full, since that may not be all of it', () => {
    const operable = Array.from({ length: MAX_SCENE_RECTS }, (_, at) => rect(at, 0, 1, 1));
    assert.equal(blockedWhy({ hidden: [], operable }, { x: 500, y: 500 }), undefined);
    assert.equal(blockedWhy({ hidden: [], operable: operable.slice(1) }, { x: 500, y: 500 }), 'outside');
  });
});

test('covers are counted by reason for those who do not see them', () => {
  const hidden = [area([0, 0, 1, 1]), area([0, 0, 1, 1], 'password'), area([2, 2, 1, 1])];
  assert.deepEqual(countCovers({ hidden, operable: null }, HIDDEN_WHYS), [
    { why: 'not-shared', count: 2 },
    { why: 'password', count: 1 },
  ]);
});

test('of the pieces that are not shared the largest one has words; everything else that is covered has its own', () => {
  const hidden = [area([0, 0, 9, 1]), area([0, 1, 5, 5]), area([0, 9, 5, 4]), area([0, 0, 1, 1], 'sharer')];
  const scene: Scene = { hidden, operable: null };
  assert.deepEqual(
    hidden.map((one) => isWorded(scene, one)),
    [false, true, false, true],
  );
  const same = [area([0, 0, 2, 2]), area([5, 5, 2, 2])];
  assert.equal(same.filter((one) => isWorded({ hidden: same, operable: null }, one)).length, 1);
});

describe('the words on a cover', () => {
  const WORDS = { short: 'Password', long: 'A password is typed here: hidden' };
  const CASES: [string, { width: number; height: number }, ReturnType<typeof coverLabel>][] = [
    ['a whole screen', { width: 1280, height: 800 }, { layout: 'stack', text: WORDS.long }],
    ['a dialog', { width: 200, height: 120 }, { layout: 'stack', text: WORDS.long }],
    ['a long password field', { width: 420, height: 30 }, { layout: 'line', text: WORDS.long }],
    ['a password field', { width: 160, height: 26 }, { layout: 'line', text: WORDS.short }],
    ['a narrow field', { width: 60, height: 26 }, { layout: 'lock' }],
    ['a strip', { width: 900, height: 6 }, { layout: 'plain' }],
    ['a column', { width: 12, height: 700 }, { layout: 'plain' }],
  ];
  for (const [what, box, label] of CASES) {
    test(`of the size of ${what}: ${'text' in label ? label.text : label.layout}`, () => {
      assert.deepEqual(coverLabel(box, WORDS), label);
    });
  }

  test('need more room in Chinese for each character', () => {
    const words = { short: '此处正在输入密码已隐藏起来了', long: '此处正在输入密码已隐藏起来了' };
    const latin = { short: 'a password is ', long: 'a password is ' };
    const box = { width: 180, height: 26 };
    assert.deepEqual([coverLabel(box, latin).layout, coverLabel(box, words).layout], ['line', 'lock']);
  });

  test('never appear where more room shows less', () => {
    const size = fc.record({ width: fc.integer({ min: 1, max: 2000 }), height: fc.integer({ min: 1, max: 1200 }) });
    fc.assert(
      fc.property(size, fc.integer({ min: 0, max: 500 }), (box, more) => {
        const label = coverLabel(box, WORDS);
        const larger = coverLabel({ width: box.width + more, height: box.height + more }, WORDS);
        if ('text' in label) assert.ok('text' in larger, JSON.stringify({ box, more }));
        if (label.layout !== 'plain') assert.notEqual(larger.layout, 'plain');
      }),
    );
  });
});
