import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  AddressError,
  buildHelperFileName,
  namesServer,
  parseHelperArguments,
  parseHelperFileName,
} from './address.ts';

const ADDRESS = {
  host: 'help.northport.example',
  port: 8444,
  caFingerprint: '00112233445566778899aabbccddeeff',
  token: 'abcdefghjkmnpqrstvwxyz0123',
};
const NAME = buildHelperFileName(ADDRESS);
const refuses = (work: () => unknown, code: string, words: RegExp): void =>
  assert.throws(work, (error) => error instanceof AddressError && error.code === code && words.test(error.message));

describe('the name of the helper file', () => {
  test('carries address, CA fingerprint and token', () => {
    assert.equal(
      NAME,
      'handrail-helper_help.northport.example_8444_00112233445566778899aabbccddeeff_abcdefghjkmnpqrstvwxyz0123',
    );
    assert.deepEqual(parseHelperFileName(NAME), ADDRESS);
  });

  test('survives what browsers and file managers do to downloads', () => {
    const inHost = (mark: string): string => NAME.replace('.example_', `${mark}.example_`);
    const renamed = [
      `${NAME}.exe`,
      `${NAME} (1)`,
      `${NAME}(2)`,
      `${NAME} (1).exe`,
      `${NAME}.exe (1)`,
      `${NAME}_1`,
      `${NAME}-3`,
      `${NAME}.1`,
      `${NAME}_1.exe`,
      `${NAME}.bin`,
      `${NAME} (12).bin`,
      `${NAME}.exe.download`,
      `${NAME} - Copy.exe`,
      `${NAME} - 副本`,
      NAME.toUpperCase(),
      inHost(' (1)'),
      inHost('(1)'),
      inHost('_1'),
    ];
    for (const name of renamed) assert.deepEqual(parseHelperFileName(name), ADDRESS, name);
  });

  test('may also say that the program shall only clean up, renamed by a browser or not', () => {
    for (const name of [
      'handrail-clean-up',
      'handrail-clean-up (1)',
      'Handrail-Clean-Up.exe',
      'handrail-clean-up(2).bin',
    ])
      assert.deepEqual(parseHelperArguments(name, []), { address: undefined }, name);
    for (const name of ['handrail-clean-up-everything', 'my-handrail-clean-up'])
      refuses(() => parseHelperArguments(name, []), 'address-missing', /names no server/);
  });

  test('any valid address goes into a name and comes back, renamed or not', () => {
    const label = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?$/);
    const host = fc.oneof(
      fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) => [...labels, 'lan'].join('.')),
      fc.ipV4(),
      fc.ipV6().filter((address) => !address.includes('.')),
    );
    const fields = {
      host,
      port: fc.integer({ min: 1, max: 65_535 }),
      caFingerprint: fc.stringMatching(/^[0-9a-f]{32}$/),
      token: fc.stringMatching(/^[0-9a-z]{26}$/),
    };
    const address = fc.record(fields, { noNullPrototype: true });
    const suffix = fc.constantFrom('', ' (1)', '(7)', '_1', '-2', '.exe', '.bin', ' (3).exe', '_2.exe');
    fc.assert(
      fc.property(address, suffix, (wanted, added) => {
        assert.deepEqual(parseHelperFileName(buildHelperFileName(wanted) + added), wanted);
      }),
    );
  });

  test('any other name is refused with words, never with a wrong address', () => {
    refuses(() => parseHelperFileName('node'), 'address-missing', /names no server/);
    refuses(() => parseHelperFileName('handrail-helper'), 'address-missing', /names no server/);
    refuses(() => parseHelperFileName('handrail-helper_a_1'), 'address-invalid', /fingerprint/);
    refuses(() => parseHelperFileName(`${NAME}_x`), 'address-invalid', /damaged/);
    refuses(() => parseHelperFileName(NAME.slice(0, -1)), 'address-invalid', /token/);
    refuses(() => parseHelperFileName(NAME.replace('_8444_', '_84440_')), 'address-invalid', /port/);
    refuses(() => parseHelperFileName(NAME.replace('_0011', '_001')), 'address-invalid', /fingerprint/);
    refuses(() => parseHelperFileName(NAME.replace('help.', '..')), 'address-invalid', /server/);
    refuses(() => parseHelperFileName(NAME.replace('help.northport.example', '1.2.3')), 'address-invalid', /server/);
    refuses(() => parseHelperFileName(NAME.replace('help.', 'help/../')), 'address-invalid', /server/);
  });

  test('only the name of a download says by itself where to go', () => {
    for (const name of [NAME, `${NAME} (1).exe`]) assert.equal(namesServer(name), true, name);
    for (const name of ['help.exe', 'handrail-clean-up.exe', NAME.slice(0, -1)])
      assert.equal(namesServer(name), false, name);
  });

  test('no name makes the parser fail in another way or take long', () => {
    const pieces = fc.constantFrom(
      NAME,
      'handrail-helper_',
      '_',
      ' (1)',
      '.',
      '-',
      '8444',
      'a',
      '\0',
      '(',
      '副本',
      '_1',
    );
    const text = fc.oneof(
      fc.string(),
      fc.array(pieces, { maxLength: 60 }).map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(text, (name) => {
        try {
          const { host, port, caFingerprint, token } = parseHelperFileName(name);
          assert.match(host, /^[0-9a-f:.a-z-]+$/);
          assert.ok(port > 0 && port < 65_536);
          assert.match(caFingerprint + token, /^[0-9a-f]{32}[0-9a-z]{26}$/);
        } catch (error) {
          assert.ok(error instanceof AddressError);
        }
      }),
      { numRuns: 2000 },
    );
    refuses(() => parseHelperFileName(`handrail-helper_${' (1)'.repeat(100_000)}`), 'address-invalid', /./);
  });
});

