import { describe, test } from 'node:test';
import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  CAPABILITIES,
  CAPABILITY_NAMES,
  MODES,
  MODE_CAPABILITIES,
  allowedModes,
  allowedReaches,
  effective,
  isCapability,
  modeOf,
  type Capability,
  type EffectiveRights,
  type GrantFact,
  type RightsPolicy,
} from './capabilities.ts';
import { REACHES } from './scope.ts';

const UNKNOWN = ['clipboard', 'chat', '', 'VIEW', '__proto__', 'constructor', 'toString'];
const names = fc.oneof(fc.constantFrom<string>(...CAPABILITY_NAMES), fc.constantFrom(...UNKNOWN));
const reaches = fc.oneof(fc.constantFrom<string>(...REACHES), fc.constantFrom('', 'ALL', 'screen', '__proto__'));
const times = fc.integer({ min: 0, max: 100 });
const grantFact: fc.Arbitrary<GrantFact> = fc.record({
  id: fc.uuid(),
  capability: names,
  holder: fc.constantFrom('a1', 'b2'),
  reach: reaches,
  notAfter: times,
  isRevoked: fc.boolean(),
});
const grants = fc.array(grantFact, { maxLength: 8 });
const policies: fc.Arbitrary<RightsPolicy> = fc.record({
  capabilities: fc.array(names, { maxLength: 5 }),
  limitedOnly: fc.array(names, { maxLength: 3 }),
});
const moments = fc.record({ holder: fc.constantFrom('a1', 'b2'), now: times });
const ALL: RightsPolicy = { capabilities: CAPABILITY_NAMES, limitedOnly: [] };
const MANY = { numRuns: 2000 };

const grant = (changes: Partial<GrantFact> = {}): GrantFact => ({
  id: 'g',
  capability: 'view',
  holder: 'a1',
  reach: 'all',
  notAfter: 50,
  isRevoked: false,
  ...changes,
});
const inWords = (rights: EffectiveRights): string[] =>
  [...rights].map(([capability, { reach }]) => `${capability} ${reach}`).toSorted();
const rightsOf = (facts: GrantFact[], at = { holder: 'a1', now: 10 }, policy = ALL) =>
  inWords(effective(policy, facts, at));

const isLive = (fact: GrantFact, at: { holder: string; now: number }): boolean =>
  fact.holder === at.holder && !fact.isRevoked && at.now < fact.notAfter;

/** Nothing in the first that is not in the second: no capability, no further reach, no other grant. */
function assertWithin(narrow: EffectiveRights, wide: EffectiveRights): void {
  for (const [capability, right] of narrow) {
    const outer = wide.get(capability);
    assert.ok(outer !== undefined, capability);
    assert.ok(REACHES.indexOf(right.reach) <= REACHES.indexOf(outer.reach), `${capability} ${right.reach}`);
    for (const id of right.grantIds) assert.ok(outer.grantIds.includes(id), `${capability} by ${id}`);
  }
}

