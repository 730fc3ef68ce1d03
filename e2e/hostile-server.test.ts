/**
 * A server in other hands, and an agent who is one of them: with its keys, on its connections and in its name they say to the
 * real helper on a real desktop whatever might widen what the sharer allowed. The device refuses all of it by itself.
 */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import { grantStatement, signGrant, type SignedGrant } from '../protocol/grant.ts';
import type { HandshakeAnswer } from '../protocol/handshake.ts';
import type { DeviceToRelay } from '../protocol/relay.ts';
import type { InputMessage } from '../protocol/stream.ts';
import { Desktop } from './desktop.ts';
import { heldInput } from './held-input.ts';
import { AgentPeer, newRsaKeys, type AgentStream } from './hostile/agent.peer.ts';
import { Tampering } from './hostile/tampering.ts';
import { XtestRecorder } from './hostile/xtest.recorder.ts';
import { AGENT } from './people.ts';
import { eventually, type Running } from './processes.ts';
import { focused, openTerminal, windowOf } from './secrets-desk.ts';
import { addPerson, answerQuestion, dismiss, invite, openOffice, startHelper, type Office } from './session.ts';

const QUESTION = 'Which of these did they read out?';
const OTHER_AGENT = { ...AGENT, name: 'Noor Bakker', employeeNumber: 'E77', department: 'Night desk' };
/** Longer than a device takes for a picture. */
const A_WHILE_MS = 1500;
/** Beside the consent window. */
const POINT = { x: 900, y: 600 };
const INPUTS: readonly InputMessage[] = [
  { type: 'pointer/move', ...POINT },
  { type: 'pointer/button', ...POINT, button: 0, isDown: true },
  { type: 'key', code: 'KeyJ', isDown: true },
  { type: 'text', text: 'rm -rf ~\n' },
];
/** What any server could say of a session, more than there is to know of it included. */
const ACTIVE = {
  type: 'session',
  state: 'active',
  grantedMode: 'control',
  pauseReason: null,
  deadlineAt: null,
  endReason: null,
  policy: { capabilities: ['view', 'input', 'files'], limitedOnly: [], masks: [] },
};
/** The most that there could be, and more. */
const WIDER = {
  policy: {
    capabilities: ['view', 'input', 'files', 'elevated', 'clipboard', 'everything'],
    limitedOnly: [],
    masks: [],
  },
  requestedMode: 'control',
};

type PeerWord = Extract<DeviceToRelay, { type: 'peer' }>;
type GrantWord = Extract<DeviceToRelay, { type: 'grant' }>;

