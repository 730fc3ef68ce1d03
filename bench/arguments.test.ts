import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseBenchArguments, UsageError } from './arguments.ts';

const known = { scenes: ['flip', 'idle'], subjects: ['handrail', 'x11vnc-novnc'] };

describe('the command line', () => {
  test('without arguments everything is measured once, in full', () => {
    assert.deepEqual(parseBenchArguments([], known), { ...known, jsonFile: undefined, repeat: 1, isQuick: false });
  });

  test('scenes and subjects can be picked, in the order given', () => {
    const picked = parseBenchArguments(
      ['--scene', 'idle,flip', '--subject', 'x11vnc-novnc', '--json', 'a.json'],
      known,
    );
    assert.deepEqual(picked.scenes, ['idle', 'flip']);
    assert.deepEqual(picked.subjects, ['x11vnc-novnc']);
    assert.equal(picked.jsonFile, 'a.json');
  });

  for (const args of [
    ['--scene', 'flop'],
    ['--subject', ''],
    ['--repeat', '0'],
    ['--repeat', 'x'],
    ['--fast'],
    ['flip'],
  ]) {
    test(`${args.join(' ')} is refused before anything is started`, () => {
      assert.throws(() => parseBenchArguments(args, known), UsageError);
    });
  }
});
