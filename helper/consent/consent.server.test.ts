import assert from 'node:assert/strict';
import { CAPABILITY_NAMES, allowedReaches } from '../../protocol/capabilities.ts';
import { request } from 'node:http';
import { afterEach, beforeEach, describe, test } from 'node:test';
import fc from 'fast-check';
import { startConsentServer, type ConsentServer } from './consent.server.ts';
import { MAX_AREAS } from '../../protocol/scope.ts';
import {
  ANSWER_AFTER_MS,
  consentAction,
  type ConsentAction,
  type ConsentRight,
  type ConsentView,
} from './consent.views.ts';
import { REACT_AFTER_MS } from './page/question.ts';

const CARD = {
  name: 'Li Wei',
  employeeNumber: 'E1024',
  department: 'IT',
  photo: null,
  isVerified: true,
  organisation: 'Northport',
} as const;
const NOW = 1_000_000;
const SCREEN = { id: 's0', name: 'Screen 1', width: 1920, height: 1080, thumbnail: null };
const WINDOWS = [
  {
    id: 'w1',
    application: 'Mail',
    executable: '/usr/bin/mail',
    title: 'Inbox',
    screenId: 's0',
    bounds: { x: 0, y: 0, width: 800, height: 600 },
    thumbnail: null,
    rule: null,
  },
];
const ASK: Extract<ConsentView, { step: 'ask' }> = {
  step: 'ask',
  card: CARD,
  reason: 'Mail does not open',
  requestedMode: 'control',
  modes: ['view'],
  allowed: allowedReaches({ capabilities: CAPABILITY_NAMES, limitedOnly: [] }),
  codes: ['111 1111', '222 2222', '333 3333'],
  screens: [SCREEN],
  windows: WINDOWS,
  canFindPasswords: true,
  hideHotkeyLabel: 'y',
  recordingNote: 'not-recorded',
};
const START = {
  type: 'start',
  code: '222 2222',
  mode: 'view',
  screenId: 's0',
  see: 'all',
  operate: [],
  hide: [],
  hideAreas: [],
} as const;
const AREA = { x: 10, y: 20, width: 300, height: 200 };
const LIVE: Extract<ConsentView, { step: 'live' }> = {
  step: 'live',
  card: CARD,
  mode: 'view',
  modes: ['view'],
  allowed: [],
  elevation: 'possible',
  rights: [],
  givenBack: [],
  startedAt: 0,
  endsAt: 7_200_000,
  warning: null,
  isAgentConnected: true,
  isHidden: false,
  masks: [],
  ownMasks: [{ id: 'm1', label: 'an area' }],
  screen: SCREEN,
  windows: WINDOWS,
  hotkeyLabel: 'x',
  hideHotkeyLabel: 'y',
  recordingNote: 'recorded',
};
const QUESTION: Extract<ConsentView, { step: 'question' }> = {
  step: 'question',
  card: CARD,
  question: { id: 'q1', capability: 'input', reach: 'limited', reason: 'to click', shownAt: NOW },
  screen: SCREEN,
  windows: WINDOWS,
  elevation: 'possible',
};
const MAIL = { kind: 'application', executable: '/usr/bin/mail' } as const;
const ANSWER = { type: 'answer', id: 'q1', answer: 'task', scope: [MAIL] } as const;
const RECTANGLE = { x: 0, y: 0, width: 10, height: 10 };
/** What may be done at any time, and repeatedly. */
const NARROWING = [
  { type: 'stop' },
  { type: 'pause' },
  { type: 'take-back', capability: 'input' },
  { type: 'hide-now', isHidden: true },
  { type: 'mask-window', windowId: 'w1' },
  { type: 'mask-rectangle', rectangle: RECTANGLE },
];

interface Sent {
  method?: string;
  path: string;
  headers?: Record<string, string | undefined>;
  body?: string;
}

