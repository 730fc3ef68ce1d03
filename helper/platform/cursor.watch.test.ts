import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { CursorWatch } from './cursor.watch.ts';
import type { CursorListeners, DrawnCursor } from './cursor.watch.ts';
import type { HeardInput } from './heard.input.ts';

const ARROW: DrawnCursor = { width: 1, height: 1, hotspotX: 0, hotspotY: 0, rgba: new Uint8Array(4) };
const MOVED: HeardInput = { kind: 'pointer', isInjected: false, isAct: true };

/** A pointer that is where the test puts it. */
class Pointer {
  place: { x: number; y: number } | undefined = { x: 3, y: 4 };
  /** Told by the next look. */
  shape: DrawnCursor | undefined = ARROW;
  failure: Error | undefined;
  isInjected = false;
  looks = 0;
  isHeard = true;
  readonly errors: unknown[] = [];
  readonly log: string[] = [];
  hear: (input: HeardInput) => void = () => undefined;
  readonly watch = new CursorWatch({
    ear: {
      isPointerInjected: () => this.isInjected,
      listen: (listener) => {
        this.hear = listener;
        return () => (this.isHeard = false);
      },
    },
    look: () => {
      this.looks += 1;
      return this.place && { ...this.place, newShape: () => this.#newShape() };
    },
    onError: (error) => this.errors.push(error),
  });

  listeners(name = ''): CursorListeners {
    return {
      onShape: ({ serial }) => this.log.push(`${name}shape ${serial}`),
      onMove: (x, y, isLocal) => this.log.push(`${name}${x},${y} ${isLocal ? 'local' : 'injected'}`),
    };
  }

  /** Hears a movement, and what is told of it. */
  async look(): Promise<string[]> {
    this.hear(MOVED);
    await nextTurn();
    return this.log.splice(0);
  }

  #newShape(): DrawnCursor | undefined {
    if (this.failure) throw this.failure;
    const shape = this.shape;
    this.shape = undefined;
    return shape;
  }
}

describe('a pointer that is asked for', () => {
  let pointer: Pointer;
  afterEach(() => pointer.watch.close());

  test('tells where it is and goes, whose movement it was, and each new shape', async (context) => {
    context.mock.timers.enable({ apis: ['setInterval'] });
    pointer = new Pointer();
    pointer.watch.listen(pointer.listeners());
    // First by the look, then to the one who has come.
    await nextTurn();
    assert.deepEqual(pointer.log.splice(0), ['3,4 local', 'shape 1', 'shape 1', '3,4 local']);
    assert.deepEqual(await pointer.look(), []);
    Object.assign(pointer, { place: { x: 5, y: 4 }, isInjected: true });
    assert.deepEqual(await pointer.look(), ['5,4 injected']);
    Object.assign(pointer, { place: { x: 5, y: 6 }, isInjected: false, shape: ARROW });
    context.mock.timers.tick(33);
    assert.deepEqual(pointer.log.splice(0), ['5,6 local', 'shape 2'], 'by the clock');
    pointer.watch.listen(pointer.listeners('second '));
    await nextTurn();
    assert.deepEqual(pointer.log.splice(0), ['second shape 2', 'second 5,6 local']);
  });

  test('is asked only while somebody listens, and by a movement or the clock alone', async (context) => {
    context.mock.timers.enable({ apis: ['setInterval'] });
    pointer = new Pointer();
    await pointer.look();
    assert.equal(pointer.looks, 0);
    const stop = pointer.watch.listen(pointer.listeners());
    await nextTurn();
    pointer.hear({ ...MOVED, kind: 'key' });
    await nextTurn();
    assert.equal(pointer.looks, 1);
    stop();
    context.mock.timers.tick(1000);
    await pointer.look();
    assert.equal(pointer.looks, 1);
  });

  test('that the system does not tell of says nothing; a shape that cannot be read is told as a failure', async () => {
    pointer = new Pointer();
    pointer.place = undefined;
    pointer.watch.listen(pointer.listeners());
    await nextTurn();
    assert.deepEqual(pointer.log, []);
    Object.assign(pointer, { place: { x: 1, y: 1 }, failure: new Error('no shape') });
    assert.deepEqual(await pointer.look(), ['1,1 local']);
    assert.match(String(pointer.errors[0]), /no shape/);
  });

  test('is neither heard nor asked for once nobody watches', async (context) => {
    context.mock.timers.enable({ apis: ['setInterval'] });
    pointer = new Pointer();
    pointer.watch.listen(pointer.listeners());
    pointer.watch.close();
    await nextTurn();
    context.mock.timers.tick(1000);
    assert.deepEqual([pointer.isHeard, pointer.looks], [false, 0]);
  });
});
