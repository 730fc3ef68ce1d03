import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { effective, type EffectiveRights, type GrantFact, type RightsPolicy } from '../../protocol/capabilities.ts';
import type { ElevationState } from '../platform/platform.ts';
import { QuestionDesk, askableReaches, type Ask } from './question.desk.ts';

const POLICY = { capabilities: ['view', 'input', 'files', 'elevated'], limitedOnly: [] as string[] };
const deskOf = (policy: RightsPolicy, elevation: ElevationState = 'impossible'): QuestionDesk =>
  new QuestionDesk(() => askableReaches(policy, elevation));
const ask = (change: Partial<Ask> = {}): Ask => ({
  type: 'ask',
  id: '0011223344556677',
  capability: 'input',
  reach: 'all',
  reason: 'I want to restart the queue',
  ...change,
});

function rightsOf(...held: [string, string][]): EffectiveRights {
  const grants = held.map(([capability, reach], at): GrantFact => {
    return { id: `g${at}`, capability, reach, holder: 'a1', notAfter: 10_000_000, isRevoked: false };
  });
  return effective(POLICY, grants, { holder: 'a1', now: 0 });
}
const LOOKING = rightsOf(['view', 'all']);

describe('a question', () => {
  test('is shown with the words of the agent, one at a time', () => {
    const desk = deskOf(POLICY);
    assert.equal(desk.ask(ask(), { rights: LOOKING, now: 1000 })?.reason, 'I want to restart the queue');
    assert.equal(desk.ask(ask({ id: 'ffeeddccbbaa9988' }), { rights: LOOKING, now: 9000 }), undefined);
    assert.equal(desk.open?.id, '0011223344556677');
  });

  test('can be closed once, and by its own name alone', () => {
    const desk = deskOf(POLICY);
    desk.ask(ask(), { rights: LOOKING, now: 1000 });
    assert.equal(desk.close('ffeeddccbbaa9988', 2000), undefined);
    assert.equal(desk.close('0011223344556677', 2000)?.capability, 'input');
    assert.equal(desk.close('0011223344556677', 2000), undefined);
  });

  test('is not asked again at once, nor for ever', () => {
    const desk = deskOf(POLICY);
    let shown = 0;
    for (let now = 0; now < 1_000_000; now += 1000) {
      if (desk.ask(ask(), { rights: LOOKING, now }) === undefined) continue;
      shown += 1;
      desk.close('0011223344556677', now);
    }
    assert.equal(shown, 30);
  });

  test('for what policy has no room for is never shown', () => {
    const narrow = deskOf({ capabilities: ['view', 'input'], limitedOnly: ['input'] });
    assert.equal(narrow.ask(ask(), { rights: LOOKING, now: 0 }), undefined);
    assert.equal(narrow.ask(ask({ capability: 'files' }), { rights: LOOKING, now: 0 }), undefined);
    assert.ok(narrow.ask(ask({ reach: 'limited' }), { rights: LOOKING, now: 0 }));
  });

  test('for what is held already is never shown, but more of it may be asked for', () => {
    const desk = deskOf(POLICY);
    const whole = rightsOf(['view', 'all'], ['input', 'all']);
    assert.equal(desk.ask(ask(), { rights: whole, now: 0 }), undefined);
    const part = rightsOf(['view', 'all'], ['input', 'limited']);
    assert.ok(desk.ask(ask(), { rights: part, now: 0 }));
  });

  test('for administrator rights is shown only where they are to be had, and to nobody who has not the whole screen', () => {
    const WHOLE = rightsOf(['view', 'all'], ['input', 'all']);
    const isShown = (elevation: ElevationState, rights = WHOLE, policy: RightsPolicy = POLICY): boolean =>
      deskOf(policy, elevation).ask(ask({ capability: 'elevated' }), { rights, now: 0 }) !== undefined;
    assert.deepEqual([isShown('impossible'), isShown('possible'), isShown('elevated')], [false, true, true]);
    for (const rights of [
      LOOKING,
      rightsOf(['view', 'all'], ['input', 'limited']),
      rightsOf(['view', 'limited'], ['input', 'all']),
      rightsOf(['view', 'all'], ['input', 'all'], ['elevated', 'all']),
    ])
      assert.equal(isShown('possible', rights), false, [...rights.keys()].join());
    for (const capability of ['view', 'input'])
      assert.equal(isShown('possible', WHOLE, { ...POLICY, limitedOnly: [capability] }), false);
  });

  test('from somebody who may not even look is never shown', () => {
    assert.equal(deskOf(POLICY).ask(ask(), { rights: new Map(), now: 0 }), undefined);
  });
});
