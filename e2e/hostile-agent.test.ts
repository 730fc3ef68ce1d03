/**
 * An agent who has all that an agent has, a sign-in, an identity certificate, an invitation and real keys, and sends
 * whatever there is to send, in every state of a session with the real helper on a real desktop.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Page } from 'playwright-core';
import { Desktop } from './desktop.ts';
import { AGENT_TEXTS, BULK_TEXTS, agentChunks, disguised, grantOf } from './hostile/agent.attacks.ts';
import { AgentPeer, newRsaKeys, type AgentStream } from './hostile/agent.peer.ts';
import { Bystander } from './hostile/bystander.ts';
import { countReasons, whileNotActive, type Attack } from './hostile/chunks.ts';
import { Tally, auditedRefusals } from './hostile/refusals.ts';
import type { StreamSocket } from './hostile/stream-socket.ts';
import * as ways from './hostile/ways-in.ts';
import { XtestRecorder } from './hostile/xtest.recorder.ts';
import type { InputMessage } from '../protocol/stream.ts';
import { AGENT } from './people.ts';
import { eventually, type Running } from './processes.ts';
import { Product } from './product.ts';
import { answerQuestion, dismiss, openOffice, sendInvitation, startHelper, type Office } from './session.ts';

const QUESTION = 'Which of these did they read out?';
/** Chunks and texts that are far beyond what a connection may send at once. */
const FLOOD = 5000;
const CHUNKS_AT_ONCE = 2000;
const TEXT_FLOOD = 200;
/** Fewer than a connection may send at once. */
const ASK_FLOOD = 300;
/** Where a pointer goes that obeys: beside the consent window. */
const POINT = { x: 900, y: 600 };

/** From then on an answer counts; the window waits half a second. */
const ANSWER_AFTER_MS = 700;

interface SessionSeen {
  state: string;
  endReason: string | null;
  figures: { inputFrames: number };
}

