import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import koffi from 'koffi';
import type { KoffiFunc } from 'koffi';
import { BlockAnswers } from './block.answers.ts';

type Invoke = KoffiFunc<(block: bigint, object: bigint | null, error: bigint | null) => void>;

/** As the system does, from a thread of its own. */
function answer(block: bigint, object: bigint | null): void {
  const invoke = koffi.decode(koffi.decode(block, 16, 'void *'), HANDLER) as Invoke; // by its prototype
  invoke.async(block, object, null, (error: unknown) => assert.ok(error === null || error === undefined));
}

const HANDLER = koffi.proto('void', ['void *', 'void *', 'void *']);

describe('questions that are answered by a block', () => {
  let answers: BlockAnswers;
  let retained: unknown[];
  beforeEach(() => {
    retained = [];
    const retain = (object: bigint | null): bigint | null => {
      retained.push(object);
      return object;
    };
    answers = new BlockAnswers({ isa: 0n, retain, withinMs: 100 });
  });

  test('each gets its own answer, in turn, and the object is kept', async () => {
    const objects = await Promise.all(
      [0x10n, null, 0x20n].map((object) => answers.ask((block) => answer(block, object))),
    );
    assert.deepEqual(objects, [0x10n, null, 0x20n]);
    assert.deepEqual(retained, [0x10n, 0x20n]);
  });

  test("an answer that comes too late is nobody's, and nothing is asked until it came", async () => {
    let late: bigint | undefined;
    assert.equal(await answers.ask((block) => (late = block)), null);
    assert.equal(await answers.ask(() => assert.fail('asked')), null);
    answer(late ?? assert.fail('not asked'), 0x30n);
    // The next one may be asked before it came; then it gets nothing either.
    let object: bigint | null = null;
    while (object === null) {
      await sleep(5);
      object = await answers.ask((block) => answer(block, 0x40n));
    }
    assert.equal(object, 0x40n);
    assert.deepEqual(retained, [0x40n]);
  });

  test('what could not even be asked is told, and the next question is asked', async () => {
    await assert.rejects(
      answers.ask(() => {
        throw new Error('no such class');
      }),
      /no such class/,
    );
    assert.equal(await answers.ask((block) => answer(block, 0x50n)), 0x50n);
  });
});