describe('effective rights', () => {
  test('are never wider than the live grants of the holder, in reach neither', () => {
    fc.assert(
      fc.property(policies, grants, moments, (policy, facts, at) => {
        for (const [capability, { reach, grantIds }] of effective(policy, facts, at)) {
          const own = facts.filter((fact) => isLive(fact, at) && fact.capability === capability);
          assert.ok(own.some((fact) => fact.reach === reach || fact.reach === 'all'));
          assert.ok(grantIds.length > 0);
          for (const id of grantIds) assert.ok(own.some((fact) => fact.id === id));
        }
      }),
      MANY,
    );
  });

  test('are never wider than the policy: neither a capability nor a reach that it has no room for', () => {
    fc.assert(
      fc.property(policies, grants, moments, (policy, facts, at) => {
        for (const [capability, { reach, grantIds }] of effective(policy, facts, at)) {
          assert.ok(policy.capabilities.includes(capability));
          const isLimited = policy.limitedOnly.includes(capability);
          assert.ok(reach === 'limited' || !isLimited);
          const byId = new Map(facts.map((fact) => [fact.id, fact]));
          if (isLimited) for (const id of grantIds) assert.equal(byId.get(id)?.reach, 'limited');
        }
      }),
      MANY,
    );
  });

  test('hold every right that policy and a live grant both give, once what it needs is there', () => {
    fc.assert(
      fc.property(policies, grants, moments, (policy, facts, at) => {
        const gives = (capability: Capability, reach: string): boolean =>
          policy.capabilities.includes(capability) &&
          (reach === 'all' ? !policy.limitedOnly.includes(capability) : CAPABILITIES[capability].canBeLimited) &&
          facts.some((fact) => isLive(fact, at) && fact.capability === capability && fact.reach === reach);
        const reachOf = (capability: Capability): string | undefined =>
          ['all', 'limited'].find((reach) => gives(capability, reach));
        const view = reachOf('view');
        const input = view && reachOf('input') && (view === 'limited' ? 'limited' : reachOf('input'));
        const files = view && reachOf('files');
        const elevated = view === 'all' && input === 'all' ? reachOf('elevated') : undefined;
        const expected = { view, input, files, elevated };
        assert.deepEqual(
          inWords(effective(policy, facts, at)),
          Object.entries(expected)
            .flatMap(([capability, reach]) => (reach === undefined ? [] : [`${capability} ${reach}`]))
            .toSorted(),
        );
      }),
      MANY,
    );
  });

  test('only shrink, in reach too, when a grant is revoked, removed or expires, and when the policy narrows', () => {
    const index = fc.nat({ max: 7 });
    fc.assert(
      fc.property(fc.tuple(policies, grants), moments, fc.tuple(index, times, names), ([policy, facts], at, change) => {
        const [which, later, name] = change;
        const full = effective(policy, facts, at);
        const revoked = facts.map((fact, nth) => (nth === which ? { ...fact, isRevoked: true } : fact));
        const removed = facts.filter((_, nth) => nth !== which);
        const fewer = { ...policy, capabilities: policy.capabilities.filter((_, nth) => nth !== which) };
        const closer = { ...policy, limitedOnly: [...policy.limitedOnly, name] };
        assertWithin(effective(policy, revoked, at), full);
        assertWithin(effective(policy, removed, at), full);
        assertWithin(effective(policy, facts, { ...at, now: at.now + later }), full);
        assertWithin(effective(fewer, facts, at), full);
        assertWithin(effective(closer, facts, at), full);
      }),
      MANY,
    );
  });

  test('hold nothing of a capability that this version does not know, even when policy and grant agree on it', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), names), (name) => {
        const policy = { capabilities: [name, 'view'], limitedOnly: [] };
        const rights = effective(policy, [grant(), grant({ capability: name })], { holder: 'a1', now: 0 });
        for (const right of rights.keys()) assert.ok(isCapability(right));
      }),
    );
    const policy = { capabilities: ['view', ...UNKNOWN], limitedOnly: [] };
    const facts = UNKNOWN.map((capability) => grant({ capability }));
    assert.deepEqual(rightsOf([grant(), ...facts], undefined, policy), ['view all']);
  });

  test('hold nothing of a reach that this version does not know', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), reaches).filter((reach) => !(REACHES as readonly string[]).includes(reach)),
        (reach) => {
          assert.deepEqual(rightsOf([grant({ reach })]), []);
          assert.deepEqual(rightsOf([grant(), grant({ capability: 'input', reach })]), ['view all']);
        },
      ),
    );
  });

  test('do not grow by a policy that names as limited what it does not allow, or what nobody knows', () => {
    const policy = { capabilities: ['view'], limitedOnly: ['input', 'clipboard'] };
    assert.deepEqual(rightsOf([grant(), grant({ capability: 'input', reach: 'limited' })], undefined, policy), [
      'view all',
    ]);
  });

  test('are the holder’s alone', () => {
    assert.deepEqual(rightsOf([grant({ holder: 'b2' })]), []);
    assert.deepEqual(rightsOf([grant(), grant({ capability: 'input', holder: 'b2' })]), ['view all']);
    assert.deepEqual(rightsOf([grant({ holder: '' })], { holder: '', now: 0 }), ['view all']);
  });

  test('end at the moment the grant ends, and a time that is no number ends them', () => {
    assert.deepEqual(rightsOf([grant()], { holder: 'a1', now: 49 }), ['view all']);
    assert.deepEqual(rightsOf([grant()], { holder: 'a1', now: 50 }), []);
    assert.deepEqual(rightsOf([grant()], { holder: 'a1', now: Number.NaN }), []);
    assert.deepEqual(rightsOf([grant({ notAfter: Number.NaN })]), []);
  });

  test('have neither input nor files without view', () => {
    for (const capability of ['input', 'files']) {
      const own = grant({ capability });
      assert.deepEqual(rightsOf([own]), []);
      assert.deepEqual(rightsOf([own, grant({ isRevoked: true })]), []);
      assert.deepEqual(rightsOf([own, grant()], undefined, { capabilities: [capability], limitedOnly: [] }), []);
      assert.deepEqual(rightsOf([own, grant()]), [`${capability} all`, 'view all']);
    }
  });

  test('go above windows with administrator rights only beside seeing and operating the whole screen', () => {
    const elevated = grant({ capability: 'elevated' });
    const input = grant({ capability: 'input' });
    assert.deepEqual(rightsOf([elevated, grant(), input]), ['elevated all', 'input all', 'view all']);
    for (const others of [
      [],
      [grant()],
      [input],
      [grant(), grant({ capability: 'input', reach: 'limited' })],
      [grant({ reach: 'limited' }), input],
      [grant(), grant({ capability: 'input', isRevoked: true })],
      [grant(), grant({ capability: 'input', notAfter: 10 })],
    ])
      assert.ok(!rightsOf([elevated, ...others]).includes('elevated all'), JSON.stringify(others));
    const part = grant({ capability: 'elevated', reach: 'limited' });
    assert.deepEqual(rightsOf([part, grant(), input]), ['input all', 'view all']);
  });

  test('go above them by no policy that lets only a part be seen or operated, or does not let it at all', () => {
    const room = (change: Partial<RightsPolicy>): string[] =>
      allowedReaches({ ...ALL, ...change }).flatMap(({ capability, reach }) =>
        capability === 'elevated' ? [reach] : [],
      );
    assert.deepEqual(room({}), ['all']);
    for (const limitedOnly of [['view'], ['input'], ['elevated']]) assert.deepEqual(room({ limitedOnly }), []);
    for (const missing of ['view', 'input', 'elevated'])
      assert.deepEqual(room({ capabilities: CAPABILITY_NAMES.filter((name) => name !== missing) }), []);
  });

  test('reach no further in operating than in seeing', () => {
    const view = grant({ reach: 'limited' });
    assert.deepEqual(rightsOf([view, grant({ capability: 'input' })]), ['input limited', 'view limited']);
    assert.deepEqual(rightsOf([view, grant(), grant({ capability: 'input' })]), ['input all', 'view all']);
  });

  test('give for a part of the screen only what can be given so', () => {
    assert.deepEqual(rightsOf([grant(), grant({ capability: 'files', reach: 'limited' })]), ['view all']);
    const policy = { capabilities: CAPABILITY_NAMES, limitedOnly: ['files'] };
    for (const reach of REACHES)
      assert.deepEqual(rightsOf([grant(), grant({ capability: 'files', reach })], undefined, policy), ['view all']);
  });

  test('are none without a policy that names something', () => {
    const nothing = { capabilities: [], limitedOnly: [] };
    assert.deepEqual(rightsOf([grant(), grant({ capability: 'input' })], undefined, nothing), []);
  });
});

