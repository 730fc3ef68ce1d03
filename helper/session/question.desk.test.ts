import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { effective, type EffectiveRights, type GrantFact } from '../../protocol/capabilities.ts';
import { QuestionDesk, type Ask } from './question.desk.ts';

const POLICY = { capabilities: ['view', 'input', 'files'], limitedOnly: [] as string[] };
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
    const desk = new QuestionDesk(POLICY);
    assert.equal(desk.ask(ask(), { rights: LOOKING, now: 1000 })?.reason, 'I want to restart the queue');
    assert.equal(desk.ask(ask({ id: 'ffeeddccbbaa9988' }), { rights: LOOKING, now: 9000 }), undefined);
    assert.equal(desk.open?.id, '0011223344556677');
  });

  test('can be closed once, and by its own name alone', () => {
    const desk = new QuestionDesk(POLICY);
    desk.ask(ask(), { rights: LOOKING, now: 1000 });
    assert.equal(desk.close('ffeeddccbbaa9988', 2000), undefined);
    assert.equal(desk.close('0011223344556677', 2000)?.capability, 'input');
    assert.equal(desk.close('0011223344556677', 2000), undefined);
  });

  test('is not asked again at once, nor for ever', () => {
    const desk = new QuestionDesk(POLICY);
    let shown = 0;
    for (let now = 0; now < 1_000_000; now += 1000) {
      if (desk.ask(ask(), { rights: LOOKING, now }) === undefined) continue;
      shown += 1;
      desk.close('0011223344556677', now);
    }
    assert.equal(shown, 30);
  });

  test('for what policy has no room for is never shown', () => {
    const narrow = new QuestionDesk({ capabilities: ['view', 'input'], limitedOnly: ['input'] });
    assert.equal(narrow.ask(ask(), { rights: LOOKING, now: 0 }), undefined);
    assert.equal(narrow.ask(ask({ capability: 'files' }), { rights: LOOKING, now: 0 }), undefined);
    assert.ok(narrow.ask(ask({ reach: 'limited' }), { rights: LOOKING, now: 0 }));
  });

  test('for what is held already is never shown, but more of it may be asked for', () => {
    const desk = new QuestionDesk(POLICY);
    const whole = rightsOf(['view', 'all'], ['input', 'all']);
    assert.equal(desk.ask(ask(), { rights: whole, now: 0 }), undefined);
    const part = rightsOf(['view', 'all'], ['input', 'limited']);
    assert.ok(desk.ask(ask(), { rights: part, now: 0 }));
  });

  test('from somebody who may not even look is never shown', () => {
    assert.equal(new QuestionDesk(POLICY).ask(ask(), { rights: new Map(), now: 0 }), undefined);
  });
});
