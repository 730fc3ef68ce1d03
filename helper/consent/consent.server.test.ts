import assert from 'node:assert/strict';
import { request } from 'node:http';
import { afterEach, beforeEach, describe, test } from 'node:test';
import fc from 'fast-check';
import { startConsentServer, type ConsentServer } from './consent.server.ts';
import { consentAction, type ConsentAction, type ConsentView } from './consent.views.ts';

const CARD = {
  name: 'Li Wei',
  employeeNumber: 'E1024',
  department: 'IT',
  photo: null,
  isVerified: true,
  organisation: 'Northport',
} as const;
const ASK: ConsentView = {
  step: 'ask',
  card: CARD,
  reason: 'Mail does not open',
  requestedMode: 'control',
  modes: ['view'],
  codes: ['111 1111', '222 2222', '333 3333'],
  screens: [{ id: 's0', name: 'Screen 1', width: 1920, height: 1080, thumbnail: null }],
  recordingNote: 'not-recorded',
};
const START = { type: 'start', code: '222 2222', mode: 'view', screenId: 's0' } as const;

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

  beforeEach(async () => {
    let made = 0;
    actions = [];
    events = [];
    server = await startConsentServer({
      language: 'zh-CN',
      page: { '/': { contentType: 'text/html', body: '<p>page</p>' } },
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

  test('stop is taken again and again while sharing, and control only where policy allows it', async () => {
    const headers = await redeem();
    const live = {
      card: CARD,
      startedAt: 0,
      isAgentConnected: true,
      hotkeyLabel: 'x',
      recordingNote: 'recorded',
    } as const;
    server.show({ step: 'live', mode: 'view', modes: ['view'], ...live });
    assert.equal((await act({ type: 'mode', mode: 'control' }, headers)).status, 409);
    server.show({ step: 'live', mode: 'control', modes: ['view', 'control'], ...live });
    assert.equal((await act({ type: 'mode', mode: 'view' }, headers)).status, 204);
    assert.equal((await act({ type: 'stop' }, headers)).status, 204);
    assert.equal((await act({ type: 'stop' }, headers)).status, 204);
    assert.deepEqual(
      actions.map((action) => action.type),
      ['mode', 'stop', 'stop'],
    );
  });

  test('anything but the exact shape of an answer is refused', async () => {
    const headers = await redeem();
    server.show(ASK);
    const malformed = [{ ...START, also: 1 }, { type: 'grant' }, [], 'start', null, { ...START, mode: 'limited' }];
    for (const body of malformed) assert.equal((await act(body, headers)).status, 400, JSON.stringify(body));
    assert.equal((await send({ path: '/action', headers, body: '{' })).status, 400);
    const large = { ...START, code: '1'.repeat(5000) };
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