describe('the server of the consent window', { timeout: 30_000 }, () => {
  let server: ConsentServer;
  let actions: ConsentAction[];
  let events: string[];
  let host: string;
  let code: string;
  let now: number;

  beforeEach(async () => {
    let made = 0;
    now = NOW;
    actions = [];
    events = [];
    server = await startConsentServer({
      language: 'zh-CN',
      page: { '/': { contentType: 'text/html', body: '<p>page</p>' } },
      now: () => now,
      secret: () => `secret-${made++}`,
      onAction: (action) => actions.push(action),
      onPageOpen: () => events.push('open'),
      onPageGone: () => events.push('gone'),
      onBreach: () => events.push('breach'),
      onError: (error) => events.push(String(error)),
    });
    const address = new URL(server.address);
    host = address.host;
    code = address.hash.slice(1);
  });

  afterEach(() => server.close());

  function send({ method = 'POST', path, headers = {}, body }: Sent): Promise<{ status: number; body: string }> {
    const all = { host, origin: `http://${host}`, 'content-type': 'application/json', ...headers };
    const given = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
    return new Promise((resolve, reject) => {
      const sent = request({ host: '127.0.0.1', port: Number(host.split(':')[1]), method, path, headers: given });
      sent.on('error', reject);
      sent.on('response', (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (part: string) => (text += part));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body: text }));
      });
      sent.end(body);
    });
  }

  async function redeem(): Promise<{ authorization: string }> {
    const answer = await send({ path: '/redeem', body: JSON.stringify({ code }) });
    assert.equal(answer.status, 200);
    const { token } = JSON.parse(answer.body) as { token: string };
    return { authorization: `Bearer ${token}` };
  }

  const act = (action: unknown, headers: Record<string, string>): Promise<{ status: number }> =>
    send({ path: '/action', headers, body: JSON.stringify(action) });

  test('the page is given only to the exact host name it is served under', async () => {
    assert.equal((await send({ method: 'GET', path: '/', headers: { origin: undefined } })).status, 200);
    for (const wrong of ['localhost:1', `localhost:${host.split(':')[1]}`, '127.0.0.1', `evil.example`, `${host}.`])
      assert.equal((await send({ method: 'GET', path: '/', headers: { host: wrong } })).status, 403, wrong);
  });

  test('a foreign, absent or null origin is refused on every path that answers something', async () => {
    const headers = await redeem();
    for (const origin of ['http://evil.example', 'null', undefined, `https://${host}`, `http://${host}/`])
      for (const path of ['/redeem', '/views', '/action'])
        assert.equal((await send({ path, headers: { ...headers, origin }, body: '{}' })).status, 403, path);
    assert.deepEqual(events, []);
    assert.deepEqual(actions, []);
  });

  test('no path but those of the page exists', async () => {
    const paths = ['/main.ts', '//', '/..', '/%2e%2e/', '/?a', '/redeem', '/constructor', '/__proto__', ''];
    for (const path of paths) {
      const { status } = await send({ method: 'GET', path: path || '*' });
      assert.ok([404, 400].includes(status), `${path} ${status}`);
    }
    assert.equal((await send({ method: 'DELETE', path: '/' })).status, 404);
    assert.equal((await send({ path: '/other', body: '{}' })).status, 404);
  });

  test('a form post cannot speak for the page', async () => {
    const headers = { ...(await redeem()), 'content-type': 'text/plain' };
    assert.equal((await act({ type: 'decline' }, headers)).status, 403);
  });

  test('the code is redeemed once; a second time ends the window and takes the token back', async () => {
    const headers = await redeem();
    assert.equal((await send({ path: '/redeem', body: JSON.stringify({ code }) })).status, 403);
    assert.deepEqual(events, ['breach']);
    assert.equal((await act({ type: 'decline' }, headers)).status, 403);
    assert.deepEqual(actions, []);
  });

  test('a wrong code gives nothing and does not spoil the right one', async () => {
    for (const wrong of ['', 'secret-1', `${code} `, code.toUpperCase()])
      assert.equal((await send({ path: '/redeem', body: JSON.stringify({ code: wrong }) })).status, 403);
    await redeem();
    assert.deepEqual(events, []);
  });

  test('without the token nothing is shown and nothing is taken', async () => {
    await redeem();
    server.show(ASK);
    for (const authorization of ['', 'Bearer ', 'Bearer wrong', `bearer secret-1`, `Bearer ${code}`]) {
      assert.equal((await send({ path: '/views', headers: { authorization }, body: '{}' })).status, 403);
      assert.equal((await act(START, { authorization })).status, 403);
    }
    assert.deepEqual(actions, []);
  });

  test('only an answer that was on display is taken, and one a question', async () => {
    const headers = await redeem();
    assert.equal((await act(START, headers)).status, 409, 'nothing was asked yet');
    server.show(ASK);
    for (const wrong of [{ code: '444 4444' }, { mode: 'control' }, { screenId: 's1' }])
      assert.equal((await act({ ...START, ...wrong }, headers)).status, 409, JSON.stringify(wrong));
    assert.equal((await act({ type: 'stop' }, headers)).status, 409);
    assert.equal((await act(START, headers)).status, 204);
    assert.equal((await act(START, headers)).status, 409, 'a second time');
    server.show({ ...ASK, reason: 'the same question with fresh thumbnails' });
    assert.equal((await act({ type: 'decline' }, headers)).status, 409, 'still answered');
    assert.deepEqual(actions, [START]);
  });

  test('a choice is taken only as the question offered it', async () => {
    const headers = await redeem();
    server.show({ ...ASK, modes: ['view', 'limited', 'control'] });
    const other = { kind: 'application', executable: '/usr/bin/other' };
    const windows = [{ kind: 'window', windowId: 'w1' }];
    for (const [wrong, why] of [
      [{ see: [other] }, 'a program that was not on the list'],
      [{ mode: 'limited', operate: [MAIL, other] }, 'to be used'],
      [{ see: [] }, 'nothing at all'],
      [{ mode: 'limited', operate: [] }, 'nothing to use'],
      [{ mode: 'limited', operate: 'all' }, 'limited to everything'],
      [{ mode: 'control', see: windows, operate: 'all' }, 'control of a part'],
      [{ mode: 'control', operate: windows }, 'control of a part'],
    ] as const)
      assert.equal((await act({ ...START, ...wrong }, headers)).status, 409, why);
    const chosen = { ...START, mode: 'limited', see: [MAIL], operate: windows, hide: ['w9'], hideAreas: [AREA] };
    assert.equal((await act(chosen, headers)).status, 204);
    assert.deepEqual(actions, [chosen]);
  });

  test('the whole screen is not taken where policy has room for a part only, at Start or later', async () => {
    const headers = await redeem();
    const allowed = ASK.allowed.filter(({ reach }) => reach === 'limited');
    const windows = [{ kind: 'window', windowId: 'w1' }];
    server.show({ ...ASK, allowed });
    assert.equal((await act({ ...START, see: 'all' }, headers)).status, 409);
    assert.equal((await act({ ...START, see: windows }, headers)).status, 204);
    server.show({ ...LIVE, allowed });
    const allow = (scope: unknown): Promise<{ status: number }> =>
      act({ type: 'allow', capability: 'view', scope }, headers);
    assert.equal((await allow('all')).status, 409);
    assert.equal((await allow(windows)).status, 204);
  });

  test('what narrows is taken at any time and repeatedly, also while a question is open', async () => {
    const headers = await redeem();
    for (const view of [LIVE, QUESTION]) {
      server.show(view);
      for (const action of [...NARROWING, ...NARROWING])
        assert.equal((await act(action, headers)).status, 204, `${view.step} ${action.type}`);
    }
    assert.deepEqual(actions, [...NARROWING, ...NARROWING, ...NARROWING, ...NARROWING]);
    now += ANSWER_AFTER_MS;
    assert.equal((await act(ANSWER, headers)).status, 204, 'and the question is still there to be answered');
    assert.equal((await act({ type: 'stop' }, headers)).status, 204);
  });

  test('more is allowed only where policy has room, and once for each view', async () => {
    const headers = await redeem();
    const allow = (scope: unknown, capability = 'input'): Promise<{ status: number }> =>
      act({ type: 'allow', capability, scope }, headers);
    server.show(LIVE);
    assert.equal((await allow('all')).status, 409);
    assert.equal((await allow([MAIL])).status, 409);
    server.show({ ...LIVE, modes: ['view', 'limited'] });
    assert.equal((await allow('all')).status, 409, 'limited only');
    assert.equal((await allow([])).status, 409, 'nothing');
    assert.equal((await allow([{ ...MAIL, executable: '/usr/bin/other' }])).status, 409, 'not on the list');
    assert.equal((await allow('all', 'files')).status, 409, 'files are not mentioned');
    assert.equal((await allow([MAIL])).status, 204);
    assert.equal((await allow([MAIL])).status, 409, 'a second time');
    server.show({ ...LIVE, modes: ['view', 'limited', 'control'], allowed: ASK.allowed });
    assert.equal((await allow('all')).status, 204);
    server.show({ ...LIVE, allowed: ASK.allowed });
    assert.equal((await allow('all', 'files')).status, 204);
    server.show(LIVE);
    assert.equal((await act({ type: 'unmask', id: 'm2' }, headers)).status, 409, 'not on display');
    assert.equal((await act({ type: 'unmask', id: 'm1' }, headers)).status, 204);
    server.show(LIVE);
    assert.equal((await act({ type: 'hide-now', isHidden: false }, headers)).status, 204);
    assert.equal(actions.length, 5);
  });

  test('administrator rights are allowed only beside the whole screen, where they are to be had, and never for one task', async () => {
    const headers = await redeem();
    const allow = (): Promise<{ status: number }> =>
      act({ type: 'allow', capability: 'elevated', scope: 'all' }, headers);
    const reaching = (capability: 'view' | 'input', reach: 'all' | 'limited'): ConsentRight => ({
      capability,
      scope: { reach, windows: [], applications: [], rectangles: 0 },
      purpose: 'session',
      notAfter: NOW,
    });
    const forOneTask = [reaching('view', 'all'), { ...reaching('input', 'all'), purpose: 'task' as const }];
    const view = { ...LIVE, allowed: ASK.allowed, modes: ['view', 'limited', 'control'] } as const;
    const whole = [reaching('view', 'all'), reaching('input', 'all')];
    const nowhere = ASK.allowed.filter(({ capability }) => capability !== 'elevated');
    for (const change of [
      { rights: [] },
      { rights: [reaching('view', 'all')] },
      { rights: [reaching('view', 'all'), reaching('input', 'limited')] },
      { rights: [reaching('view', 'limited'), reaching('input', 'all')] },
      { rights: whole, allowed: nowhere },
      { rights: forOneTask },
    ]) {
      server.show({ ...view, ...change });
      assert.equal((await allow()).status, 409);
    }
    for (const change of [{ rights: whole }, { rights: forOneTask, elevation: 'elevated' } as const]) {
      server.show({ ...view, ...change });
      assert.equal((await allow()).status, 204);
    }
    server.show({ ...QUESTION, question: { ...QUESTION.question, capability: 'elevated', reach: 'all' } });
    now += ANSWER_AFTER_MS;
    assert.equal((await act({ ...ANSWER, scope: 'all' }, headers)).status, 409);
    assert.equal((await act({ ...ANSWER, scope: 'all', answer: 'session' }, headers)).status, 204);
  });

  test('an answer in the first half second is refused and does not use up the question', async () => {
    const headers = await redeem();
    server.show(QUESTION);
    const no = { ...ANSWER, answer: 'decline', scope: [] };
    for (const early of [0, 1, ANSWER_AFTER_MS - 1]) {
      now = NOW + early;
      assert.equal((await act(ANSWER, headers)).status, 409, `${early} ms`);
      assert.equal((await act(no, headers)).status, 409, `${early} ms, no`);
    }
    now = NOW + ANSWER_AFTER_MS;
    assert.equal((await act(ANSWER, headers)).status, 204);
    assert.equal((await act(no, headers)).status, 409, 'answered');
    server.show({ ...QUESTION, windows: [] });
    assert.equal((await act(no, headers)).status, 409, 'fresh thumbnails do not ask again');
    server.show({ ...QUESTION, question: { ...QUESTION.question, id: 'q2' } });
    assert.equal((await act({ ...no, id: 'q2' }, headers)).status, 204, 'another question does');
    assert.deepEqual(
      actions.map((action) => action.type === 'answer' && action.answer),
      ['task', 'decline'],
    );
  });

  test('the page waits at least as long as its server does', () => {
    assert.ok(REACT_AFTER_MS >= ANSWER_AFTER_MS);
  });

  test('an answer is to the question on display and never gives more than was asked', async () => {
    const headers = await redeem();
    server.show(QUESTION);
    now += ANSWER_AFTER_MS;
    for (const [wrong, why] of [
      [{ id: 'q0' }, 'another question'],
      [{ scope: 'all' }, 'everything instead of a part'],
      [{ scope: [] }, 'nothing'],
      [{ scope: [{ ...MAIL, executable: '/usr/bin/other' }] }, 'not on the list'],
    ] as const)
      assert.equal((await act({ ...ANSWER, ...wrong }, headers)).status, 409, why);
    assert.equal((await act({ type: 'hide-now', isHidden: false }, headers)).status, 409, 'showing again waits');
    assert.equal((await act({ type: 'allow', capability: 'input', scope: 'all' }, headers)).status, 409);
    assert.equal((await act({ ...ANSWER, answer: 'session' }, headers)).status, 204);
  });

  test('going on after a pause is taken while it is offered, and again when it is offered again', async () => {
    const headers = await redeem();
    const all = { reach: 'all', windows: [], applications: [], rectangles: 0 } as const;
    const paused = {
      step: 'paused',
      reason: 'network',
      card: CARD,
      deadlineAt: null,
      endsAt: null,
      restart: null,
      resume: null,
    } as const;
    const offered = {
      ...paused,
      resume: { mode: 'view', scope: { see: all, operate: null }, isElevated: false },
    } as const;
    const goOn = { type: 'resume', mode: 'same' };
    server.show(paused);
    assert.equal((await act(goOn, headers)).status, 409);
    server.show(offered);
    assert.equal((await act(goOn, headers)).status, 204);
    server.show({ ...offered, deadlineAt: 1 });
    assert.equal((await act(goOn, headers)).status, 409, 'answered');
    server.show(paused);
    server.show(offered);
    assert.equal((await act(goOn, headers)).status, 204, 'the network went and came once more');
  });

  test('anything but the exact shape of an answer is refused', async () => {
    const headers = await redeem();
    server.show(ASK);
    const area = (change: object): object => ({ ...START, see: [{ kind: 'rectangle', ...RECTANGLE, ...change }] });
    const malformed = [
      { ...START, also: 1 },
      { type: 'grant' },
      [],
      'start',
      null,
      { ...START, mode: 'everything' },
      { ...START, see: 'some' },
      { ...START, see: Array.from({ length: MAX_AREAS + 1 }, () => MAIL) },
      { ...START, see: [{ ...MAIL, also: 1 }] },
      { ...START, hide: Array.from({ length: MAX_AREAS + 1 }, () => 'w1') },
      area({ x: -1 }),
      area({ x: 0.5 }),
      area({ width: 0 }),
      area({ height: 32_768 }),
      { type: 'mask-rectangle', rectangle: { ...RECTANGLE, also: 1 } },
      { type: 'mode', mode: 'view' },
    ];
    for (const body of malformed) assert.equal((await act(body, headers)).status, 400, JSON.stringify(body));
    assert.equal((await send({ path: '/action', headers, body: '{' })).status, 400);
    const executable = `/${'x'.repeat(4000)}`;
    const long = { ...START, see: Array.from({ length: 15 }, () => ({ kind: 'application', executable })) };
    assert.equal((await act(long, headers)).status, 409, 'understood, though it was not on offer');
    const large = { ...START, code: '1'.repeat(65 * 1024) };
    assert.equal((await act(large, headers)).status, 413);
    fc.assert(fc.property(fc.anything(), (value) => !consentAction.safeParse(value).success));
    assert.deepEqual(actions, []);
  });

  test('the page sees the present view at once and every later one, and its going away is noticed', async () => {
    const headers = { host, origin: `http://${host}`, 'content-type': 'application/json', ...(await redeem()) };
    server.show(ASK);
    const lines = await new Promise<string[]>((resolve, reject) => {
      const sent = request({
        host: '127.0.0.1',
        port: Number(host.split(':')[1]),
        method: 'POST',
        path: '/views',
        headers,
      });
      sent.on('error', reject);
      sent.on('response', (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (part: string) => {
          text += part;
          const seen = text.split('\n').slice(0, -1);
          if (seen.length === 1) server.show({ step: 'ended', reason: 'time-limit' });
          if (seen.length === 2) {
            response.destroy();
            resolve(seen);
          }
        });
      });
      sent.end('{}');
    });
    assert.deepEqual(
      lines.map((line) => (JSON.parse(line) as ConsentView).step),
      ['ask', 'ended'],
    );
    assert.equal((await send({ path: '/views', headers, body: '{}' })).status, 403, 'one page only');
    assert.deepEqual(events, ['open', 'gone']);
  });

  test('the page may load nothing from elsewhere and cannot be framed', async () => {
    const answer = await fetch(`http://${host}/`);
    const policy = answer.headers.get('content-security-policy') ?? '';
    for (const rule of ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "form-action 'none'"])
      assert.ok(policy.includes(rule), rule);
    assert.ok(!policy.includes('unsafe'));
    assert.equal(answer.headers.get('set-cookie'), null);
    assert.equal(answer.headers.get('cache-control'), 'no-store');
  });
});
