import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import { MAX_AGREEMENTS } from '../../protocol/handshake.ts';
import { createTestAuthority, deviceOf, identityOf } from '../enrol/test-authority.ts';
import { SCREEN, windowOf } from './test-desktop.ts';
import {
  AGENT,
  SESSION_ID,
  TestAgent,
  agentKey,
  agreeAndStart,
  authority,
  calm,
  grantsOf,
  identityCertificate,
  invitedCertificate,
  otherKey,
  startDevice,
  tagOf,
  tamper,
  type TestAgentOptions,
  type TestDevice,
} from './test-device.ts';

const devices: TestDevice[] = [];
afterEach(() => {
  for (const device of devices.splice(0)) device.session.stop();
});

async function start(...options: Parameters<typeof startDevice>): Promise<TestDevice> {
  const device = await startDevice(...options);
  devices.push(device);
  return device;
}

/** An agent who has joined and agreed; the question is on display. */
async function asked(...options: Parameters<typeof startDevice>) {
  const device = await start(...options);
  const agent = new TestAgent(device);
  await agent.join();
  return { ...device, device, agent };
}

async function live(mode: 'view' | 'control' = 'control') {
  const all = await asked();
  await agreeAndStart(all.device, all.agent, mode);
  return all;
}

/** Far enough for a signature to be under way, which needs another thread, and not to be there. */
async function beginSigning(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await Promise.resolve();
}

const pictures = (agent: TestAgent): string[] => agent.heard.filter((each) => each.startsWith('picture'));

describe('before Start', () => {
  test('the person sees whose invitation it is, from the certificate, while nobody has joined', async () => {
    const { consent, phases } = await start();
    const [view] = consent.views;
    assert.ok(view?.step === 'waiting');
    assert.deepEqual(
      [view.card.name, view.card.employeeNumber, view.card.department, view.card.organisation],
      [AGENT.name, AGENT.employeeNumber, AGENT.department, 'Example'],
    );
    assert.deepEqual(phases, ['waiting']);
  });

  test('three codes are offered, one of them the one that the agent reads out', async () => {
    const { consent, agent } = await asked();
    const question = consent.question();
    assert.equal(question?.codes.length, 3);
    assert.equal(question.codes.filter((code) => code === agent.matchCode).length, 1);
    assert.deepEqual(question.modes, ['view', 'control']);
  });

  test('neither a picture nor keys leave the device: not while asked, not before the relay has confirmed', async () => {
    const { relay, consent, agent, desktop } = await asked();
    desktop.touch();
    assert.deepEqual(relay.said(), ['handshake/commit', 'handshake/reveal']);
    consent.does({ type: 'start', code: agent.matchCode, mode: 'view', screenId: SCREEN.id });
    await calm();
    assert.deepEqual(relay.said().slice(2), ['grant']);
    assert.equal(relay.chunks.length, 0);
    assert.equal(desktop.captures.length, 0);
  });

  test('silence is a no: nothing starts until the server ends it', async () => {
    const { relay, ended } = await asked();
    await relay.says({ type: 'session', state: 'active', grantedMode: 'control', endReason: null });
    await relay.says({ type: 'key-needed' });
    assert.deepEqual(relay.said(), ['handshake/commit', 'handshake/reveal']);
    await relay.says({ type: 'session', state: 'ended', grantedMode: null, endReason: 'consent-timeout' });
    assert.equal(ended(), 'consent-timeout');
    assert.equal(relay.chunks.length, 0);
  });

  test('the wrong match code ends the session: one attempt', async () => {
    const { relay, consent, agent, ended } = await asked();
    const wrong = consent.question()?.codes.find((code) => code !== agent.matchCode) ?? '';
    consent.does({ type: 'start', code: wrong, mode: 'view', screenId: SCREEN.id });
    consent.does({ type: 'start', code: agent.matchCode, mode: 'view', screenId: SCREEN.id });
    await calm();
    assert.equal(ended(), 'match-code-mismatch');
    assert.deepEqual(relay.signals.at(-1), { type: 'end', reason: 'match-code-mismatch' });
    assert.ok(!relay.said().includes('grant'));
  });

  const NOES = [
    ['none-of-these', 'match-code-mismatch'],
    ['decline', 'sharer-declined'],
    ['stop', 'sharer-stopped'],
  ] as const;
  for (const [type, reason] of NOES) {
    test(`${type} ends it with ${reason}`, async () => {
      const { relay, consent, ended } = await asked();
      consent.does({ type });
      await calm();
      assert.equal(ended(), reason);
      assert.deepEqual(relay.said().slice(2), ['end']);
    });
  }

  test('closing the window is a no', async () => {
    const { consent, ended } = await asked();
    consent.dismiss();
    await calm();
    assert.equal(ended(), 'sharer-declined');
  });

  test('what policy does not allow is not offered', async () => {
    const { consent, relay, device, agent } = await asked({ enrolment: { policy: { capabilities: ['view'] } } });
    assert.deepEqual(consent.question()?.modes, ['view']);
    await agreeAndStart(device, agent, 'view');
    consent.does({ type: 'mode', mode: 'control' });
    await calm();
    assert.deepEqual(
      (await grantsOf(relay)).map((grant) => grant.capability),
      ['view'],
    );
  });
});

