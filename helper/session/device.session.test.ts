import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import { calm } from '../../protocol/calm.fixture.ts';
import { MAX_AGREEMENTS } from '../../protocol/handshake.ts';
import { createTestAuthority, deviceOf, identityOf } from '../enrol/test-authority.ts';
import type { TestDesktop } from './test-desktop.ts';
import { asked, beginSigning, live, start, stopAll } from './test-begun.ts';
import {
  AGENT,
  SESSION_ID,
  TestAgent,
  agentKey,
  agreeAndStart,
  POLICY,
  authority,
  grantsOf,
  identityCertificate,
  invitedCertificate,
  otherKey,
  sessionSignal,
  startOf,
  tagOf,
  tamper,
  type TestAgentOptions,
  type TestDevice,
} from './test-device.ts';

afterEach(stopAll);

/** The sharer lets it go on; the relay confirms, and the agent gets the keys. */
async function resume(device: TestDevice, agent: TestAgent, mode: 'same' | 'view'): Promise<void> {
  device.consent.does({ type: 'resume', mode });
  await calm();
  await device.relay.says(sessionSignal('active'));
  await agent.listen();
}

/** What the agent was told, of one type. */
const heardOf = (agent: TestAgent, type: string): string[] =>
  agent.heard.filter((each) => each.startsWith(`control {"type":"${type}"`));
/** Names of the rights that the agent was told of last. */
function rightsHeard(agent: TestAgent): string[] {
  const last = heardOf(agent, 'grants').at(-1) ?? 'control {"rights":[]}';
  const { rights } = JSON.parse(last.slice('control '.length)) as { rights: { capability: string }[] };
  return rights.map(({ capability }) => capability);
}

/** What was done to the desktop, other than letting go. */
const pressed = (desktop: TestDesktop): string[] => desktop.input.done.filter((each) => each !== 'release-all');

const pictures = (agent: TestAgent): string[] => agent.heard.filter((each) => each.startsWith('picture'));