describe('the typed address', () => {
  const typed = (server: string, ca = ADDRESS.caFingerprint, token = ADDRESS.token): string[] => [
    '--server',
    server,
    '--ca',
    ca,
    '--token',
    token,
  ];

  test('wins over the name of the file', () => {
    const { address } = parseHelperArguments(NAME, typed('10.0.0.7:9000'));
    assert.deepEqual(address, { ...ADDRESS, host: '10.0.0.7', port: 9000 });
    assert.deepEqual(parseHelperArguments(NAME, []).address, ADDRESS);
  });

  test('takes the fingerprint as people copy it, and an IPv6 address in brackets', () => {
    const spelled = `${ADDRESS.caFingerprint.toUpperCase().replace(/..(?=.)/g, '$&:')}:${'ab:'.repeat(15)}ab`;
    const { address } = parseHelperArguments('node', typed('[FE80::1]:8444', spelled));
    assert.deepEqual(address, { ...ADDRESS, host: 'fe80::1' });
  });

  test('is complete or refused, and unknown options are named', () => {
    refuses(() => parseHelperArguments(NAME, ['--server', 'a:1']), 'address-missing', /--ca and --token/);
    refuses(() => parseHelperArguments(NAME, ['--serve', 'a:1']), 'address-invalid', /--serve/);
    refuses(() => parseHelperArguments(NAME, ['extra']), 'address-invalid', /extra/);
    for (const server of ['a', 'a:', 'a:0', 'a:65536', 'fe80::1:1', 'https://a:1', 'a b:1', '-a:1'])
      refuses(() => parseHelperArguments(NAME, typed(server)), 'address-invalid', /./);
    refuses(() => parseHelperArguments(NAME, typed('a:1', '1234')), 'address-invalid', /fingerprint/);
    refuses(() => parseHelperArguments(NAME, typed('a:1', ADDRESS.caFingerprint, 'x')), 'address-invalid', /token/);
  });

  test('asks for a clean-up alone when told so', () => {
    assert.deepEqual(parseHelperArguments('node', ['--clean']), { address: undefined });
  });
});