describe('a hostile server', { timeout: 300_000 }, () => {
  let server: Tampering;
  let desktop: Desktop;
  let office: Office;
  /** Of the same person, with another key and certificate. */
  let former: AgentPeer;
  let agent: AgentPeer;
  let other: AgentPeer;
  let xtest: XtestRecorder;
  let helper: Running;
  let consentPage: Page;
  let id: string;
  let stream: AgentStream;
  let view: bigint;
  let input: bigint;
  let oldGrant: SignedGrant;

  before(async () => {
    [server, desktop] = await Promise.all([Tampering.start(), Desktop.open()]);
    office = await openOffice(server.product);
    await (await addPerson(server.product, office.admin, { ...OTHER_AGENT, role: 'agent' })).close();
    former = await AgentPeer.signIn(server.product, AGENT);
    agent = await AgentPeer.signIn(server.product, AGENT);
    other = await AgentPeer.signIn(server.product, OTHER_AGENT);
    xtest = await XtestRecorder.start(desktop);
    openTerminal(desktop, { title: 'work', at: '60x16+700+450' });
    await windowOf(desktop, 'work');
  });
  after(async () => {
    // First what would keep this process alive, should something else have failed.
    await Promise.all([desktop.close(), server.stop()]);
    for (const { http } of [former, agent, other]) await http.close();
    await office.close();
  });
  beforeEach(() => xtest.forget());

  async function startNextHelper(token: string): Promise<void> {
    await desktop.expectNextWindow();
    server.forget();
    helper = startHelper(office, desktop, token);
  }

  /** From the invitation to the question in the consent window. */
  async function ask(): Promise<string> {
    const invited = await invite(office, agent.http, { symptom: `The printer prints blank pages, ${Date.now()}` });
    id = invited.id;
    stream = await agent.join(id);
    await startNextHelper(invited.token);
    // From then on it is a matter of a moment.
    consentPage = await desktop.consentPage().catch((cause: unknown) => {
      throw new Error(helper.output(), { cause });
    });
    const code = await stream.agree();
    await consentPage.getByText(QUESTION).waitFor();
    return code;
  }

  /** A session in which the sharer lets the agent look. */
  async function share(): Promise<void> {
    const code = await ask();
    await answerToLook(code);
  }

  async function answerToLook(code: string): Promise<void> {
    await answerQuestion(consentPage, code, 'view');
    await stream.takeKeys();
    view = await tagOf('view');
  }

  async function tagOf(capability: string): Promise<bigint> {
    return eventually(`the right ${capability}`, async () => {
      const told = (await stream.told()).findLast((message) => message.type === 'grants');
      const right = told?.rights.find((each) => each.capability === capability);
      return right !== undefined && BigInt(`0x${right.tag}`);
    });
  }

  /** What the agent seals, past the relay, in the name of each of these grants. */
  async function operate(...grants: readonly bigint[]): Promise<void> {
    for (const grant of grants)
      for (const message of INPUTS) await server.passOn(await stream.seal('input', message, grant));
  }

  /** From here on the device sends nothing, although the screen changes, and nothing from afar has been felt. */
  async function assertNothing(): Promise<void> {
    // What is under way.
    await sleep(300);
    const before = server.frames;
    for (const colour of ['#336699', '#993366']) await desktop.query('xsetroot', ['-solid', colour]);
    await sleep(A_WHILE_MS);
    assert.equal(server.frames - before, 0);
    assert.deepEqual(xtest.events(), []);
  }

  /** The device has judged what the agent sent last, and told why it did nothing. */
  async function assertRefused(): Promise<void> {
    const before = (await stream.told()).filter(isRefusal).length;
    await eventually('the refusal', async () => {
      // It is not told of each.
      await operate(view);
      return (await stream.told()).filter(isRefusal).length > before;
    });
    await sleep(300);
    assert.deepEqual(xtest.events(), []);
  }
  const isRefusal = (message: { type: string; reason?: string }): boolean =>
    message.type === 'input-refused' && message.reason === 'not-granted';

  /** Says that somebody has joined, who answers what the device then says. Returns the answer. */
  async function introduce(
    who: AgentPeer,
    sender: number,
    { nonce = 'n'.repeat(22), replayed }: { nonce?: string; replayed?: HandshakeAnswer } = {},
  ): Promise<HandshakeAnswer> {
    await server.say({ type: 'agent/joined', sender, serialNumber: who.identity.serialNumber, nonce });
    const { body } = await server.hears(
      'a commitment',
      (word): word is PeerWord => word.type === 'peer' && word.sender === sender,
    );
    assert.ok(body.type === 'handshake/commit');
    const answer = replayed ?? (await who.handshake(id, nonce).answer(body));
    await server.say({ type: 'peer', sender, body: answer });
    return answer;
  }

  async function assertEndedAs(reason: string): Promise<void> {
    await server
      .hears('the end', (word): word is DeviceToRelay => word.type === 'end' && word.reason === reason)
      .catch((cause: unknown) => {
        throw new Error(helper.output(), { cause });
      });
    await dismiss(helper, consentPage);
    assert.equal(await helper.exited, 0, helper.output());
  }

  const CONDITIONS: Record<string, Record<string, unknown>> = {
    'a condition that this version does not know': { policy: { mayRecord: true } },
    'a time limit beyond any that there can be': { sessionLimitS: 10 * 365 * 86_400 },
    'no time limit to speak of for a sharer who is away': { policy: { idleLimitS: 86_400 } },
  };
  for (const [what, changes] of Object.entries(CONDITIONS)) {
    test(`that enrols a device with ${what} has enrolled none`, async () => {
      await server.answerEnrolmentsWith(changes);
      const invited = await invite(office, agent.http, { symptom: what });
      await startNextHelper(invited.token);
      await eventually('the refusal', () => helper.output().includes('helper.failed code="server-error"'));
      await helper.stop();
      const session = await office.employee.get<{ state: string; grantedMode: unknown }>(`/api/sessions/${invited.id}`);
      assert.deepEqual([session.state, session.grantedMode, server.frames], ['connecting', null, 0]);
      await agent.http.post(`/api/sessions/${invited.id}/end`);
    });
  }

  test('gets nothing by saying that the session is active before the sharer has said so', async () => {
    await server.answerEnrolmentsWith(WIDER);
    const code = await ask();
    for (const word of [ACTIVE, { type: 'key-needed' }, ACTIVE]) await server.say(word);
    await assertNothing();
    assert.ok(await consentPage.getByText(QUESTION).isVisible());
    assert.equal(await desktop.banner(), undefined);
    await answerToLook(code);
  });

  test('widens nothing with a policy that allows everything: what is hidden by rule stays so, and what nobody knows is no right', async () => {
    openTerminal(desktop, { title: 'vault', at: '36x8+800+80', executable: 'keepassxc' });
    await eventually('the cover', async () =>
      (await stream.told()).some(
        (message) => message.type === 'scene' && message.hidden.some(({ why }) => why === 'application'),
      ),
    );
    const askable = (await stream.told()).findLast((message) => message.type === 'grants')?.askable ?? [];
    assert.deepEqual(new Set(askable.map(({ capability }) => capability)), new Set(['view', 'input', 'files']));
  });

  test('gives no right that the sharer has not given: not by a grant that is forged, nor by calling it granted', async () => {
    const { grant } = await server.hears('the grant of view', (word): word is GrantWord => word.type === 'grant');
    const statement = grantStatement.parse(JSON.parse(grant.statement));
    const forged = { ...statement, id: 'f'.repeat(32), capability: 'input' as const };
    const stranger = (await newRsaKeys()).privateKey;
    for (const signed of [await signGrant(forged, stranger), { ...grant, statement: JSON.stringify(forged) }])
      await server.say({ type: 'grant', grant: signed });
    await server.say(ACTIVE);
    await operate(0xffff_ffff_ffff_ffffn, view, 0n);
    await assertRefused();
  });

  test('brings no right back that the sharer took back: neither by its grant nor by frames of its time', async () => {
    await consentPage.locator('#more').click();
    await consentPage.locator('#offer-input').click();
    await consentPage.getByRole('radio', { name: 'The whole screen' }).check({ force: true });
    await consentPage.getByRole('button', { name: /^Let .* use the mouse and keyboard$/ }).click();
    input = await tagOf('input');
    const isOfInput = (word: DeviceToRelay): word is GrantWord =>
      word.type === 'grant' && word.grant.statement.includes('"input"');
    oldGrant = (await server.hears('the grant of input', isOfInput)).grant;
    const recorded = await Promise.all(INPUTS.map((message) => stream.seal('input', message, input)));
    const [move, press, ...typed] = recorded;
    for (const chunk of [move, press]) if (chunk !== undefined) stream.control.send(chunk);
    // The window manager gives the keyboard to what was clicked in its own time.
    await eventually('the focus', async () => (await focused(desktop)) === 'work');
    for (const chunk of typed) stream.control.send(chunk);
    await eventually('the hand of the agent', () => xtest.events().some((event) => event.includes('KeyPress')));

    await consentPage.locator('#take-back-input').click();
    await server.hears('the taking back', (word): word is DeviceToRelay => word.type === 'revoke');
    await eventually('the letting go', async () => (await heldInput(desktop)).length === 0);
    await xtest.proveHearing();
    await server.say({ type: 'grant', grant: oldGrant });
    await server.say(ACTIVE);
    for (const chunk of recorded) await server.passOn(chunk);
    await operate(input);
    await assertRefused();
    await eventually('the replay', () => helper.output().includes('frame.refused reason="replayed"'));
  });

  test('does not wake a session that the sharer has paused; with them it goes on', async () => {
    const old = await stream.seal('input', { type: 'pointer/move', ...POINT }, input);
    await consentPage.locator('#pause').click();
    await server.hears('the pause', (word): word is DeviceToRelay => word.type === 'pause');
    await server.withhold('session');
    for (const word of [ACTIVE, { type: 'grant', grant: oldGrant }, { type: 'key-needed' }, ACTIVE])
      await server.say(word);
    await server.passOn(old);
    await operate(view, input);
    await assertNothing();
    assert.match((await desktop.banner()) ?? '', /paused by you$/);

    await server.withhold();
    const { frames } = server;
    await consentPage.locator('#resume').click();
    await eventually('a picture', () => server.frames > frames);
  });

  test('puts no other agent of the organisation in the place of the one who was invited', async () => {
    await introduce(other, 7);
    await assertNothing();
    await assertEndedAs('protocol-violation');
    assert.match(helper.output(), /agent\.not-proven/);
  });

  test('that makes itself a certificate in the agent’s name is asked for the match code again, and gets nothing without it', async () => {
    await share();
    await introduce(former, 7);
    await consentPage.getByText(QUESTION).waitFor();
    await server.say(ACTIVE);
    await operate(view);
    await assertNothing();
    await consentPage.getByText('None of these').click();
    await consentPage.locator('#stop-here').click();
    await assertEndedAs('match-code-mismatch');
  });

  test('lets the invited agent’s own key come back, and gets nothing by it without the sharer; played again, it ends the session', async () => {
    await share();
    const answer = await introduce(agent, 8);
    await consentPage.locator('#resume').waitFor();
    await server.say(ACTIVE);
    await assertNothing();
    await introduce(agent, 9, { replayed: answer });
    await assertNothing();
    await assertEndedAs('protocol-violation');
  });
});
