/** What the system itself would give input to counts beside the list of windows. */
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import type { Place } from '../platform/platform.ts';
import { SETTLE_MS } from './settling.ts';
import { live, stopAll } from './test-begun.ts';
import { windowOf } from './test-desktop.ts';
import { grantsOf, tagOf } from './test-device.ts';

afterEach(stopAll);

const KEY = { type: 'key', code: 'KeyA', isDown: true };
const CLICK = { type: 'pointer/button', x: 5, y: 5, button: 0, isDown: true };
const MOVE = { type: 'pointer/move', x: 5, y: 5 };

/** In front is a window of an ordinary program that has the keyboard; `reaches` is what the system says all the same. */
async function begun(reaches: (place?: Place) => boolean) {
  const all = await live();
  all.desktop.platform.windows.reachesElevated = reaches;
  await all.desktop.setWindows([windowOf({ isFocused: true })]);
  all.clock.mono += SETTLE_MS;
  const applied = async (...messages: object[]): Promise<string[]> => {
    all.desktop.input.done.length = 0;
    const grant = tagOf(await grantsOf(all.relay), 'input');
    for (const message of messages) await all.agent.operates(message, grant);
    return all.desktop.input.done;
  };
  return { ...all, applied };
}

test('a click or a key that the system would give to an administrator window is refused, a movement is not', async () => {
  const places: (Place | undefined)[] = [];
  const { applied, agent } = await begun((place) => {
    places.push(place);
    return true;
  });
  places.length = 0;
  assert.deepEqual(await applied(CLICK, KEY, MOVE), ['move 105,55']);
  assert.deepEqual(places, [{ x: 105, y: 55 }, undefined], 'where the click would go, and what has the keyboard');
  assert.ok(agent.heard.some((each) => each.includes('"reason":"elevated"')));
});

test('keys that are held are let go when such a window takes the keyboard, on the list or not', async () => {
  let isAbove = false;
  const { applied, desktop } = await begun((place) => place === undefined && isAbove);
  assert.deepEqual(await applied(KEY), ['key KeyA down']);
  isAbove = true;
  await desktop.setWindows([windowOf({ isFocused: false })]);
  assert.equal(desktop.input.done.at(-1), 'release-all');
});
