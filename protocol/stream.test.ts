import { describe, test } from 'node:test';
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { concat, toBase64Url, utf8 } from './bytes.ts';
import { CHANNELS, TAG_BYTES, type Channel } from './frame.ts';
import {
  MAX_SCENE_RECTS,
  controlFromAgent,
  controlFromDevice,
  cursorMessage,
  decodeMessage,
  encodeMessage,
  inputMessage,
} from './stream.ts';

const UNIONS = { inputMessage, controlFromAgent, controlFromDevice, cursorMessage };
type UnionName = keyof typeof UNIONS;
const DECODE: Record<UnionName, (payload: Uint8Array) => unknown> = {
  inputMessage: (payload) => decodeMessage(inputMessage, payload),
  controlFromAgent: (payload) => decodeMessage(controlFromAgent, payload),
  controlFromDevice: (payload) => decodeMessage(controlFromDevice, payload),
  cursorMessage: (payload) => decodeMessage(cursorMessage, payload),
};
type StreamMessage = Parameters<typeof encodeMessage>[0];

const QUESTION = 'f'.repeat(16);
const TAG = 'f'.repeat(16);
const RECTANGLE = { x: 32767, y: 32767, width: 32767, height: 32767 };

/** Every type of message, each as large as its schema lets it be. */
const LARGEST: [UnionName, Channel, StreamMessage][] = [
  ['inputMessage', 'input', { type: 'pointer/move', x: 32767, y: 32767 }],
  ['inputMessage', 'input', { type: 'pointer/button', x: 32767, y: 0, button: 4, isDown: false }],
  ['inputMessage', 'input', { type: 'pointer/wheel', x: 0, y: 0, deltaX: -50, deltaY: 49.999999999999 }],
  ['inputMessage', 'input', { type: 'key', code: '\u0001'.repeat(32), isDown: true }],
  ['inputMessage', 'input', { type: 'text', text: '\u0001'.repeat(1000) }],
  ['inputMessage', 'input', { type: 'release-all' }],
  ['controlFromAgent', 'control', { type: 'ack', frame: Number.MAX_SAFE_INTEGER }],
  ['controlFromAgent', 'control', { type: 'key-request' }],
  ['controlFromAgent', 'control', { type: 'ping', sentAt: -Number.MAX_VALUE }],
  [
    'controlFromAgent',
    'control',
    { type: 'ask', id: QUESTION, capability: 'files', reach: 'limited', reason: '\u0001'.repeat(300) },
  ],
  ['controlFromAgent', 'control', { type: 'ask-withdrawn', id: QUESTION }],
  [
    'controlFromDevice',
    'control',
    {
      type: 'grants',
      rights: Array.from({ length: 8 }, () => ({
        capability: '\u0001'.repeat(32),
        tag: TAG,
        reach: 'limited' as const,
        purpose: 'session' as const,
        notAfter: Number.MAX_SAFE_INTEGER,
      })),
      askable: Array.from({ length: 16 }, () => ({ capability: '\u0001'.repeat(32), reach: 'limited' as const })),
    },
  ],
  ['controlFromDevice', 'control', { type: 'question', id: QUESTION, state: 'withdrawn' }],
  ['controlFromDevice', 'control', { type: 'frozen', by: 'question' }],
  [
    'controlFromDevice',
    'control',
    {
      type: 'scene',
      hidden: Array.from({ length: MAX_SCENE_RECTS }, () => ({ ...RECTANGLE, why: 'application' as const })),
      operable: Array.from({ length: MAX_SCENE_RECTS }, () => RECTANGLE),
    },
  ],
  ['controlFromDevice', 'control', { type: 'pong', sentAt: Number.MIN_VALUE }],
  ['controlFromDevice', 'control', { type: 'source', capture: 'c'.repeat(32), video: 'v'.repeat(32) }],
  ['controlFromDevice', 'control', { type: 'local-hand', isActive: false }],
  ['controlFromDevice', 'control', { type: 'input-refused', reason: 'consent-window' }],
  [
    'cursorMessage',
    'cursor',
    { type: 'move', x: Number.MIN_SAFE_INTEGER, y: Number.MAX_SAFE_INTEGER, isVisible: false },
  ],
  [
    'cursorMessage',
    'cursor',
    {
      type: 'shape',
      width: 256,
      height: 256,
      hotspotX: 255,
      hotspotY: 255,
      rgba: toBase64Url(new Uint8Array(256 * 256 * 4).fill(255)),
    },
  ],
];

