import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Rect } from '../platform.ts';
import { DuplicatedScreen, type Duplication } from './duplicated.screen.ts';

const SIZE = { width: 400, height: 300 };
const WHOLE: Rect = { x: 0, y: 0, ...SIZE };
const LOST = new Error('DXGI_ERROR_ACCESS_LOST');
const DENIED = new Error('E_ACCESSDENIED');

/** A system that says what it is told to: what each duplication gives, or why there is none. */
class System {
  /** Of each duplication, in turn, what its calls of `next` give. */
  readonly script: (Error | (Rect[] | Error)[])[];
  readonly log: string[] = [];
  now = 0;

  constructor(...script: (Error | (Rect[] | Error)[])[]) {
    this.script = script;
  }

  readonly screen = new DuplicatedScreen({
    size: SIZE,
    open: () => this.#open(),
    untilComposed: () => Promise.resolve(this.log.push('composed')),
    isDenied: (cause) => cause === DENIED,
    now: () => this.now,
  });

  /** A look some time later, and what it gave. */
  async look(passMs = 400, isForGrab = false): Promise<boolean | Error> {
    this.now += passMs;
    const seen = await this.screen.copy({ isForGrab }).catch((cause: unknown) => cause as Error);
    await new Promise((resolve) => setImmediate(resolve));
    return seen;
  }

  async looks(count: number): Promise<(boolean | Error)[]> {
    const seen: (boolean | Error)[] = [];
    for (let at = 0; at < count; at++) seen.push(await this.look());
    return seen;
  }

  #open(): Promise<Duplication> {
    const steps = this.script.shift() ?? LOST;
    this.log.push('open');
    if (steps instanceof Error) return Promise.reject(steps);
    return Promise.resolve({
      next: () => {
        const step = steps.shift() ?? [];
        if (step instanceof Error) throw step;
        return step;
      },
      read: (rects, pixels) => {
        this.log.push(`read ${rects.map(({ x, y }) => `${x},${y}`).join(' ')}`);
        pixels[0] = 7;
        return Promise.resolve();
      },
      close: () => void this.log.push('close'),
    });
  }
}

describe('a screen by duplication', () => {
  const [corner, middle]: [Rect, Rect] = [
    { x: 0, y: 0, width: 10, height: 10 },
    { x: 200, y: 150, width: 10, height: 10 },
  ];

  test('is opened in the background, and shows something from the first picture on', async () => {
    const system = new System([[], [], [WHOLE], []]);
    assert.deepEqual(await system.looks(5), [false, false, false, true, true]);
    assert.deepEqual(system.screen.changes(), [WHOLE]);
    assert.equal(system.screen.method.name, 'windows-duplication');
  });

  test('gathers what changed until it is kept, and reads just that', async () => {
    const system = new System([[WHOLE], [corner], [middle], []]);
    await system.looks(2);
    await system.screen.keep();
    assert.deepEqual([system.screen.changes(), system.screen.previous[0]], [[], 7]);
    await system.looks(3);
    assert.deepEqual(system.screen.changes(), [corner, middle]);
    await system.screen.keep();
    assert.deepEqual(system.log, ['open', 'read 0,0', 'read 0,0 200,150']);
  });

  test('waits before a grab, and not before a look, for a picture in which windows are where they are', async () => {
    const system = new System([[WHOLE]]);
    await system.looks(3);
    assert.ok(!system.log.includes('composed'));
    await system.look(8, true);
    assert.equal(system.log.at(-1), 'composed');
  });

  test('that was taken away shows nothing, is made anew after a while and begins with the whole of it', async () => {
    const system = new System([[WHOLE], [corner], LOST], [[WHOLE]]);
    assert.deepEqual(await system.looks(3), [false, true, true]);
    assert.equal(await system.look(), false);
    assert.deepEqual(system.screen.changes(), []);
    assert.equal(await system.look(100), false);
    assert.deepEqual(system.log, ['open', 'close']);
    assert.deepEqual([await system.look(), await system.look()], [false, true]);
    assert.deepEqual(system.screen.changes(), [WHOLE]);
  });

  test('that fails three times in a row is given up', async () => {
    const system = new System([[WHOLE], LOST], LOST, [LOST]);
    const seen = await system.looks(6);
    assert.equal(
      seen.findIndex((each) => each === LOST),
      5,
    );
    assert.deepEqual(system.log, ['open', 'close', 'open', 'open', 'close']);
    assert.equal(await system.look(), LOST);
    assert.equal(system.log.length, 5);
  });

  test('may fail any number of times with pictures in between', async () => {
    const losing = Array.from({ length: 8 }, () => [[WHOLE], LOST]);
    const system = new System(...losing);
    assert.ok((await system.looks(24)).every((each) => !(each instanceof Error)));
  });

  test('that never gave a picture is given up at once', async () => {
    const system = new System(LOST, [[WHOLE]]);
    assert.deepEqual(await system.looks(2), [false, LOST]);
    assert.deepEqual(system.log, ['open']);
  });

  test('is not given up while nobody may look, however long', async () => {
    const system = new System([[WHOLE], DENIED], ...Array<Error>(9).fill(DENIED), [[WHOLE]]);
    assert.deepEqual((await system.looks(15)).at(-1), true);
  });

  test('that comes when nobody wants it any more is closed', async () => {
    const system = new System([[WHOLE]]);
    const looking = system.look();
    system.screen.close();
    await looking;
    assert.deepEqual(system.log, ['open', 'close']);
  });
});