describe('how pictures are made', () => {
  test('the agent is told before the first one and when it changes, and it is written down', async () => {
    const { agent, desktop, encoders, log } = await live('view');
    const told = (): string[] => heardOf(agent, 'source').map((each) => each.slice('control '.length));
    const [[encoder], [capture]] = [encoders, desktop.captures];
    assert.ok(encoder && capture);
    const first = '{"type":"source","capture":"x11-damage","video":"libx264"}';
    assert.ok(agent.heard.indexOf(`control ${first}`) < agent.heard.findIndex((each) => each.startsWith('picture')));
    const change = async (): Promise<void> => {
      const count = pictures(agent).length;
      capture.change();
      for (let turns = 0; turns < 100 && pictures(agent).length === count; turns += 1) await calm();
      assert.ok(pictures(agent).length > count);
    };
    await change();
    assert.deepEqual(told(), [first]);
    encoder.videoEncoder = 'h264_amf';
    capture.method = { name: 'windows-gdi', why: 'turned' };
    await change();
    assert.deepEqual(told().slice(1), ['{"type":"source","capture":"windows-gdi","video":"h264_amf"}']);
    assert.deepEqual(
      log.filter((each) => each.startsWith('source')),
      ['source x11-damage libx264', 'source windows-gdi h264_amf'],
    );
  });
});

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
    assert.deepEqual(question.modes, ['view', 'limited', 'control']);
  });

  test('neither a picture nor keys leave the device: not while asked, not before the relay has confirmed', async () => {
    const { relay, consent, agent, desktop } = await asked();
    desktop.touch();
    assert.deepEqual(relay.said(), ['handshake/commit', 'handshake/reveal']);
    consent.does(startOf(agent.matchCode, 'view'));
    await calm();
    assert.deepEqual(relay.said().slice(2), ['grant']);
    assert.equal(relay.chunks.length, 0);
    assert.equal(desktop.captures.length, 0);
  });

  test('silence is a no: nothing starts until the server ends it', async () => {
    const { relay, ended } = await asked();
    await relay.says(sessionSignal('active', { grantedMode: 'control' }));
    await relay.says({ type: 'key-needed' });
    assert.deepEqual(relay.said(), ['handshake/commit', 'handshake/reveal']);
    await relay.says(sessionSignal('ended', { endReason: 'consent-timeout' }));
    assert.equal(ended(), 'consent-timeout');
    assert.equal(relay.chunks.length, 0);
  });

  test('the wrong match code ends the session: one attempt', async () => {
    const { relay, consent, agent, ended } = await asked();
    const wrong = consent.question()?.codes.find((code) => code !== agent.matchCode) ?? '';
    consent.does(startOf(wrong, 'view'));
    consent.does(startOf(agent.matchCode, 'view'));
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
    const { consent, relay, device, agent } = await asked({
      enrolment: { policy: { ...POLICY, capabilities: ['view'] } },
    });
    assert.deepEqual(consent.question()?.modes, ['view']);
    await agreeAndStart(device, agent, 'view');
    consent.does({ type: 'allow', capability: 'input', scope: 'all' });
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
    for (let count = 1; count <= MAX_AGREEMENTS; count++) await new TestAgent(device, { sender: count }).join();
    assert.equal(device.ended(), undefined);
    await new TestAgent(device, { sender: 40 }).join();
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
    // Said again every second.
    assert.deepEqual([...new Set(phases)].slice(-2), ['asking', 'live view']);
    assert.equal(consent.steps().at(-1), 'live');
  });

  test('with full control input is applied; without it is refused although the link carries it', async () => {
    const { relay, agent, desktop } = await live('control');
    await agent.operates({ type: 'key', code: 'KeyA', isDown: true }, tagOf(await grantsOf(relay), 'input'));
    assert.deepEqual(pressed(desktop), ['key KeyA down']);
    const looking = await live('view');
    await looking.agent.operates({ type: 'key', code: 'KeyA', isDown: true }, 7n);
    assert.deepEqual(pressed(looking.desktop), []);
    assert.ok(looking.agent.heard.some((each) => each.includes('not-granted')));
  });

  test('control taken back lets go of everything, tells relay and agent, and nothing more is applied', async () => {
    const { relay, agent, desktop, consent, phases } = await live('control');
    const input = (await grantsOf(relay)).find((grant) => grant.capability === 'input');
    await agent.operates({ type: 'key', code: 'ShiftLeft', isDown: true }, 1n);
    consent.does({ type: 'take-back', capability: 'input' });
    assert.equal(desktop.input.done.at(-1), 'release-all');
    assert.deepEqual(relay.signals.at(-1), { type: 'revoke', grantId: input?.id });
    await calm();
    assert.ok(!rightsHeard(agent).includes('input'));
    const before = desktop.input.done.length;
    await agent.operates({ type: 'text', text: 'rm' }, 1n);
    assert.equal(desktop.input.done.length, before);
    assert.equal(phases.at(-1), 'live view');
  });

  test('control given later is a new grant, and the agent is told', async () => {
    const { relay, agent, consent, phases } = await live('view');
    consent.does({ type: 'allow', capability: 'input', scope: 'all' });
    await calm();
    const grants = await grantsOf(relay);
    assert.deepEqual(
      grants.map((grant) => grant.capability),
      ['view', 'input'],
    );
    assert.ok(heardOf(agent, 'grants').at(-1)?.includes(tagOf(grants, 'input').toString(16)));
    assert.equal(phases.at(-1), 'live control');
  });

  test('control taken back while it is still being signed is never given', async () => {
    const { relay, consent, phases } = await live('view');
    consent.does({ type: 'allow', capability: 'input', scope: 'all' });
    await beginSigning();
    consent.does({ type: 'take-back', capability: 'input' });
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

  test('an agent who comes back with the same key is let go on in one step, with new keys and new grants', async () => {
    const { relay, device, agent, consent, desktop, log } = await live('control');
    const [first] = await grantsOf(relay);
    await relay.says({ type: 'agent/left', sender: 1 }, sessionSignal('paused', { pauseReason: 'agent-away' }));
    const back = new TestAgent(device, { sender: 2 });
    await back.join();
    const offer = consent.last();
    assert.ok(offer?.step === 'paused' && offer.resume?.mode === 'control');
    assert.equal(pictures(back).length, 0);
    const sent = relay.chunks.length;
    relay.chunks.length = 0;
    await resume(device, back, 'same');
    assert.ok(sent > 0 && pictures(back).length > 0);
    const grants = await grantsOf(relay);
    assert.deepEqual(
      grants.map(({ capability }) => capability),
      ['view', 'input', 'view', 'input'],
    );
    assert.equal(new Set(grants.map(({ id }) => id)).size, 4);
    const old = BigInt(`0x${first?.id.slice(0, 16) ?? '0'}`);
    await agent.operates({ type: 'key', code: 'KeyA', isDown: true }, old);
    assert.deepEqual(pressed(desktop), []);
    assert.ok(log.includes('wrong-epoch'));
  });

  test(`an agent with the same key may come back more than ${MAX_AGREEMENTS} times: that is no guess at the code`, async () => {
    const { device, consent } = await live('control');
    for (let sender = 2; sender <= MAX_AGREEMENTS + 2; sender++) await new TestAgent(device, { sender }).join();
    assert.equal(device.ended(), undefined);
    assert.equal(consent.last()?.step, 'paused');
  });

  test('with another key it is another question, and another code', async () => {
    const { relay, device, consent } = await live('control');
    await relay.says({ type: 'agent/left', sender: 1 }, sessionSignal('paused', { pauseReason: 'agent-away' }));
    const certificate = identityCertificate({ key: otherKey });
    const other = new TestAgent(device, { sender: 2, certificate, key: otherKey });
    await other.join();
    assert.equal(consent.last()?.step, 'ask');
    consent.does({ type: 'resume', mode: 'same' });
    await calm();
    assert.equal((await grantsOf(relay)).length, 2);
  });

  test('who left before anything was shared is known to nobody: it is another question, and nothing of what others had', async () => {
    const first = await asked();
    first.consent.does(startOf(first.agent.matchCode, 'view'));
    await calm();
    await first.relay.says({ type: 'agent/left', sender: 1 });
    await new TestAgent(first.device, { sender: 2 }).join();
    assert.equal(first.consent.last()?.step, 'ask');

    const { relay, device, consent } = await live('control');
    await relay.says({ type: 'agent/left', sender: 1 }, sessionSignal('paused', { pauseReason: 'agent-away' }));
    const other = { certificate: identityCertificate({ key: otherKey }), key: otherKey };
    const short = new TestAgent(device, { sender: 2, ...other });
    await short.join();
    consent.does(startOf(short.matchCode, 'view'));
    await calm();
    await relay.says({ type: 'agent/left', sender: 2 });
    await new TestAgent(device, { sender: 3, ...other }).join();
    assert.equal(consent.last()?.step, 'ask');
    await new TestAgent(device, { sender: 4 }).join();
    const view = consent.last();
    assert.ok(view?.step === 'paused' && view.resume?.mode === 'control', 'what there was is still the first one’s');
  });

  test('a pause by the server stops picture and input', async () => {
    const { relay, desktop, phases } = await live('control');
    await relay.says(sessionSignal('paused'));
    assert.equal(desktop.captures[0]?.isClosed, true);
    assert.equal(desktop.input.done.at(-1), 'release-all');
    assert.equal(phases.at(-1), 'paused');
    const sent = relay.chunks.length;
    await relay.says(sessionSignal('active', { grantedMode: 'control' }));
    assert.equal(relay.chunks.length, sent);
  });

  test('the time limit ends it', async (t) => {
    t.mock.timers.enable({ apis: ['setInterval'] });
    const { ended, clock } = await live('view');
    clock.mono += 7200 * 1000;
    t.mock.timers.tick(1000);
    await calm();
    assert.equal(ended(), 'time-limit');
  });

  test('a screen that cannot be captured ends it as a failure of the device', async () => {
    const failing = await asked({ options: { startStream: () => Promise.reject(new Error('no such screen')) } });
    failing.consent.does({ ...startOf(failing.agent.matchCode, 'view'), screenId: 'gone' });
    await calm();
    await failing.relay.says(sessionSignal('active', { grantedMode: 'view' }));
    assert.equal(failing.ended(), 'device-failed');
  });
});