const refuses = (union: UnionName, message: unknown) =>
  assert.equal(DECODE[union](utf8(JSON.stringify(message))), undefined, JSON.stringify(message));

describe('messages inside sealed frames', () => {
  test('each type is listed here with its largest form', () => {
    for (const name of Object.keys(UNIONS) as UnionName[]) {
      const types = UNIONS[name].options.map((option) => option.shape.type.value);
      const listed = LARGEST.filter(([union]) => union === name).map(([, , message]) => message.type);
      assert.deepEqual([...types].toSorted(), listed.toSorted(), name);
    }
  });

  for (const [union, channel, message] of LARGEST) {
    test(`${channel} ${message.type}: arrives as sent, fits its channel, and is refused with a field too many, too few or of another type`, () => {
      const payload = encodeMessage(message);
      assert.ok(payload.length + TAG_BYTES <= CHANNELS[channel].maxBytes, `${payload.length} bytes do not fit`);
      assert.deepEqual(DECODE[union](payload), message);
      refuses(union, { ...message, extra: 0 });
      for (const [field, value] of Object.entries(message)) {
        refuses(union, Object.fromEntries(Object.entries(message).filter(([name]) => name !== field)));
        refuses(union, { ...message, [field]: [value] });
        if (typeof value === 'number') refuses(union, { ...message, [field]: String(value) });
      }
    });
  }

  test('no end takes a message of the other direction or of another channel', () => {
    for (const [union, , message] of LARGEST)
      for (const name of Object.keys(UNIONS) as UnionName[]) if (name !== union) refuses(name, message);
  });

  test('coordinates, buttons, wheel clicks and lengths outside their limits are refused', () => {
    for (const x of [-1, 32768, 1.5, null, '1']) refuses('inputMessage', { type: 'pointer/move', x, y: 0 });
    for (const button of [-1, 5, 0.5, true])
      refuses('inputMessage', { type: 'pointer/button', x: 0, y: 0, button, isDown: true });
    for (const deltaY of [-50.1, 51, 1e308])
      refuses('inputMessage', { type: 'pointer/wheel', x: 0, y: 0, deltaX: 0, deltaY });
    refuses('inputMessage', { type: 'text', text: 'x'.repeat(1001) });
    refuses('inputMessage', { type: 'key', code: 'x'.repeat(33), isDown: true });
    refuses('controlFromAgent', { type: 'ack', frame: -1 });
    const right = { capability: 'view', tag: TAG, reach: 'all', purpose: 'session', notAfter: 1 };
    for (const change of [{ tag: TAG.toUpperCase() }, { reach: 'screen' }, { purpose: 'ever' }, { holder: 'a1' }])
      refuses('controlFromDevice', { type: 'grants', rights: [{ ...right, ...change }], askable: [] });
    refuses('controlFromDevice', { type: 'scene', hidden: [{ ...RECTANGLE, why: 'title' }], operable: null });
    refuses('controlFromDevice', { type: 'scene', hidden: [], operable: Array(MAX_SCENE_RECTS + 1).fill(RECTANGLE) });
    for (const reason of ['', ' \n', 'x'.repeat(301)])
      refuses('controlFromAgent', { type: 'ask', id: QUESTION, capability: 'input', reach: 'all', reason });
    const shape = { type: 'shape', width: 1, height: 1, hotspotX: 0, hotspotY: 0, rgba: 'AAAAAA' };
    for (const change of [
      { width: 257 },
      { height: 0 },
      { hotspotX: 256 },
      { rgba: 'AA AA' },
      { rgba: '"' },
      { rgba: 'A'.repeat(400_000) },
    ])
      refuses('cursorMessage', { ...shape, ...change });
  });

  test('bytes that are not UTF-8, not JSON or not a message are ignored, never thrown at', () => {
    const good = encodeMessage({ type: 'release-all' });
    for (const bytes of [
      concat(),
      utf8('null'),
      utf8('[]'),
      utf8('"release-all"'),
      concat(good, utf8('x')),
      concat(Uint8Array.of(0xef, 0xbb, 0xbf), good),
    ])
      assert.equal(decodeMessage(inputMessage, bytes), undefined);
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 60 }), fc.json().map(utf8)), (bytes) => {
        for (const decode of Object.values(DECODE)) assert.equal(decode(bytes), undefined);
      }),
      { numRuns: 1000 },
    );
    assert.equal(decodeMessage(inputMessage, utf8('{"__proto__":{"type":"release-all"}}')), undefined);
  });
});
