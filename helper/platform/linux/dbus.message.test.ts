import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  decodeMessage,
  DBusFormatError,
  encodeMessage,
  MESSAGE_TYPE,
  messageLength,
  splitSignature,
} from './dbus.message.ts';
import type { DBusMessage, DBusValue } from './dbus.message.ts';

/** The call Hello, made by hand from the specification. */
const HELLO = Buffer.from(
  '6c01000100000000010000006d00000001016f00150000002f6f72672f667265656465736b746f702f44427573000000020173001400000' +
    '06f72672e667265656465736b746f702e444275730000000003017300050000' +
    '0048656c6c6f00000006017300140000006f72672e667265656465736b746f702e4442757300000000',
  'hex',
);

const CALL = { type: MESSAGE_TYPE.methodCall, flags: 0, serial: 1 } as const;

/** A signature of one complete type and a value that fits it. */
const { typed } = fc.letrec<{ typed: [string, DBusValue] }>((tie) => ({
  typed: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.tuple(fc.constant('y'), fc.nat(255)),
    fc.tuple(fc.constant('b'), fc.boolean()),
    fc.tuple(fc.constant('n'), fc.integer({ min: -32768, max: 32767 })),
    fc.tuple(fc.constant('q'), fc.nat(65535)),
    fc.tuple(fc.constant('i'), fc.integer()),
    fc.tuple(fc.constant('u'), fc.nat(0xffffffff)),
    fc.tuple(fc.constant('x'), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })),
    fc.tuple(fc.constant('t'), fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })),
    fc.tuple(fc.constant('d'), fc.double({ noNaN: true })),
    fc.tuple(fc.constantFrom('s', 'o'), fc.string({ unit: 'grapheme' })),
    fc.tuple(fc.constant('g'), fc.constantFrom('', 's', 'a{sv}')),
    tie('typed').map(([signature, value]): [string, DBusValue] => ['v', { signature, value }]),
    fc
      .tuple(tie('typed'), fc.nat(3))
      .map(([[type, value], count]): [string, DBusValue] => [`a${type}`, Array.from({ length: count }, () => value)]),
    fc
      .array(tie('typed'), { minLength: 1, maxLength: 3 })
      .map((parts): [string, DBusValue] => [
        `(${parts.map(([type]) => type).join('')})`,
        parts.map(([, value]) => value),
      ]),
    tie('typed').map(([type, value]): [string, DBusValue] => [`a{s${type}}`, [['key', value]]]),
  ),
}));

describe('messages of D-Bus', () => {
  test('a call is the bytes that the specification asks for', () => {
    const bus = 'org.freedesktop.DBus';
    const call = {
      ...CALL,
      path: '/org/freedesktop/DBus',
      interface: bus,
      member: 'Hello',
      destination: bus,
      body: [],
    };
    assert.deepEqual(encodeMessage(call), HELLO);
    assert.deepEqual(decodeMessage(HELLO), call);
    assert.equal(messageLength(HELLO), HELLO.length);
    assert.equal(messageLength(HELLO.subarray(0, 15)), undefined);
  });

  test('whatever is written is read again', () => {
    fc.assert(
      fc.property(fc.array(typed, { minLength: 1, maxLength: 4 }), (values) => {
        const signature = values.map(([type]) => type).join('');
        const message: DBusMessage = { ...CALL, signature, body: values.map(([, value]) => value) };
        const bytes = encodeMessage(message);
        assert.equal(messageLength(bytes), bytes.length);
        assert.deepEqual(decodeMessage(bytes), message);
      }),
    );
  });

  test('the other byte order is read too', () => {
    // A signal with the body "i" -2 from a big-endian machine: header fields path, interface, member, signature.
    const fields = Buffer.from(
      '01016f00000000022f61000000000000020173000000000361 2e6200000000 0003017300000000014d000000000000000801670001690000'.replaceAll(
        ' ',
        '',
      ),
      'hex',
    );
    const header = Buffer.from('42040001000000040000000700000000', 'hex');
    header.writeUInt32BE(fields.length - 1, 12);
    const bytes = Buffer.concat([header, fields, Buffer.from('fffffffe', 'hex')]);
    assert.deepEqual(decodeMessage(bytes), {
      ...{ type: MESSAGE_TYPE.signal, flags: 0, serial: 7 },
      ...{ path: '/a', interface: 'a.b', member: 'M', signature: 'i', body: [-2] },
    });
  });

  test('bytes of any kind are a message or an error of the format, never anything else', () => {
    const sample = encodeMessage({
      ...CALL,
      signature: 'a(so)a{sv}',
      body: [[['a', '/b']], [['c', { signature: 'ai', value: [1] }]]],
    });
    const damaged = fc.array(fc.tuple(fc.nat(sample.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(fc.oneof(damaged, fc.uint8Array({ minLength: 16, maxLength: 300 })), (input) => {
        const bytes = Buffer.from(Array.isArray(input) ? sample : input);
        if (Array.isArray(input)) for (const [at, value] of input) bytes[at] = value;
        try {
          decodeMessage(bytes);
        } catch (error) {
          assert.ok(error instanceof DBusFormatError, String(error));
        }
      }),
      { numRuns: 3000 },
    );
  });

  test('signatures are split into their types, and nonsense is refused', () => {
    assert.deepEqual(splitSignature('a{sv}(i(ss))aai'), ['a{sv}', '(i(ss))', 'aai']);
    for (const nonsense of ['(', '()', 'a', 'a{sv', 'z', '(i', 'a'.repeat(100) + 'i', '('.repeat(80)])
      assert.throws(() => splitSignature(nonsense), DBusFormatError);
  });

  test('a value that does not fit its signature is not sent', () => {
    for (const [signature, body] of [
      ['s', [1]],
      ['i', ['1']],
      ['ii', [1]],
      ['v', [1]],
      ['u', [[1]]],
    ] as [string, DBusValue[]][])
      assert.throws(() => encodeMessage({ ...CALL, signature, body }), DBusFormatError);
  });
});
