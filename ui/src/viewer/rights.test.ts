import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { askableCapabilities, askWords, choiceWords, heldMode, readRights, type GrantsMessage } from './rights.ts';

type Right = GrantsMessage['rights'][number];

const right = (capability: string, changes: Partial<Right> = {}): Right => ({
  capability,
  tag: '00000000000000ff',
  reach: 'all',
  purpose: 'session',
  notAfter: 1000,
  ...changes,
});
const read = (rights: Right[], askable: GrantsMessage['askable'] = []) =>
  readRights({ type: 'grants', rights, askable });

describe('the mode on the bar', () => {
  const MODES: [string, Right[], string | null][] = [
    ['nothing', [], null],
    ['seeing', [right('view')], 'view'],
    ['seeing a part', [right('view', { reach: 'limited' })], 'view'],
    ['operating a part', [right('view'), right('input', { reach: 'limited' })], 'limited'],
    ['operating everything', [right('view'), right('input')], 'control'],
    ['files without operating', [right('view'), right('files')], 'view'],
    ['operating without seeing', [right('input')], null],
  ];
  for (const [what, rights, mode] of MODES) {
    test(`of ${what} is ${String(mode)}`, () => assert.equal(heldMode(read(rights)), mode));
  }
});

test('a capability that this version does not know is neither held nor asked for', () => {
  const { held, askable } = read(
    [right('view'), right('camera'), right('toString')],
    [
      { capability: 'camera', reach: 'all' },
      { capability: 'constructor', reach: 'all' },
    ],
  );
  assert.deepEqual([[...held.keys()], askable], [['view'], []]);
});

test('frames name the tag of their right, all 64 bits of it', () => {
  const { held } = read([right('view', { tag: 'fedcba9876543210' }), right('input', { tag: '0000000000000001' })]);
  assert.deepEqual([held.get('view')?.tag, held.get('input')?.tag], [0xfedcba9876543210n, 1n]);
});

test('of two rights of a kind the wider one counts, then the one that lasts longer', () => {
  const narrow = right('input', { reach: 'limited', tag: '1'.repeat(16), notAfter: 9000 });
  const wide = right('input', { tag: '2'.repeat(16), notAfter: 10 });
  const longer = right('input', { tag: '3'.repeat(16), notAfter: 20 });
  for (const rights of [
    [narrow, wide, longer],
    [longer, narrow, wide],
  ])
    assert.equal(read(rights).held.get('input')?.notAfter, 20);
});

describe('what may be asked for', () => {
  const ALL: GrantsMessage['askable'] = [
    { capability: 'files', reach: 'all' },
    { capability: 'input', reach: 'all' },
    { capability: 'view', reach: 'all' },
    { capability: 'input', reach: 'limited' },
  ];

  const SEEN = right('view', { reach: 'limited' });

  test('is in one order, narrowest first', () => {
    const rights = read([SEEN], ALL);
    assert.deepEqual(
      rights.askable.map(({ capability, reach }) => `${capability} ${reach}`),
      ['view all', 'input limited', 'input all', 'files all'],
    );
    assert.deepEqual(askableCapabilities(rights), ['view', 'input', 'files']);
  });

  test('is never what is held already, and is more of it when only a part is held', () => {
    const rights = read([right('view'), right('input', { reach: 'limited' }), right('files')], ALL);
    assert.deepEqual(rights.askable, [{ capability: 'input', reach: 'all' }]);
  });

  test('is operating above windows with administrator rights only once the whole screen may be seen and operated', () => {
    const offered: GrantsMessage['askable'] = [{ capability: 'elevated', reach: 'all' }];
    const askable = (...rights: Right[]) => read(rights, offered).askable.map(choiceWords);
    for (const rights of [
      [right('view')],
      [right('view'), right('input', { reach: 'limited' })],
      [SEEN, right('input')],
      [right('view'), right('input'), right('elevated')],
    ])
      assert.deepEqual(askable(...rights), []);
    assert.deepEqual(askable(right('view'), right('input')), ['viewer.choice.elevated']);
  });

  test('is called more of it once a part is held', () => {
    assert.equal(askWords(read([right('view')], ALL), 'input'), 'input');
    assert.equal(askWords(read([right('view'), right('input', { reach: 'limited' })], ALL), 'input'), 'input-more');
  });

  test('has words of its own for each choice, and files come whole', () => {
    const words = read([SEEN], ALL).askable.map(choiceWords);
    assert.deepEqual(words, [
      'viewer.choice.view-all',
      'viewer.choice.input-limited',
      'viewer.choice.input-all',
      'viewer.choice.files',
    ]);
  });
});