describe('an agent who cannot be proven never gets to the question', () => {
  const foreign = createTestAuthority(otherKey, 'Test CA');
  const person = identityOf(AGENT);
  const CASES: [string, TestAgentOptions][] = [
    ['with the identity of somebody else', { certificate: identityCertificate({ employeeNumber: 'E2000' }) }],
    ['with another name written into the certificate', { certificate: tamper(invitedCertificate, 'Li Wei', 'Li Wai') }],
    ['with another number written into it', { certificate: tamper(invitedCertificate, 'E1024', 'E1025') }],
    ['whose certificate has expired', { certificate: identityCertificate({ notAfter: Date.now() - 1000 }) }],
    ['of a foreign CA of the same name', { certificate: foreign.issue({ ...person, ...publicKeyOf(agentKey) }) }],
    [
      'who shows a device’s certificate',
      { certificate: authority.issue({ ...deviceOf(SESSION_ID), ...publicKeyOf(agentKey) }) },
    ],
    ['who shows no certificate at all', { certificate: 'none' }],
    ['who does not hold the key of the certificate', { key: otherKey }],
  ];
  for (const [who, options] of CASES) {
    test(who, async () => {
      const device = await start();
      const agent = new TestAgent(device, { ...options, certificate: options.certificate ?? invitedCertificate });
      const shown = options.certificate;
      // The handshake reads the DER of what it sends; a text that is none is put in on the way.
      if (shown === 'none') {
        const other = new TestAgent(device);
        await other.join((answer) => ({ ...answer, certificate: 'none' }));
      } else await agent.join();
      assert.equal(device.ended(), 'protocol-violation');
      assert.equal(device.consent.question(), undefined);
      assert.deepEqual(device.relay.said(), ['handshake/commit', 'end']);
    });
  }

  test('nor somebody who answers again, to have a second try', async () => {
    const device = await start();
    const agent = new TestAgent(device);
    let again: unknown;
    await agent.join((answer) => (again = answer) as typeof answer);
    await device.relay.says({ type: 'peer', sender: 1, body: again as never });
    assert.equal(device.ended(), 'protocol-violation');
  });

  test('and an answer in another agent’s name is not looked at', async () => {
    const device = await start();
    const agent = new TestAgent(device);
    await agent.join((answer) => {
      void device.relay.says({ type: 'peer', sender: 2, body: { ...answer, certificate: 'none' } });
      return answer;
    });
    assert.equal(device.ended(), undefined);
    assert.equal(device.consent.question()?.codes.includes(agent.matchCode), true);
  });

  test('an invitation in a name that the CA does not vouch for ends before anybody is let in', async () => {
    const agentCertificate = tamper(invitedCertificate, 'Li Wei', 'Li Wai');
    const device = await start({ enrolment: { agentCertificate } });
    await new TestAgent(device).join();
    assert.equal(device.ended(), 'protocol-violation');
    assert.deepEqual(device.consent.steps(), ['ended']);
    assert.deepEqual(device.relay.said(), ['end']);
  });

  test(`and after ${MAX_AGREEMENTS} agreements there is no further guess at the match code`, async () => {
    const device = await start();
    for (let count = 1; count <= MAX_AGREEMENTS; count++) {
      await device.relay.says({ type: 'agent/joined', sender: count, serialNumber: 'a1', nonce: 'n'.repeat(22) });
    }
    assert.equal(device.ended(), undefined);
    await device.relay.says({ type: 'agent/joined', sender: 40, serialNumber: 'a1', nonce: 'n'.repeat(22) });
    assert.equal(device.ended(), 'protocol-violation');
  });
});

