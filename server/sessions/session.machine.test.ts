import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { GrantFact, Policy } from '../../protocol/capabilities.ts';
import {
  END_REASONS,
  SESSION_STATES,
  STATE_DEADLINES,
  isTransitionAllowed,
  type SessionState,
} from '../../protocol/lifecycle.ts';
import {
  DEVICE_RETURN_LIMIT_S,
  deadlineOf,
  decide,
  rightsInForce,
  type NewGrant,
  type SessionAction,
  type SessionEvent,
  type SessionFacts,
} from './session.machine.ts';

const T0 = 1_000_000;
const HOUR = 3_600_000;
const POLICY: Policy = {
  capabilities: ['view', 'input', 'files'],
  limitedOnly: [],
  sessionLimitS: 7200,
  idleLimitS: 900,
  masks: [],
};

function session(state: SessionState, more: Partial<SessionFacts> = {}): SessionFacts {
  const hasStarted = ['active', 'paused', 'ended'].includes(state);
  return {
    state,
    stateSince: T0,
    startedAt: hasStarted ? T0 : null,
    pauseReason: state === 'paused' ? 'agent' : null,
    policy: POLICY,
    grants: [],
    deviceSerial: hasStarted || state === 'connecting' ? 'd1' : null,
    deviceLostAt: null,
    ...more,
  };
}

const LIMITED = { reach: 'limited', windows: 1, applications: 2, rectangles: 3, sha256: 'f'.repeat(64) } as const;

const grant = (id: string, capability: string, more: Partial<NewGrant> = {}): NewGrant => ({
  id,
  capability,
  holder: 'a1',
  scope: { reach: 'all' },
  purpose: 'session',
  notBefore: T0,
  notAfter: T0 + HOUR,
  ...more,
});
const held = (id: string, capability: string): GrantFact => {
  return { id, capability, holder: 'a1', reach: 'all', notAfter: T0 + HOUR, isRevoked: false };
};

function at(event: SessionEvent, after = 1): SessionEvent & { at: number } {
  return { ...event, at: T0 + after };
}

function moves(actions: readonly SessionAction[]): SessionState[] {
  return actions.flatMap((action) => (action.type === 'move' ? [action.to] : []));
}

function endReason(actions: readonly SessionAction[]): string | null | undefined {
  return actions.find((action) => action.type === 'move')?.endReason;
}

function isRefused(actions: readonly SessionAction[]): boolean {
  return actions.some((action) => action.type === 'refuse');
}

/** Every event, as someone would send it. */
const EVENTS: { [T in SessionEvent['type']]: Extract<SessionEvent, { type: T }> } = {
  invited: { type: 'invited', reason: 'Printer driver', mode: 'view' },
  redeemed: { type: 'redeemed', channel: 'code', isGuest: true },
  accepted: { type: 'accepted', isGuest: false },
  declined: { type: 'declined' },
  enrolled: { type: 'enrolled', serialNumber: 'd1', platform: 'linux-x64', helperVersion: '0.1.0' },
  granted: { type: 'granted', grant: grant('g1', 'view') },
  revoked: { type: 'revoked', grantId: 'g1' },
  'taken-back': { type: 'taken-back', capability: 'input', by: 'sharer' },
  'right-declined': { type: 'right-declined', capability: 'input', reach: 'limited' },
  masked: { type: 'masked', rule: 'hr' },
  paused: { type: 'paused', by: 'agent', reason: 'agent' },
  ended: { type: 'ended', by: 'sharer', reason: 'sharer-stopped' },
  'person-deactivated': { type: 'person-deactivated', who: 'agent' },
  connected: { type: 'connected', who: 'device', serialNumber: 'd1' },
  disconnected: { type: 'disconnected', who: 'device' },
  tick: { type: 'tick' },
};

type Outcome = SessionState | 'stays' | 'refused';
const all = (outcome: Outcome, more: Partial<Record<SessionState, Outcome>>): Record<SessionState, Outcome> => ({
  ...(Object.fromEntries(SESSION_STATES.map((state) => [state, outcome])) as Record<SessionState, Outcome>),
  ...more,
});

