import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test, type TestContext } from 'node:test';
import { inputMessage, type InputMessage } from '../../../protocol/stream.ts';
import { InputCapture } from './input-capture.ts';

class FakePage extends EventTarget {
  hidden = false;
}

/** As much of an element as the capture uses. */
class FakeSurface extends EventTarget {
  captured: number[] = [];
  focused = 0;
  focus(): void {
    this.focused += 1;
  }
  setPointerCapture(pointerId: number): void {
    this.captured.push(pointerId);
  }
}

let page: FakePage;
const realDocument = Object.getOwnPropertyDescriptor(globalThis, 'document');
beforeEach(() => {
  page = new FakePage();
  Object.defineProperty(globalThis, 'document', { value: page, configurable: true });
});
afterEach(() => {
  if (realDocument === undefined) Reflect.deleteProperty(globalThis, 'document');
  else Object.defineProperty(globalThis, 'document', realDocument);
});

function start(t: TestContext) {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  let now = 1000;
  t.mock.method(performance, 'now', () => now);
  const surface = new FakeSurface();
  const sent: InputMessage[] = [];
  const state = { isOn: true };
  const blocked: { x: number; y: number }[] = [];
  const capture = new InputCapture({
    // Only what is above is used of it.
    surface: surface as unknown as HTMLElement,
    toPicture: (x, y) => (x >= 0 && y >= 0 && x < 100 && y < 100 ? { x, y } : undefined),
    onBlocked: (x, y) => blocked.push({ x, y }),
    isOn: () => state.isOn,
    send: (message) => {
      assert.equal(inputMessage.safeParse(message).success, true, JSON.stringify(message));
      sent.push(message);
    },
  });
  const fire = (type: string, fields: object = {}): Event => {
    const event = Object.assign(new Event(type, { cancelable: true }), fields);
    surface.dispatchEvent(event);
    return event;
  };
  const pointer = (type: string, fields: { x: number; y: number; button?: number; buttons?: number }): Event => {
    const { x: clientX, y: clientY, button = -1, buttons = 0 } = fields;
    return fire(type, { clientX, clientY, button, buttons, pointerId: 1 });
  };
  const key = (type: 'keydown' | 'keyup', code: string, fields: object = {}): Event =>
    fire(type, { code, keyCode: 65, isComposing: false, ...fields });
  const pass = (ms: number): void => {
    now += ms;
    t.mock.timers.tick(ms);
  };
  return { capture, surface, sent, state, blocked, fire, pointer, key, pass };
}

const button = (isDown: boolean, number: 0 | 1 | 2, at = { x: 1, y: 1 }): InputMessage => ({
  type: 'pointer/button',
  ...at,
  button: number,
  isDown,
});

describe('the pointer', () => {
  test('sends at most one movement in eight milliseconds, the newest', (t) => {
    const { sent, pointer, pass } = start(t);
    for (let x = 0; x < 10; x++) pointer('pointermove', { x, y: 5 });
    assert.deepEqual(sent, [{ type: 'pointer/move', x: 0, y: 5 }]);
    pass(8);
    assert.deepEqual(sent.slice(1), [{ type: 'pointer/move', x: 9, y: 5 }]);
    pass(100);
    assert.equal(sent.length, 2);
  });

  test('clicks where it is, not where it was last told: no movement comes after the click', (t) => {
    const { sent, surface, pointer, pass } = start(t);
    pointer('pointermove', { x: 1, y: 1 });
    pointer('pointermove', { x: 2, y: 2 });
    pointer('pointerdown', { x: 3, y: 3, button: 0, buttons: 1 });
    pass(100);
    assert.deepEqual(sent, [{ type: 'pointer/move', x: 1, y: 1 }, button(true, 0, { x: 3, y: 3 })]);
    assert.deepEqual([surface.captured, surface.focused], [[1], 1]);
  });

  test('presses and releases two buttons held together', (t) => {
    const { sent, pointer } = start(t);
    const at = { x: 1, y: 1 };
    pointer('pointerdown', { ...at, button: 0, buttons: 1 });
    pointer('pointermove', { ...at, button: 2, buttons: 3 });
    pointer('pointermove', { ...at, button: 0, buttons: 2 });
    pointer('pointerup', { ...at, button: 2, buttons: 0 });
    assert.deepEqual(sent, [button(true, 0), button(true, 2), button(false, 0), button(false, 2)]);
  });

  test('that lets go where nothing may be operated leaves nothing pressed; a press there is none, and is told', (t) => {
    const { sent, blocked, pointer } = start(t);
    pointer('pointerdown', { x: 500, y: 1, button: 0, buttons: 1 });
    assert.deepEqual([sent, blocked], [[], [{ x: 500, y: 1 }]]);
    pointer('pointerdown', { x: 1, y: 1, button: 0, buttons: 1 });
    pointer('pointerup', { x: 500, y: 1, button: 0 });
    assert.deepEqual(sent, [button(true, 0), { type: 'release-all' }]);
    assert.equal(blocked.length, 1);
  });

  test('that the browser takes away leaves nothing pressed', (t) => {
    const { sent, pointer, fire } = start(t);
    pointer('pointerdown', { x: 1, y: 1, button: 0, buttons: 1 });
    fire('pointercancel');
    assert.deepEqual(sent.at(-1), { type: 'release-all' });
  });

  test('turns the wheel in clicks, whatever the unit, and never more than fifty', (t) => {
    const { sent, fire } = start(t);
    const at = { clientX: 1, clientY: 1, deltaX: 0 };
    fire('wheel', { ...at, deltaY: 100, deltaMode: 0 });
    fire('wheel', { ...at, deltaY: -3, deltaMode: 1 });
    fire('wheel', { ...at, deltaY: 1, deltaMode: 2 });
    fire('wheel', { ...at, deltaY: 1e9, deltaMode: 0 });
    assert.deepEqual(
      sent.map((message) => message.type === 'pointer/wheel' && message.deltaY),
      [1, -1, 1, 50],
    );
  });
});