function publicKeyOf({ publicKeyPem }: { publicKeyPem: string }): { publicKeyPem: string } {
  return { publicKeyPem };
}

describe('after Start', () => {
  test('the agent gets keys, grants for what was chosen, and the picture; the person sees who is there', async () => {
    const { relay, agent, phases, consent } = await live('view');
    const grants = await grantsOf(relay);
    assert.deepEqual(
      grants.map(({ capability, sessionId, consentText }) => [capability, sessionId, consentText]),
      [['view', SESSION_ID, 'text of view']],
    );
    assert.equal(pictures(agent)[0], 'picture 0');
    assert.deepEqual(phases.slice(-2), ['asking', 'live view']);
    assert.equal(consent.steps().at(-1), 'live');
  });

  test('with full control input is applied; without it is refused although the link carries it', async () => {
    const { relay, agent, desktop } = await live('control');
    await agent.operates({ type: 'key', code: 'KeyA', isDown: true }, tagOf(await grantsOf(relay), 'input'));
    assert.deepEqual(desktop.input.done, ['key KeyA down']);
    const looking = await live('view');
    await looking.agent.operates({ type: 'key', code: 'KeyA', isDown: true }, 7n);
    assert.deepEqual(looking.desktop.input.done, []);
    assert.ok(looking.agent.heard.some((each) => each.includes('not-granted')));
  });

  test('control taken back lets go of everything, tells relay and agent, and nothing more is applied', async () => {
    const { relay, agent, desktop, consent, phases } = await live('control');
    const input = (await grantsOf(relay)).find((grant) => grant.capability === 'input');
    await agent.operates({ type: 'key', code: 'ShiftLeft', isDown: true }, 1n);
    consent.does({ type: 'mode', mode: 'view' });
    assert.equal(desktop.input.done.at(-1), 'release-all');
    assert.deepEqual(relay.signals.at(-1), { type: 'revoke', grantId: input?.id });
    await calm();
    assert.ok(agent.heard.at(-1)?.includes('"input":null'));
    const before = desktop.input.done.length;
    await agent.operates({ type: 'text', text: 'rm' }, 1n);
    assert.equal(desktop.input.done.length, before);
    assert.equal(phases.at(-1), 'live view');
  });

  test('control given later is a new grant, and the agent is told', async () => {
    const { relay, agent, consent, phases } = await live('view');
    consent.does({ type: 'mode', mode: 'control' });
    await calm();
    const grants = await grantsOf(relay);
    assert.deepEqual(
      grants.map((grant) => grant.capability),
      ['view', 'input'],
    );
    assert.ok(agent.heard.at(-1)?.includes(tagOf(grants, 'input').toString(16)));
    assert.equal(phases.at(-1), 'live control');
  });

  test('control taken back while it is still being signed is never given', async () => {
    const { relay, consent, phases } = await live('view');
    consent.does({ type: 'mode', mode: 'control' });
    await beginSigning();
    consent.does({ type: 'mode', mode: 'view' });
    await calm();
    assert.deepEqual(relay.said().slice(-2), ['handshake/epoch', 'revoke']);
    assert.equal(phases.at(-1), 'live view');
  });

  test('the agent leaves: the stream stops, nothing stays held, and Stop remains', async () => {
    const { relay, agent, desktop, consent, phases, encoders } = await live('control');
    await relay.says({ type: 'agent/left', sender: 1 });
    assert.equal(desktop.input.done.at(-1), 'release-all');
    assert.deepEqual([desktop.captures[0]?.isClosed, encoders[0]?.isClosed], [true, true]);
    assert.deepEqual([phases.at(-1), consent.steps().at(-1)], ['paused', 'paused']);
    const sent = relay.chunks.length;
    desktop.captures[0]?.change();
    await agent.operates({ type: 'key', code: 'KeyA', isDown: true }, 1n);
    assert.equal(relay.chunks.length, sent);
    assert.ok(!desktop.input.done.includes('key KeyA down'));
  });

  test('an agent who comes back is asked about again, with new keys and new grants; the old ones are worth nothing', async () => {
    const { relay, device, agent, consent, desktop, log } = await live('control');
    const [first] = await grantsOf(relay);
    await relay.says({ type: 'agent/left', sender: 1 });
    const back = new TestAgent(device, { sender: 2 });
    await back.join();
    assert.equal(consent.steps().at(-1), 'ask');
    assert.equal(consent.question()?.codes.includes(back.matchCode), true);
    const sent = relay.chunks.length;
    assert.equal(pictures(back).length, 0);
    relay.chunks.length = 0;
    await agreeAndStart(device, back, 'control');
    assert.ok(sent > 0 && pictures(back).length > 0);
    const ids = (await grantsOf(relay)).map((grant) => grant.id);
    assert.equal(new Set(ids).size, 4);
    await agent.operates(
      { type: 'key', code: 'KeyA', isDown: true },
      tagOf(
        [first].flatMap((g) => g ?? []),
        'view',
      ),
    );
    assert.ok(!desktop.input.done.includes('key KeyA down'));
    assert.ok(log.includes('wrong-epoch'));
  });

  test('a pause by the server stops picture and input', async () => {
    const { relay, desktop, phases } = await live('control');
    await relay.says({ type: 'session', state: 'paused', grantedMode: null, endReason: null });
    assert.equal(desktop.captures[0]?.isClosed, true);
    assert.equal(desktop.input.done.at(-1), 'release-all');
    assert.equal(phases.at(-1), 'paused');
    const sent = relay.chunks.length;
    await relay.says({ type: 'session', state: 'active', grantedMode: 'control', endReason: null });
    assert.equal(relay.chunks.length, sent);
  });

  test('the time limit ends it', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const { ended } = await live('view');
    t.mock.timers.tick(7200 * 1000);
    await calm();
    assert.equal(ended(), 'time-limit');
  });

  test('a screen that cannot be captured ends it as a failure of the device', async () => {
    const failing = await asked({ options: { startStream: () => Promise.reject(new Error('no such screen')) } });
    failing.consent.does({ type: 'start', code: failing.agent.matchCode, mode: 'view', screenId: 'gone' });
    await calm();
    await failing.relay.says({ type: 'session', state: 'active', grantedMode: 'view', endReason: null });
    assert.equal(failing.ended(), 'device-failed');
  });
});

