import { describe, test } from 'node:test';
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { CAPABILITIES, MODES, MODE_CAPABILITIES, effective, type GrantFact, type Policy } from './capabilities.ts';

const names = fc.oneof(
  fc.constantFrom(...CAPABILITIES),
  fc.constantFrom('clipboard', 'files', '', 'VIEW', '__proto__', 'constructor'),
);
const times = fc.integer({ min: 0, max: 100 });
const holders = fc.constantFrom('a1', 'b2');
const grantFact: fc.Arbitrary<GrantFact> = fc.record({
  id: fc.uuid(),
  capability: names,
  holder: holders,
  notAfter: times,
  isRevoked: fc.boolean(),
});
const grants = fc.array(grantFact, { maxLength: 8 });
const policies: fc.Arbitrary<Pick<Policy, 'capabilities'>> = fc.record({
  capabilities: fc.array(names, { maxLength: 4 }),
});
const moment = fc.record({ holder: holders, now: times });
const isWithin = (inner: ReadonlySet<string>, outer: ReadonlySet<string>) =>
  [...inner].every((name) => outer.has(name));
const everything: Pick<Policy, 'capabilities'> = { capabilities: CAPABILITIES };
const grant = (changes: Partial<GrantFact> = {}): GrantFact => ({
  id: 'g',
  capability: 'view',
  holder: 'a1',
  notAfter: 50,
  isRevoked: false,
  ...changes,
});
const rightsOf = (facts: GrantFact[], at = { holder: 'a1', now: 10 }, policy = everything) =>
  [...effective(policy, facts, at)].toSorted();

describe('effective rights', () => {
  test('are never wider than the policy nor than the live grants of the holder', () => {
    fc.assert(
      fc.property(policies, grants, moment, (policy, facts, at) => {
        for (const right of effective(policy, facts, at)) {
          assert.ok(policy.capabilities.includes(right));
          assert.ok(
            facts.some(
              (fact) =>
                fact.capability === right && fact.holder === at.holder && !fact.isRevoked && at.now < fact.notAfter,
            ),
          );
        }
      }),
      { numRuns: 2000 },
    );
  });

  test('hold every right that policy and a live grant both give, as long as the screen may be seen', () => {
    fc.assert(
      fc.property(policies, grants, moment, (policy, facts, at) => {
        const live = facts.filter((fact) => fact.holder === at.holder && !fact.isRevoked && at.now < fact.notAfter);
        const both = CAPABILITIES.filter(
          (name) => policy.capabilities.includes(name) && live.some((fact) => fact.capability === name),
        );
        assert.deepEqual([...effective(policy, facts, at)].toSorted(), both.includes('view') ? both.toSorted() : []);
      }),
      { numRuns: 2000 },
    );
  });

  test('only shrink when a grant is revoked, removed or expires, and when the policy narrows', () => {
    const index = fc.nat({ max: 7 });
    fc.assert(
      fc.property(fc.tuple(policies, grants), moment, fc.tuple(index, times), ([policy, facts], at, [which, later]) => {
        const full = effective(policy, facts, at);
        const narrower = [
          effective(
            policy,
            facts.map((fact, nth) => (nth === which ? { ...fact, isRevoked: true } : fact)),
            at,
          ),
          effective(
            policy,
            facts.filter((_, nth) => nth !== which),
            at,
          ),
          effective(policy, facts, { ...at, now: at.now + later }),
          effective({ capabilities: policy.capabilities.filter((_, nth) => nth !== which) }, facts, at),
        ];
        for (const rights of narrower) assert.ok(isWithin(rights, full));
      }),
      { numRuns: 2000 },
    );
  });

  test('hold nothing that this version does not know, even when policy and grant agree on it', () => {
    fc.assert(
      fc.property(fc.string(), (name) => {
        const rights = effective({ capabilities: [name, 'view'] }, [grant(), grant({ capability: name })], {
          holder: 'a1',
          now: 0,
        });
        for (const right of rights) assert.ok(CAPABILITIES.includes(right));
      }),
    );
    assert.deepEqual(
      rightsOf([grant(), grant({ capability: 'clipboard' })], undefined, { capabilities: ['view', 'clipboard'] }),
      ['view'],
    );
  });

  test('are the holder’s alone', () => {
    assert.deepEqual(rightsOf([grant({ holder: 'b2' })]), []);
    assert.deepEqual(rightsOf([grant(), grant({ capability: 'input', holder: 'b2' })]), ['view']);
    assert.deepEqual(rightsOf([grant({ holder: '' })], { holder: '', now: 0 }), ['view']);
  });

  test('end at the moment the grant ends, and a time that is no number ends them', () => {
    assert.deepEqual(rightsOf([grant()], { holder: 'a1', now: 49 }), ['view']);
    assert.deepEqual(rightsOf([grant()], { holder: 'a1', now: 50 }), []);
    assert.deepEqual(rightsOf([grant()], { holder: 'a1', now: Number.NaN }), []);
    assert.deepEqual(rightsOf([grant({ notAfter: Number.NaN })]), []);
  });

  test('have no input without view', () => {
    const input = grant({ capability: 'input' });
    assert.deepEqual(rightsOf([input]), []);
    assert.deepEqual(rightsOf([input, grant({ isRevoked: true })]), []);
    assert.deepEqual(rightsOf([input, grant()], undefined, { capabilities: ['input'] }), []);
    assert.deepEqual(rightsOf([input, grant()]), ['input', 'view']);
  });

  test('are none without a policy that names something', () => {
    assert.deepEqual(rightsOf([grant(), grant({ capability: 'input' })], undefined, { capabilities: [] }), []);
  });
});

describe('modes', () => {
  test('go from narrow to wide, view first, each with capabilities that exist', () => {
    assert.equal(MODES[0], 'view');
    let narrower = new Set<string>();
    for (const mode of MODES) {
      const wider = new Set<string>(MODE_CAPABILITIES[mode]);
      assert.ok(isWithin(narrower, wider) && wider.has('view'));
      for (const name of wider) assert.ok((CAPABILITIES as readonly string[]).includes(name));
      narrower = wider;
    }
  });
});