describe('capabilities', () => {
  test('need only others that are in the table before them, so that one pass settles them', () => {
    for (const [nth, capability] of CAPABILITY_NAMES.entries())
      for (const needed of CAPABILITIES[capability].needs)
        assert.ok((CAPABILITY_NAMES as readonly string[]).indexOf(needed) < nth, capability);
  });

  test('bind the sharer’s portal where somebody else’s hand could use it', () => {
    const binding = CAPABILITY_NAMES.filter((capability) => CAPABILITIES[capability].bindsPortal);
    assert.deepEqual(binding, ['input']);
  });
});

describe('modes', () => {
  test('go from narrow to wide, view first, each with capabilities that exist', () => {
    assert.equal(MODES[0], 'view');
    let narrower: readonly string[] = [];
    for (const mode of MODES) {
      const wider: readonly string[] = MODE_CAPABILITIES[mode];
      assert.ok(narrower.every((name) => wider.includes(name)) && wider.includes('view'));
      for (const name of wider) assert.ok(isCapability(name));
      narrower = wider;
    }
  });

  test('that rights amount to are always among those that the policy allows', () => {
    fc.assert(
      fc.property(policies, grants, moments, (policy, facts, at) => {
        const mode = modeOf(effective(policy, facts, at));
        assert.ok(mode === null || allowedModes(policy).includes(mode), `${mode}`);
      }),
      MANY,
    );
  });

  test('that a policy allows can each be granted, as far as the policy lets it, and come out as that mode', () => {
    fc.assert(
      fc.property(policies, (policy) => {
        const modes = allowedModes(policy);
        assert.deepEqual(
          modes,
          MODES.filter((mode) => modes.includes(mode)),
        );
        for (const mode of modes) {
          const isWide = (capability: string) => mode === 'control' || (mode === 'view' && capability === 'view');
          const facts = MODE_CAPABILITIES[mode].map((capability) => {
            const isClosed = policy.limitedOnly.includes(capability) || !isWide(capability);
            return grant({ id: capability, capability, reach: isClosed ? 'limited' : 'all' });
          });
          assert.equal(modeOf(effective(policy, facts, { holder: 'a1', now: 0 })), mode);
        }
      }),
      MANY,
    );
  });

  test('are none without view, and never control where seeing or operating may only be limited', () => {
    assert.deepEqual(allowedModes({ capabilities: ['input'], limitedOnly: [] }), []);
    assert.deepEqual(allowedModes({ capabilities: ['view'], limitedOnly: [] }), ['view']);
    assert.deepEqual(allowedModes(ALL), [...MODES]);
    for (const limitedOnly of [['view'], ['input']])
      assert.deepEqual(allowedModes({ ...ALL, limitedOnly }), ['view', 'limited']);
  });
});