describe('Stop wins over everything', () => {
  test('from the window, the banner or the hotkey: nothing is sent or held from that line on', async () => {
    const { session, relay, agent, desktop, encoders, ended } = await live('control');
    const sent = relay.chunks.length;
    session.stop();
    assert.deepEqual(relay.signals.at(-1), { type: 'end', reason: 'sharer-stopped' });
    assert.equal(desktop.input.done.at(-1), 'release-all');
    desktop.captures[0]?.change();
    desktop.touch();
    await agent.operates({ type: 'key', code: 'KeyA', isDown: true }, 1n);
    assert.equal(relay.chunks.length, sent);
    assert.ok(!desktop.input.done.includes('key KeyA down'));
    assert.equal(encoders[0]?.isClosed, true);
    assert.equal(ended(), 'sharer-stopped');
  });

  test('over a Start that is still being signed', async () => {
    const { session, relay, consent, agent, desktop } = await asked();
    consent.does({ type: 'start', code: agent.matchCode, mode: 'control', screenId: SCREEN.id });
    await beginSigning();
    session.stop();
    await calm();
    await relay.says({ type: 'session', state: 'active', grantedMode: 'control', endReason: null });
    assert.deepEqual(relay.said().slice(2), ['end']);
    assert.equal(desktop.captures.length, 0);
  });

  test('over control that is still being signed: the last thing shown is the end', async () => {
    const { session, relay, consent, phases } = await live('view');
    consent.does({ type: 'mode', mode: 'control' });
    await beginSigning();
    session.stop();
    await calm();
    assert.equal(relay.said().at(-1), 'end');
    assert.deepEqual([consent.steps().at(-1), phases.at(-1)], ['ended', 'ended']);
  });

  test('over a question that is still being prepared: it is never shown', async () => {
    const screens = Promise.withResolvers<[]>();
    const device = await start({ options: { screens: () => screens.promise } });
    await new TestAgent(device).join();
    device.session.stop();
    screens.resolve([]);
    await calm();
    assert.deepEqual(device.consent.steps(), ['waiting', 'ended']);
    assert.deepEqual(device.phases, ['waiting', 'ended']);
  });

  test('over a stream that is still being opened', async () => {
    const opening = Promise.withResolvers<never>();
    const { session, relay, consent, agent, phases } = await asked({
      options: { startStream: () => opening.promise },
    });
    consent.does({ type: 'start', code: agent.matchCode, mode: 'view', screenId: SCREEN.id });
    await calm();
    await relay.says({ type: 'session', state: 'active', grantedMode: 'view', endReason: null });
    session.stop();
    let stopped = 0;
    // Only `stop` may be called on it.
    opening.resolve({ stop: () => (stopped += 1) } as never);
    await calm();
    assert.deepEqual([stopped, phases.at(-1)], [1, 'ended']);
  });

  test('closing the window, and losing the connection, stop as well', async () => {
    const closing = await live('control');
    closing.consent.dismiss();
    await calm();
    assert.equal(closing.ended(), 'sharer-stopped');
    const losing = await live('control');
    losing.relay.lose();
    await calm();
    assert.equal(losing.ended(), 'connection-lost');
    for (const { desktop } of [closing, losing]) {
      assert.equal(desktop.input.done.at(-1), 'release-all');
      assert.equal(desktop.captures[0]?.isClosed, true);
    }
  });

  test('although the display fails while it lets go', async () => {
    const { session, desktop, ended } = await live('control');
    desktop.input.releaseAll = () => {
      throw new Error('the display is gone');
    };
    session.stop();
    await calm();
    assert.equal(ended(), 'sharer-stopped');
    assert.equal(desktop.captures[0]?.isClosed, true);
  });
});

