import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { systemRandom } from '../platform/random.ts';
import { checkPassword, createPasswords, HASH_COST } from './passwords.ts';

const of = { employeeNumber: 'E-1007', name: '李伟 Lee Brandon' };
const tooWeak = { code: 'password.too-weak' };

describe('passwords', () => {
  test('are kept as argon2id with the recommended cost and a salt of their own', async () => {
    const passwords = createPasswords(systemRandom);
    const [one, two] = await Promise.all([passwords.hash('correct'), passwords.hash('correct')]);
    assert.match(one, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
    assert.notEqual(one, two);
    assert.deepEqual(HASH_COST, { memoryKiB: 19_456, passes: 2 });
    assert.equal(await passwords.isRight('correct', one), true);
    assert.equal(await passwords.isRight('Correct', one), false);
  });

  test('a hash of other cost is still read, and two spellings of the same characters are one password', async () => {
    const cheap = createPasswords(systemRandom, { memoryKiB: 8, passes: 1 });
    const hash = await cheap.hash('caf\u00e9 noir 12');
    assert.equal(await createPasswords(systemRandom).isRight('cafe\u0301 noir 12', hash), true);
  });

  test('nobody’s password is never right, and takes a hash all the same', async () => {
    const passwords = createPasswords(systemRandom);
    const startedAt = performance.now();
    assert.equal(await passwords.isRight('anything', null), false);
    assert.ok(performance.now() - startedAt > 3, 'no hash was computed');
  });

  test('common ones, patterns and one’s own number or name are refused', () => {
    for (const weak of [
      'password1234',
      'P4ssw0rd!!!!',
      'Passw0rd2026!',
      'qwertyuiop12',
      'aaaaaaaaaaaa',
      'abababababab',
      '123456789012',
      'abcdefghijkl',
      '987654321098',
      'administrator1',
      'correcthorsebatterystaple',
      'iloveyou!!!!!!',
      '!!letmeinplease!!',
      'woainiwoaini520',
      'my-e-1007-secret',
      'Brandon-is-great',
      'x李伟yyyzzz123',
    ])
      assert.throws(() => checkPassword(weak, of), tooWeak, weak);
  });

  test('long ones that nobody would try first are taken', () => {
    for (const good of [
      'orange-kettle-42-harbour',
      '红色的火车开往北方海边',
      'Wf7$kqLz0Tr!',
      'winter boots on the roof',
    ])
      assert.doesNotThrow(() => checkPassword(good, of), good);
  });

  test('random ones are practically always taken', () => {
    const random = fc.array(fc.constantFrom(...'abcdefghijkmnopqrstuvwxyz23456789'), { minLength: 16, maxLength: 20 });
    fc.assert(
      fc.property(random, (characters) => {
        const password = characters.join('');
        fc.pre(new Set(password).size >= 6);
        checkPassword(password, of);
      }),
    );
  });
});
