import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CAPABILITY_NAMES, allowedReaches } from '../../../protocol/capabilities.ts';
import { isActionOffered, type ConsentView } from '../consent.views.ts';
import {
  agreedChoice,
  chooseReach,
  chooseScreen,
  freshChoice,
  missingOf,
  needsCheck,
  startOf,
  type AskChoice,
} from './ask.choice.ts';
import { poolOf, type AreaPool } from './scope.choice.ts';

type AskView = Extract<ConsentView, { step: 'ask' }>;

const BOUNDS = { x: 0, y: 0, width: 500, height: 500 };
const MAIL = {
  id: 'w1',
  application: 'Mail',
  executable: '/usr/bin/mail',
  title: 'Inbox',
  screenId: 's0',
  bounds: BOUNDS,
  thumbnail: null,
  rule: null,
};
const PAY = { ...MAIL, id: 'w2', application: 'Calc', executable: '/usr/bin/calc', title: 'Salaries' };
const SCREENS = ['s0', 's1'].map((id) => ({ id, name: id, width: 1920, height: 1080, thumbnail: null }));
const VIEW: AskView = {
  step: 'ask',
  card: { name: 'N', employeeNumber: 'E', department: 'D', photo: null, isVerified: true, organisation: 'O' },
  reason: 'r',
  requestedMode: 'control',
  modes: ['view', 'limited', 'control'],
  allowed: allowedReaches({ capabilities: CAPABILITY_NAMES, limitedOnly: [] }),
  codes: ['111 1111', '222 2222', '333 3333'],
  screens: SCREENS,
  windows: [MAIL, PAY],
  canFindPasswords: true,
  hideHotkeyLabel: 'x',
  recordingNote: 'recorded',
};
const POOL: AreaPool = poolOf({ id: 's0', name: 's0', width: 1920, height: 1080, thumbnail: null }, VIEW.windows);

function chosen(change: Partial<AskChoice> = {}): AskChoice {
  return Object.assign(freshChoice(VIEW), { code: '111 1111' }, change);
}

describe('what is chosen before Start', () => {
  test('view only of the whole first screen is what is there before anything is chosen', () => {
    assert.deepEqual(startOf(VIEW, chosen()), {
      type: 'start',
      code: '111 1111',
      mode: 'view',
      screenId: 's0',
      see: 'all',
      operate: [],
      hide: [],
      hideAreas: [],
    });
  });

  test('without a code, or with something missing, there is no Start', () => {
    assert.equal(startOf(VIEW, chosen({ code: undefined })), undefined);
    for (const [change, missing] of [
      [{ isSeePart: true }, 'see'],
      [{ mode: 'limited' }, 'use'],
      [{ mode: 'limited', isSeePart: true }, 'see'],
      [{ mode: 'view' }, undefined],
      [{ mode: 'control', isSeePart: true }, undefined],
    ] as const) {
      const choice = chosen(change);
      assert.equal(missingOf(choice, POOL), missing, JSON.stringify(change));
      assert.equal(startOf(VIEW, choice) === undefined, missing !== undefined);
    }
  });

  test('in limited mode what is used is what is seen, until the person says otherwise', () => {
    const choice = chosen({ mode: 'limited', isSeePart: true });
    choice.see.areas.applications.add(MAIL.executable);
    const mail = [{ kind: 'application', executable: MAIL.executable }];
    assert.partialDeepStrictEqual(startOf(VIEW, choice), { see: mail, operate: mail });
    choice.isUsePart = true;
    assert.equal(startOf(VIEW, choice), undefined);
    choice.use.areas.windows.add('w1');
    assert.partialDeepStrictEqual(startOf(VIEW, choice), { see: mail, operate: [{ kind: 'window', windowId: 'w1' }] });
  });

  test('narrowing what is seen keeps in it what was to be used', () => {
    const choice = chosen({ mode: 'limited' });
    choice.use.areas.windows.add('w2');
    chooseReach(choice, true);
    const window = [{ kind: 'window', windowId: 'w2' }];
    assert.partialDeepStrictEqual(startOf(VIEW, choice), { see: window, operate: window });
  });

  test('full control is of the whole screen, whatever was chosen before', () => {
    const choice = chosen({ mode: 'limited', isSeePart: true });
    choice.see.areas.windows.add('w1');
    assert.deepEqual(agreedChoice(choice), { mode: 'limited', see: 'limited' });
    choice.mode = 'control';
    assert.deepEqual(agreedChoice(choice), { mode: 'control', see: 'all' });
    assert.partialDeepStrictEqual(startOf(VIEW, choice), { see: 'all', operate: 'all' });
  });

  test('another screen forgets what was chosen on the first', () => {
    const choice = chosen({ isSeePart: true });
    choice.see.areas.rectangles.push(BOUNDS);
    chooseScreen(choice, 's0');
    assert.equal(choice.see.areas.rectangles.length, 1);
    chooseScreen(choice, 's1');
    assert.equal(choice.see.areas.rectangles.length, 0);
  });

  test('only windows that would be seen are hidden by name', () => {
    const choice = chosen({ hide: new Set(['w1', 'gone']) });
    assert.deepEqual(startOf(VIEW, choice)?.hide, ['w1']);
    choice.isSeePart = true;
    choice.see.areas.windows.add('w1');
    assert.deepEqual(startOf(VIEW, choice)?.hide, [], 'chosen to be seen after all');
  });

  test('looking only, with nothing secret about, needs no page about windows; anything more does', () => {
    const needs = (view: Partial<AskView>, choice: Partial<AskChoice>): boolean =>
      needsCheck({ ...VIEW, ...view }, chosen(choice), poolOf(POOL.screen, view.windows ?? VIEW.windows));
    assert.equal(needs({}, {}), false);
    assert.equal(needs({}, { mode: 'control' }), true);
    assert.equal(needs({ canFindPasswords: false }, {}), true);
    assert.equal(needs({ windows: [MAIL, { ...PAY, rule: 'hr' }] }, {}), true);
    assert.equal(needs({ windows: [] }, { mode: 'control' }), false);
    assert.equal(needs({}, { mode: 'limited', isSeePart: true }), false, 'nothing else is seen');
  });

  test('whatever can be chosen here is taken by the helper', () => {
    for (const mode of VIEW.modes)
      for (const isSeePart of [false, true])
        for (const isUsePart of [false, true]) {
          const choice = chosen({ mode, isSeePart, isUsePart });
          choice.see.areas.applications.add(MAIL.executable);
          choice.use.areas.windows.add('w1');
          const start = startOf(VIEW, choice) ?? assert.fail('nothing is missing');
          assert.ok(isActionOffered(VIEW, start, 0), JSON.stringify(start));
        }
  });
});