describe('a Start', () => {
  test('is for the agent who was on display, not for the one who joined meanwhile', async () => {
    const { device, relay, consent, agent, ended } = await asked();
    consent.does({ type: 'start', code: agent.matchCode, mode: 'control', screenId: SCREEN.id });
    const other = new TestAgent(device, { sender: 2 });
    await other.join();
    await relay.says({ type: 'session', state: 'active', grantedMode: null, endReason: null });
    assert.equal(ended(), undefined);
    assert.equal(relay.chunks.length, 0);
    assert.ok(!relay.said().includes('handshake/epoch'));
  });
});

describe('the local person', () => {
  test('wins: what the agent holds is let go, and the agent is told once', async () => {
    const { agent, desktop, relay } = await live('control');
    const input = tagOf(await grantsOf(relay), 'input');
    await agent.operates({ type: 'key', code: 'ShiftLeft', isDown: true }, input);
    desktop.touch();
    desktop.touch();
    await agent.operates({ type: 'key', code: 'KeyA', isDown: true }, input);
    assert.deepEqual(desktop.input.done, ['key ShiftLeft down', 'release-all']);
    assert.equal(agent.heard.filter((each) => each.includes('"isActive":true')).length, 1);
  });

  test('finds nothing held when the consent window takes the keyboard', async () => {
    const { agent, desktop, relay } = await live('control');
    await agent.operates({ type: 'key', code: 'Space', isDown: true }, tagOf(await grantsOf(relay), 'input'));
    const bounds = { x: 0, y: 0, width: 10, height: 10 };
    await desktop.setWindows([windowOf({ id: 'consent', pid: 7, bounds, isFocused: true })]);
    assert.deepEqual(desktop.input.done, ['key Space down', 'release-all']);
  });
});