describe('the keyboard', () => {
  test('sends physical keys, and keeps the page from acting on them', (t) => {
    const { sent, key } = start(t);
    const down = key('keydown', 'KeyW');
    key('keyup', 'KeyW');
    assert.deepEqual(sent, [
      { type: 'key', code: 'KeyW', isDown: true },
      { type: 'key', code: 'KeyW', isDown: false },
    ]);
    assert.equal(down.defaultPrevented, true);
  });

  test('lets go of everything when the window, the picture or the page loses the keyboard', (t) => {
    const { sent, key, fire } = start(t);
    key('keydown', 'ShiftLeft');
    fire('blur');
    assert.deepEqual(sent.at(-1), { type: 'release-all' });
    page.hidden = true;
    page.dispatchEvent(new Event('visibilitychange'));
    assert.equal(sent.length, 3);
    key('keyup', 'ShiftLeft');
    assert.equal(sent.length, 3);
  });

  test('lets go of what was pressed with Command, whose release macOS does not report', (t) => {
    const { sent, key } = start(t);
    key('keydown', 'MetaLeft');
    key('keydown', 'KeyC');
    key('keyup', 'MetaLeft');
    assert.deepEqual(sent.slice(2), [
      { type: 'key', code: 'MetaLeft', isDown: false },
      { type: 'key', code: 'KeyC', isDown: false },
    ]);
  });

  test('leaves to an input method what it composes, and sends the result as text', (t) => {
    const { sent, key, fire } = start(t);
    key('keydown', 'KeyN', { isComposing: true });
    key('keydown', 'KeyI', { keyCode: 229 });
    key('keydown', '', {});
    key('keyup', 'KeyN');
    assert.deepEqual(sent, []);
    fire('compositionend', { data: '你好' });
    assert.deepEqual(sent, [{ type: 'text', text: '你好' }]);
  });

  test('leaves full screen and developer tools to the browser', (t) => {
    const { sent, key } = start(t);
    for (const code of ['F11', 'F12']) assert.equal(key('keydown', code).defaultPrevented, false);
    assert.deepEqual(sent, []);
  });

  test('presses a combination in order and releases it in reverse', (t) => {
    const { capture, sent } = start(t);
    capture.pressCombination(['ControlLeft', 'AltLeft', 'Delete']);
    assert.deepEqual(
      sent.map((message) => message.type === 'key' && `${message.code} ${message.isDown}`),
      ['ControlLeft true', 'AltLeft true', 'Delete true', 'Delete false', 'AltLeft false', 'ControlLeft false'],
    );
  });

  test('sends a long text in pieces, none of which splits a character', (t) => {
    const { capture, sent } = start(t);
    const text = '😀'.repeat(1200);
    capture.typeText(text);
    assert.deepEqual(sent.length, 3);
    assert.equal(sent.map((message) => (message.type === 'text' ? message.text : '')).join(''), text);
  });
});

describe('while the agent may only look', () => {
  test('nothing is sent but letting go', (t) => {
    const { capture, sent, state, pointer, key, fire, pass } = start(t);
    state.isOn = false;
    pointer('pointermove', { x: 1, y: 1 });
    pointer('pointerdown', { x: 1, y: 1, button: 0, buttons: 1 });
    assert.equal(key('keydown', 'KeyA').defaultPrevented, false);
    fire('wheel', { clientX: 1, clientY: 1, deltaX: 0, deltaY: 9, deltaMode: 0 });
    fire('compositionend', { data: 'a' });
    capture.pressCombination(['KeyA']);
    capture.typeText('a');
    pass(100);
    assert.deepEqual(sent, []);
    fire('blur');
    assert.deepEqual(sent, [{ type: 'release-all' }]);
  });

  test('a key that was down when input was held back does not come down again by repeating', (t) => {
    const { capture, sent, state, key } = start(t);
    key('keydown', 'Enter');
    state.isOn = false;
    capture.forget();
    key('keydown', 'Enter', { repeat: true });
    state.isOn = true;
    const repeated = key('keydown', 'Enter', { repeat: true });
    key('keyup', 'Enter');
    assert.deepEqual([sent.length, repeated.defaultPrevented], [1, true]);
    key('keydown', 'Enter');
    key('keydown', 'Enter', { repeat: true });
    assert.equal(sent.length, 3);
  });

  test('a movement that was waiting when input was held back is not sent afterwards', (t) => {
    const { capture, sent, state, pointer, pass } = start(t);
    pointer('pointermove', { x: 1, y: 1 });
    pointer('pointermove', { x: 2, y: 2 });
    state.isOn = false;
    capture.forget();
    state.isOn = true;
    pass(100);
    assert.equal(sent.length, 1);
  });

  test('a movement that was waiting when control was taken back is not sent', (t) => {
    const { sent, state, pointer, pass } = start(t);
    pointer('pointermove', { x: 1, y: 1 });
    pointer('pointermove', { x: 2, y: 2 });
    state.isOn = false;
    pass(100);
    assert.equal(sent.length, 1);
  });
});

test('once closed it lets go and hears nothing any more', (t) => {
  const { capture, sent, pointer, key, pass } = start(t);
  pointer('pointermove', { x: 1, y: 1 });
  pointer('pointermove', { x: 2, y: 2 });
  capture.close();
  key('keydown', 'KeyA');
  page.dispatchEvent(new Event('visibilitychange'));
  pass(100);
  assert.deepEqual(sent.slice(1), [{ type: 'release-all' }]);
});
