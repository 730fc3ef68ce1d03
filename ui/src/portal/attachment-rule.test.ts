import { describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { checkFiles } from './attachment-rule.ts';

const file = (name: string, size = 10) => ({ name, size });

describe('files are checked before they are sent', () => {
  test('screenshots and logs are taken, whatever the case of their names', () => {
    const { accepted, refused } = checkFiles([file('Screen.PNG'), file('app.log')], 0);
    assert.equal(accepted.length, 2);
    assert.deepEqual(refused, []);
  });
  test('programs are refused', () => {
    assert.deepEqual(checkFiles([file('fix.exe'), file('noname')], 0).refused, [
      { name: 'fix.exe', reason: 'type' },
      { name: 'noname', reason: 'type' },
    ]);
  });
  test('more than 10 MiB is refused, exactly 10 MiB is not', () => {
    const limit = 10 * 1024 * 1024;
    assert.equal(checkFiles([file('a.zip', limit)], 0).accepted.length, 1);
    assert.deepEqual(checkFiles([file('a.zip', limit + 1)], 0).refused, [{ name: 'a.zip', reason: 'size' }]);
  });
  test('the eleventh file of a request is refused', () => {
    const { accepted, refused } = checkFiles([file('a.png'), file('b.png')], 9);
    assert.deepEqual(
      accepted.map(({ name }) => name),
      ['a.png'],
    );
    assert.deepEqual(refused, [{ name: 'b.png', reason: 'count' }]);
  });
});