const TABLE: Record<SessionEvent['type'], Record<SessionState, Outcome>> = {
  invited: all('refused', { requested: 'invited' }),
  redeemed: all('refused', { invited: 'stays' }),
  accepted: all('refused', { invited: 'accepted' }),
  declined: all('refused', { invited: 'ended', accepted: 'ended', connecting: 'ended' }),
  enrolled: all('refused', { accepted: 'connecting' }),
  granted: all('refused', { connecting: 'active', active: 'stays', paused: 'active' }),
  revoked: all('stays', {}),
  'taken-back': all('stays', { ended: 'refused' }),
  'right-declined': all('stays', {}),
  masked: all('stays', {}),
  paused: all('refused', { active: 'paused', paused: 'stays' }),
  ended: all('ended', { ended: 'stays' }),
  'person-deactivated': all('ended', { ended: 'stays' }),
  connected: all('refused', { connecting: 'stays', active: 'stays', paused: 'stays' }),
  disconnected: all('stays', { active: 'paused' }),
  tick: all('stays', {}),
};

describe('the machine of a session', () => {
  for (const [type, row] of Object.entries(TABLE) as [SessionEvent['type'], Record<SessionState, Outcome>][]) {
    for (const state of SESSION_STATES) {
      test(`${type} while ${state}: ${row[state]}`, () => {
        const actions = decide(session(state), at(EVENTS[type]));
        const seen = isRefused(actions) ? 'refused' : (moves(actions)[0] ?? 'stays');
        assert.equal(seen, row[state]);
        if (seen === 'refused') assert.equal(actions.length, 1, 'a refusal has no side effect');
      });
    }
  }

  test('no sequence of events makes a move that the lifecycle table does not have', () => {
    const event = fc.constantFrom(...Object.values(EVENTS), { ...EVENTS.granted, grant: grant('g2', 'input') });
    const facts = fc.record({
      state: fc.constantFrom(...SESSION_STATES),
      after: fc.integer({ min: 0, max: 4 * HOUR }),
      hasView: fc.boolean(),
    });
    fc.assert(
      fc.property(facts, event, ({ state, after, hasView }, happened) => {
        const before = session(state, { grants: hasView ? [held('g1', 'view')] : [] });
        let current = before.state;
        for (const to of moves(decide(before, at(happened, after)))) {
          assert.ok(isTransitionAllowed(current, to), `${current} to ${to} by ${happened.type}`);
          current = to;
        }
      }),
      { numRuns: 2000 },
    );
  });

  describe('each waiting state ends by itself, one millisecond before it does not', () => {
    for (const [state, { limitS, reason }] of Object.entries(STATE_DEADLINES)) {
      test(`${state} ends with ${reason} after ${limitS} s`, () => {
        const facts = session(state as SessionState);
        assert.deepEqual(decide(facts, at({ type: 'tick' }, limitS * 1000 - 1)), []);
        const actions = decide(facts, at({ type: 'tick' }, limitS * 1000));
        assert.deepEqual([moves(actions), endReason(actions)], [['ended'], reason]);
      });
    }
  });

  test('what comes after the deadline but before the tick ends the session and is refused', () => {
    const actions = decide(session('invited'), at({ type: 'accepted', isGuest: false }, 15 * 60 * 1000));
    assert.equal(endReason(actions), 'invitation-expired');
    assert.ok(isRefused(actions));
  });

  test('pauses count towards the time limit', () => {
    const paused = session('paused', { stateSince: T0 + 2 * HOUR - 60_000, startedAt: T0 });
    assert.deepEqual(deadlineOf(paused), { at: T0 + 2 * HOUR, reason: 'time-limit' });
  });

  test('a session whose network does not come back ends with connection-lost', () => {
    assert.equal(deadlineOf(session('paused', { pauseReason: 'network' }))?.reason, 'connection-lost');
  });

  test('a helper that vanishes before Start and does not return is the end', () => {
    const lost = session('connecting', { deviceLostAt: T0 + 5000 });
    assert.deepEqual(deadlineOf(lost), { at: T0 + 5000 + DEVICE_RETURN_LIMIT_S * 1000, reason: 'connection-lost' });
  });

  test('an ended session has no deadline', () => {
    assert.equal(deadlineOf(session('ended')), undefined);
  });

  test('every end reason ends every state that is not ended, closes the sockets and voids the secrets', () => {
    for (const reason of END_REASONS) {
      for (const state of SESSION_STATES.filter((other) => other !== 'ended')) {
        const actions = decide(session(state), at({ type: 'ended', by: 'server', reason }));
        assert.equal(endReason(actions), reason);
        assert.ok(actions.some((action) => action.type === 'close' && action.reason === reason));
        assert.ok(actions.some((action) => action.type === 'void-secrets'));
        assert.ok(actions.some((action) => action.type === 'audit' && action.action === 'session/ended'));
      }
    }
  });

  test("the end revokes the device's certificate", () => {
    const actions = decide(session('active'), at(EVENTS.ended));
    assert.ok(actions.some((action) => action.type === 'revoke-certificate' && action.serialNumber === 'd1'));
  });

  test('a deactivated sharer and a deactivated agent are told apart', () => {
    const who = (party: 'agent' | 'sharer') =>
      endReason(decide(session('active'), at({ type: 'person-deactivated', who: party })));
    assert.deepEqual([who('agent'), who('sharer')], ['agent-deactivated', 'sharer-deactivated']);
  });

  describe('consent', () => {
    test('input alone does not start a session', () => {
      const actions = decide(session('connecting'), at({ type: 'granted', grant: grant('g1', 'input') }));
      assert.deepEqual(moves(actions), []);
    });

    const INVALID = [{ type: 'refuse', code: 'grant.invalid' }];

    test('a capability that this version does not know is refused', () => {
      const actions = decide(session('connecting'), at({ type: 'granted', grant: grant('g1', 'clipboard') }));
      assert.deepEqual(actions, INVALID);
    });

    test('a capability that the policy does not allow is refused, and so is one that reaches further than it may', () => {
      const granted = (policy: Partial<Policy>, given: NewGrant) =>
        decide(session('active', { policy: { ...POLICY, ...policy } }), at({ type: 'granted', grant: given }));
      assert.deepEqual(granted({ capabilities: ['view'] }, grant('g2', 'input')), INVALID);
      assert.deepEqual(granted({ limitedOnly: ['input'] }, grant('g2', 'input')), INVALID);
      assert.deepEqual(
        granted({ limitedOnly: ['input'] }, grant('g2', 'input', { scope: LIMITED }))[0]?.type,
        'store-grant',
      );
      assert.deepEqual(granted({}, grant('g2', 'files', { scope: LIMITED })), INVALID);
      assert.deepEqual(granted({}, grant('g2', 'elevated')), INVALID, 'a policy of before that right');
      const capabilities = [...POLICY.capabilities, 'elevated'];
      assert.equal(granted({ capabilities }, grant('g2', 'elevated'))[0]?.type, 'store-grant');
      assert.deepEqual(granted({ capabilities, limitedOnly: ['input'] }, grant('g2', 'elevated')), INVALID);
    });

    test('what a right covers is in the chain as counts and a hash, together with what it was given for', () => {
      const given = grant('g2', 'input', { scope: LIMITED, purpose: 'task', notAfter: T0 + 900_000 });
      const actions = decide(session('active'), at({ type: 'granted', grant: given }));
      const { sha256: areas, ...counts } = LIMITED;
      assert.deepEqual(actions.find((action) => action.type === 'audit')?.detail, {
        capability: 'input',
        grant: 'g2',
        ...counts,
        areas,
        purpose: 'task',
        notAfter: T0 + 900_000,
      });
      const whole = decide(session('active'), at({ type: 'granted', grant: grant('g2', 'input') }));
      const detail = { capability: 'input', grant: 'g2', reach: 'all', purpose: 'session', notAfter: T0 + HOUR };
      assert.deepEqual(whole.find((action) => action.type === 'audit')?.detail, detail);
    });

    test('a right for one task lasts a quarter of an hour at most', () => {
      const forTask = (ms: number) =>
        decide(
          session('active'),
          at({ type: 'granted', grant: grant('g2', 'input', { purpose: 'task', notAfter: T0 + ms }) }),
        );
      assert.equal(forTask(15 * 60_000)[0]?.type, 'store-grant');
      assert.deepEqual(forTask(15 * 60_000 + 1), INVALID);
    });

    test('a grant that has run out, or whose id was used before, is refused', () => {
      const used = session('active', { grants: [held('g1', 'view')] });
      assert.ok(isRefused(decide(used, at({ type: 'granted', grant: grant('g1', 'input') }))));
      const old = { ...grant('g2', 'view'), notAfter: T0 };
      assert.ok(isRefused(decide(session('active'), at({ type: 'granted', grant: old }))));
    });

    test('a grant for longer than a session may take is refused, wherever the clock of the device stands', () => {
      for (const notBefore of [T0, T0 - 3 * HOUR, T0 + 3 * HOUR]) {
        const longest = { ...grant('g1', 'view'), notBefore, notAfter: notBefore + 7_200_000 };
        const longer = { ...longest, notAfter: longest.notAfter + 1 };
        if (longest.notAfter > T0 + 1)
          assert.ok(!isRefused(decide(session('active'), at({ type: 'granted', grant: longest }))));
        assert.ok(isRefused(decide(session('active'), at({ type: 'granted', grant: longer }))));
      }
    });

    test('taking back view takes back everything and pauses', () => {
      const facts = session('active', { grants: [held('g1', 'view'), held('g2', 'input')] });
      const actions = decide(facts, at({ type: 'revoked', grantId: 'g1' }));
      assert.deepEqual(moves(actions), ['paused']);
      assert.deepEqual(
        actions.find((action) => action.type === 'revoke-grants'),
        { type: 'revoke-grants', grantIds: ['g1', 'g2'], by: 'sharer' },
      );
    });

    test('a view grant that was replaced by a newer one can go without a pause', () => {
      const facts = session('active', { grants: [held('g1', 'view'), held('g2', 'view')] });
      assert.deepEqual(moves(decide(facts, at({ type: 'revoked', grantId: 'g1' }))), []);
    });

    test('why a right is gone is in the chain when the device says that the sharer did not take it back', () => {
      const facts = session('active', { grants: [held('g1', 'view'), held('g2', 'input')] });
      for (const cause of ['time', 'replaced', undefined] as const) {
        const actions = decide(facts, at({ type: 'revoked', grantId: 'g2', cause }));
        const fact = actions.find((action) => action.type === 'audit');
        assert.deepEqual(fact?.detail, { capability: 'input', grant: 'g2', ...(cause === undefined ? {} : { cause }) });
      }
    });

    test('taking back input leaves view', () => {
      const facts = session('active', { grants: [held('g1', 'view'), held('g2', 'input')] });
      const actions = decide(facts, at({ type: 'revoked', grantId: 'g2' }));
      assert.deepEqual(moves(actions), []);
      assert.deepEqual(actions[0], { type: 'revoke-grants', grantIds: ['g2'], by: 'sharer' });
    });

    test('a right taken back in the portal, or handed back, goes whatever its grants are; the others stay', () => {
      const grants = [held('g1', 'view'), held('g2', 'input'), held('g3', 'input'), held('g4', 'files')];
      for (const by of ['sharer', 'agent'] as const) {
        const actions = decide(session('active', { grants }), at({ type: 'taken-back', capability: 'input', by }));
        assert.deepEqual(moves(actions), []);
        assert.deepEqual(actions[0], { type: 'revoke-grants', grantIds: ['g2', 'g3'], by });
        const told = actions.flatMap((action) => (action.type === 'audit' ? [[action.by, action.detail]] : []));
        assert.deepEqual(told, [
          [by, { capability: 'input', grant: 'g2' }],
          [by, { capability: 'input', grant: 'g3' }],
        ]);
      }
    });

    test('with input goes the right to programs with administrator rights, as long as no other input is held', () => {
      const policy = { ...POLICY, capabilities: [...POLICY.capabilities, 'elevated'] };
      const grants = [held('g1', 'view'), held('g2', 'input'), held('g3', 'elevated'), held('g4', 'files')];
      const revokes = (event: SessionEvent, more: GrantFact[] = []) =>
        decide(session('active', { policy, grants: [...grants, ...more] }), at(event))[0];
      for (const by of ['sharer', 'agent'] as const) {
        const both = { type: 'revoke-grants', grantIds: ['g2', 'g3'], by };
        assert.deepEqual(revokes({ type: 'taken-back', capability: 'input', by }), both);
      }
      const one = (grantIds: string[]) => ({ type: 'revoke-grants', grantIds, by: 'sharer' });
      assert.deepEqual(revokes({ type: 'revoked', grantId: 'g2' }), one(['g2', 'g3']));
      assert.deepEqual(revokes({ type: 'revoked', grantId: 'g3' }), one(['g3']));
      const replaced = { type: 'revoked', grantId: 'g2', cause: 'replaced' } as const;
      assert.deepEqual(revokes(replaced, [held('g5', 'input')]), one(['g2']));
    });

    test('view taken back in the portal, or handed back, takes everything along and pauses', () => {
      const grants = [held('g1', 'view'), held('g2', 'input')];
      for (const by of ['sharer', 'agent'] as const) {
        const actions = decide(session('active', { grants }), at({ type: 'taken-back', capability: 'view', by }));
        assert.deepEqual(actions[0], { type: 'move', to: 'paused', pauseReason: by, endReason: null });
        assert.ok(actions.some((action) => action.type === 'revoke-grants' && action.grantIds.length === 2));
      }
    });

    test('what the sharer declined and what was hidden is in the chain, once there is a device', () => {
      for (const state of SESSION_STATES) {
        const hasDevice = ['connecting', 'active', 'paused'].includes(state);
        const audited = [EVENTS['right-declined'], EVENTS.masked].map((event) => decide(session(state), at(event)));
        const declined = { type: 'audit', by: 'sharer', action: 'session/declined' };
        const masked = { type: 'audit', by: 'sharer', action: 'session/masked' };
        assert.deepEqual(
          audited,
          hasDevice
            ? [
                [{ ...declined, detail: { capability: 'input', reach: 'limited' } }],
                [{ ...masked, detail: { rule: 'hr' } }],
              ]
            : [[], []],
        );
      }
    });

    test('every pause takes every grant back: going on is a new decision of the sharer', () => {
      const facts = session('active', { grants: [held('g1', 'view'), held('g2', 'input')] });
      const pauses: SessionEvent[] = [EVENTS.paused, EVENTS.disconnected, { type: 'disconnected', who: 'agent' }];
      for (const event of pauses) {
        const actions = decide(facts, at(event));
        assert.deepEqual(moves(actions), ['paused']);
        assert.ok(actions.some((action) => action.type === 'revoke-grants' && action.grantIds.length === 2));
      }
    });

    test('a grant of input alone does not end a pause', () => {
      const actions = decide(session('paused'), at({ type: 'granted', grant: grant('g3', 'input') }));
      assert.deepEqual(moves(actions), []);
    });

    test('nobody operates above windows with administrator rights once they operate only a part of the screen', () => {
      const policy = { ...POLICY, capabilities: [...POLICY.capabilities, 'elevated'] };
      for (const [reach, expected] of [
        ['all', ['view', 'input', 'elevated']],
        ['limited', ['view', 'input']],
      ] as const) {
        const grants = [held('g1', 'view'), { ...held('g2', 'input'), reach }, held('g3', 'elevated')];
        const rights = rightsInForce(session('active', { policy, grants }), { holder: 'a1', now: T0 });
        assert.deepEqual([...rights.keys()], expected);
      }
    });

    test('no right is in force outside active', () => {
      for (const state of SESSION_STATES) {
        const rights = rightsInForce(session(state, { grants: [held('g1', 'view')] }), { holder: 'a1', now: T0 });
        assert.deepEqual([...rights.keys()], state === 'active' ? ['view'] : []);
      }
    });
  });
});