describe('a hostile agent', { timeout: 240_000 }, () => {
  const tally = new Tally();
  let product: Product;
  let desktop: Desktop;
  let office: Office;
  let agent: AgentPeer;
  let bystander: Bystander;
  let xtest: XtestRecorder;
  let helper: Running;
  let consentPage: Page;
  let id: string;
  let token: string;
  /** The tag of the first grant of view. */
  let view: bigint;
  let stream: AgentStream;
  /** The tag of the grant of input. */
  let input: bigint;
  let asked = 0;
  /** Input frames that the sharer has allowed. */
  let allowed = 0;

  before(async () => {
    [product, desktop] = await Promise.all([Product.start(), Desktop.open()]);
    office = await openOffice(product);
    agent = await AgentPeer.signIn(product, AGENT);
    [bystander, xtest] = await Promise.all([Bystander.open(office), XtestRecorder.start(desktop)]);
  });
  after(async () => {
    // First what would keep this process alive, should something else have failed.
    await Promise.all([desktop.close(), product.stop()]);
    await bystander.close();
    await agent.http.close();
    await office.close();
  });

  const readSession = (): Promise<SessionSeen> => office.employee.get(`/api/sessions/${id}`);

  /** The state is the one that it was, the desktop has felt nothing, and next door nobody has noticed anything. */
  async function assertHarmless(state: string): Promise<void> {
    // Figures are written every two seconds.
    const session = await eventually(`${allowed} input frames`, async () => {
      const seen = await readSession();
      return seen.figures.inputFrames >= allowed && seen;
    });
    assert.deepEqual(xtest.events(), []);
    assert.equal(session.state, state);
    assert.equal(session.figures.inputFrames, allowed);
    await bystander.assertUntouched();
  }

  async function join(): Promise<AgentStream> {
    tally.beginConnection();
    return agent.join(id);
  }

  /** Sends it all, and waits until all of it has been refused by its reason. */
  async function attack(attacks: readonly Attack[]): Promise<void> {
    for (const { kind, bytes } of attacks) stream[kind].send(bytes);
    for (const text of AGENT_TEXTS) stream.control.send(text);
    for (const text of BULK_TEXTS) stream.bulk.send(text);
    tally.expect(countReasons(attacks));
    tally.expect({ 'invalid-signal': AGENT_TEXTS.length + BULK_TEXTS.length });
    await tally.assertTold(stream.control);
  }

  test('has no way into the stream while the sharer has only been invited', async () => {
    ({ sessionId: id } = await sendInvitation(office, agent.http));
    await ways.assertNoTicket(agent, id);
    await ways.assertNoWayIn(agent, id);
    await ways.assertOwnSideOnly(agent, id, bystander.id);
    await assertHarmless('invited');
  });

  test('uses a ticket once, with their own key and where it belongs, or not at all', async () => {
    ({ token } = await office.employee.post<{ token: string }>(`/api/sessions/${id}/accept`));
    await ways.assertNoWayIn(agent, id);
    await ways.assertOwnSideOnly(agent, id, bystander.id);
    const { privateKey } = await newRsaKeys();
    tally.expect({ 'join-not-proven': await ways.assertTicketsAreUsedUpByLies(agent, id, privateKey) });
    await ways.assertTicketsWorkOnce(agent, id);
    await assertHarmless('accepted');
  });

  test('is cut off by a message that is too long or no text, and it is counted', async () => {
    const CUTS: [string, string, (socket: StreamSocket) => void][] = [
      ['too-long', '1009', (socket) => socket.send(new Uint8Array(40_000))],
      ['too-long', '1009', (socket) => socket.send('['.repeat(40_000))],
      ['invalid-signal', '1007', (socket) => socket.sendAsText(Uint8Array.of(0xc3, 0x28))],
    ];
    for (const [reason, closing, send] of CUTS) {
      for (const kind of ['control', 'bulk'] as const) {
        stream = await join();
        send(stream[kind]);
        assert.equal((await stream[kind].closed).slice(0, 4), closing);
        await Promise.all([stream.control.closed, stream.bulk.closed]);
        tally.expect({ [reason]: 1 });
      }
    }
    await assertHarmless('accepted');
  });

  test('reaches nobody while no helper runs', async () => {
    stream = await join();
    await attack(whileNotActive(agentChunks({ sender: stream.sender, view: 1n })));
    assert.equal(stream.reached, 0);
    await assertHarmless('accepted');
  });

  test('gets no frame and moves nothing while the question is on the display', async () => {
    helper = startHelper(office, desktop, token);
    const code = await stream.agree().catch((cause: unknown) => {
      throw new Error(helper.output(), { cause });
    });
    consentPage = await desktop.consentPage();
    await consentPage.getByText(QUESTION).waitFor();
    await attack(whileNotActive(agentChunks({ sender: stream.sender, view: 1n })));
    assert.ok(await consentPage.getByText(QUESTION).isVisible());
    assert.equal(stream.reached, 0);
    assert.equal(await desktop.banner(), undefined);
    await assertHarmless('connecting');
    await answerQuestion(consentPage, code, 'view');
  });

  test('looks, and operates nothing, while view alone is granted: frames that are sealed as they should be included', async () => {
    await stream.takeKeys();
    view = grantOf(await eventually('a picture', () => stream.bulk.chunks[0]));
    await attack(agentChunks({ sender: stream.sender, view }));
    const inputs = [
      await stream.seal('input', { type: 'pointer/move', ...POINT }, view),
      await stream.seal('input', { type: 'pointer/button', ...POINT, button: 0, isDown: true }, view ^ 1n),
      await stream.seal('input', { type: 'key', code: 'KeyJ', isDown: true }, 0n),
      await stream.seal('input', { type: 'text', text: 'rm -rf ~\n' }, view),
    ];
    for (const chunk of inputs) stream.control.send(chunk);
    tally.expect({ 'no-grant': inputs.length });
    await tally.assertTold(stream.control);
    await assertHarmless('active');
  });

  test('gains nothing by sending a frame again, nor by sealing input as something that view covers: the device refuses', async () => {
    const ping = await stream.seal('control', { type: 'ping', sentAt: 1 }, view);
    const input = await stream.seal('input', { type: 'pointer/move', ...POINT }, view);
    const last = await stream.seal('control', { type: 'ping', sentAt: 2 }, view);
    for (const chunk of [ping, ping, disguised(input, ping, 40n), last]) stream.control.send(chunk);
    const pongs = await eventually('the answer to the last', async () => {
      const told = (await stream.told()).filter((message) => message.type === 'pong');
      return told.at(-1)?.sentAt === 2 && told;
    });
    assert.equal(pongs.length, 2);
    for (const reason of ['replayed', 'not-authentic'])
      await eventually(reason, () => helper.output().includes(`frame.refused reason="${reason}"`));
    await assertHarmless('active');
  });

  /** Sealed, with an id of its own, which is returned. */
  async function ask(): Promise<string> {
    const id = (asked++).toString(16).padStart(16, '0');
    const question = { type: 'ask', id, capability: 'files', reach: 'all', reason: 'Just click Allow' } as const;
    stream.control.send(await stream.seal('control', question, view));
    return id;
  }
  const question = () => consentPage.getByText('Just click Allow');
  /** What became of questions, `id state` each. */
  const states = async (): Promise<string[]> =>
    (await stream.told()).flatMap((message) => (message.type === 'question' ? [`${message.id} ${message.state}`] : []));
  async function sendInput(messages: readonly InputMessage[]): Promise<void> {
    for (const message of messages) stream.control.send(await stream.seal('input', message, input));
    allowed += messages.length;
  }

  test('is shown one question however often they ask, and none again at once', async () => {
    for (let count = 0; count < ASK_FLOOD; count++) await ask();
    await question().waitFor();
    const isShown = (state: string): boolean => !state.endsWith('refused');
    const all = await eventually('what became of all', async () => {
      const told = await states();
      return told.length === ASK_FLOOD && told;
    });
    assert.deepEqual(all.filter(isShown), [`${'0'.repeat(16)} shown`]);
    await consentPage.waitForTimeout(ANSWER_AFTER_MS);
    await consentPage.getByRole('button', { name: 'No', exact: true }).click();
    const again = await ask();
    await eventually('the refusal', async () => (await states()).includes(`${again} refused`));
    assert.equal(await question().count(), 0);
    await assertHarmless('active');
  });

  test('moves the pointer once the sharer widens', async () => {
    await consentPage.locator('#more').click();
    await consentPage.locator('#offer-input').click();
    await consentPage.getByRole('radio', { name: 'The whole screen' }).check({ force: true });
    await consentPage.getByRole('button', { name: /^Let .* use the mouse and keyboard$/ }).click();
    input = await eventually('the right to act', async () => {
      const told = (await stream.told()).findLast((message) => message.type === 'grants');
      const right = told?.rights.find(({ capability }) => capability === 'input');
      return right !== undefined && BigInt(`0x${right.tag}`);
    });
    await sendInput([{ type: 'pointer/move', ...POINT }]);
    await eventually('the pointer', () => xtest.events().some((event) => event.includes('Motion')));
  });

  test('answers no question, although they may act: not by clicks, by keys or by text', async () => {
    const id = await eventually('a question', async () => {
      await ask();
      return (await states()).findLast((state) => state.endsWith('shown') && !state.startsWith('0'.repeat(16)));
    });
    await question().waitFor();
    await consentPage.waitForTimeout(ANSWER_AFTER_MS);
    xtest.forget();
    const points = await placesOf(consentPage, ['allow-session', 'allow-task', 'decline']);
    await sendInput([...points.flatMap(clickAt), ...['Tab', 'Enter', 'Space'].flatMap(pressOf)]);
    await sendInput([{ type: 'text', text: '\n' }, { type: 'release-all' }]);
    await eventually('the refusals', async () =>
      (await stream.told()).some((message) => message.type === 'input-refused' && message.reason === 'frozen'),
    );
    await assertHarmless('active');
    assert.ok(await question().isVisible());
    // The places were the right ones: the person's own hand answers there.
    const { x, y } = points.at(-1) ?? POINT;
    await desktop.clickByHand(x, y);
    await eventually('the answer', async () => (await states()).includes(id.replace('shown', 'declined')));
  });

  test('presses nothing in the consent window, although they may act and no question is open', async () => {
    await eventually('the end of the local hand', async () => {
      const told = (await stream.told()).findLast((message) => message.type === 'local-hand');
      return told?.isActive === false;
    });
    xtest.forget();
    const points = await placesOf(consentPage, ['pause', 'stop', 'more']);
    await sendInput(points.flatMap(clickAt));
    await eventually('the refusals', async () =>
      (await stream.told()).some((message) => message.type === 'input-refused' && message.reason === 'consent-window'),
    );
    await assertHarmless('active');
    assert.ok(await consentPage.locator('#more').isVisible());
  });

  test('moves nothing more once the right is given back or taken back', async () => {
    for (const capability of ['files', 'input']) await agent.http.post(`/api/sessions/${id}/take-back`, { capability });
    const isLast = (mode: string): boolean =>
      stream.control.heard.findLast(({ type }) => type === 'session')?.['grantedMode'] === mode;
    await eventually('the end of the right', () => isLast('view'));
    xtest.forget();
    for (const x of [1, 2, 3])
      stream.control.send(await stream.seal('input', { type: 'pointer/move', x, y: x }, input));
    tally.expect({ 'not-permitted': 3 });
    await tally.assertTold(stream.control);
    await assertHarmless('active');
  });

  test('brings nothing but a pause about by floods of key requests and words', async () => {
    const requests: Uint8Array[] = [];
    for (let count = 0; count < FLOOD; count++)
      requests.push(await stream.seal('control', { type: 'key-request' }, view));
    const startedAt = performance.now();
    for (const chunk of requests) stream.control.send(chunk);
    await stream.control.flush();
    const tooFast = await reportOf('too-fast');
    const most = CHUNKS_AT_ONCE + (performance.now() - startedAt);
    assert.ok(tooFast >= FLOOD - most, `${FLOOD - tooFast} of at most ${most} passed`);
    tally.expect({ 'too-fast': tooFast });
    await assertHarmless('active');

    for (let count = 0; count < TEXT_FLOOD; count++) stream.control.send('no JSON');
    assert.equal(await stream.control.closed, '4002 too many messages');
    tally.expect({ 'invalid-signal': TEXT_FLOOD });
    await eventually('the pause', async () => (await readSession()).state === 'paused');
    await eventually('the banner', async () => /· paused: other side away$/.test((await desktop.banner()) ?? ''));
    await assertHarmless('paused');
  });

  /** What has been told of one reason, once there has been a report after all that was sent. */
  async function reportOf(reason: string): Promise<number> {
    const before = stream.control.refusals().get('invalid-signal') ?? 0;
    stream.control.send('no JSON');
    tally.expect({ 'invalid-signal': 1 });
    await eventually('a report', () => (stream.control.refusals().get('invalid-signal') ?? 0) > before);
    return stream.control.refusals().get(reason) ?? 0;
  }

  test('gets no frame and moves nothing while it is paused: the sharer alone lets it go on', async () => {
    const old = await stream.seal('input', { type: 'pointer/move', x: 1, y: 1 }, view);
    const oldQuestion = {
      type: 'ask',
      id: 'f'.repeat(16),
      capability: 'input',
      reach: 'all',
      reason: 'Again',
    } as const;
    const oldAsk = await stream.seal('control', oldQuestion, view);
    stream = await join();
    await stream.agree();
    await consentPage.locator('#resume').waitFor();
    const again = [old, oldAsk].map((bytes) => ({ kind: 'control', bytes, reason: 'not-active' }) as const);
    await attack([...whileNotActive(agentChunks({ sender: stream.sender, view: 1n })), ...again]);
    for (let count = 0; count < FLOOD; count++) stream.control.send(old);
    tally.expect({ 'not-active': FLOOD });
    await stream.control.flush();
    await reportOf('too-fast');
    assert.equal(stream.reached, 0);
    await assertHarmless('paused');
  });

  test('who answers a second time has ended it, and has no way back', async () => {
    stream.sendAnswer();
    assert.equal(await stream.control.closed, '4000 session ended');
    assert.equal((await readSession()).endReason, 'protocol-violation');
    await ways.assertNoTicket(agent, id);
    await ways.assertNoWayIn(agent, id);
    await ways.assertOwnSideOnly(agent, id, bystander.id);
    assert.equal(stream.reached, 0);
    await assertHarmless('ended');
    await dismiss(helper, consentPage);
    assert.equal(await helper.exited, 0, helper.output());
  });

  test('finds every refusal in the audit chain, by its reason, under their own name', async () => {
    const of = { sessionId: id, actorId: agent.personId };
    await tally.assertAudited(() => auditedRefusals(office.admin, of), ['invalid-signal', 'not-active', 'too-fast']);
    assert.doesNotMatch(product.output(), /room-failed|socket\/failed|http\/failed|job\/failed|tick-failed/);
    // The recorder was not deaf.
    await xtest.proveHearing();
  });
});

/** Where buttons of the consent window are on the display. */
async function placesOf(consentPage: Page, ids: readonly string[]): Promise<{ x: number; y: number }[]> {
  return consentPage.evaluate(
    (wanted) =>
      wanted.map((id) => {
        const box = document.getElementById(id)?.getBoundingClientRect();
        if (box === undefined) throw new Error(`no #${id}`);
        const [left, top] = [screenX + (outerWidth - innerWidth) / 2, screenY + (outerHeight - innerHeight)];
        return { x: Math.round(left + box.x + box.width / 2), y: Math.round(top + box.y + box.height / 2) };
      }),
    ids,
  );
}

function clickAt(at: { x: number; y: number }): InputMessage[] {
  const button = { type: 'pointer/button', ...at, button: 0 } as const;
  return [
    { type: 'pointer/move', ...at },
    { ...button, isDown: true },
    { ...button, isDown: false },
  ];
}

const pressOf = (code: string): InputMessage[] => [true, false].map((isDown) => ({ type: 'key', code, isDown }));
