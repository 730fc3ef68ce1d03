import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { messages } from '../../protocol/api/desk.ts';
import { accepted as acceptedSchema, session } from '../../protocol/api/sessions.ts';
import { outcome, type TestSeat } from '../desk/test-desk.ts';
import { helperFileName, parseRange } from './helper-shelf.ts';
import {
  HELPER_CONTENT,
  REVOKED_FILE,
  accept,
  connectingSession,
  createTestSessions,
  enrol,
  invite,
  stranger,
  takeRequest,
  view,
  type TakenRequest,
  type TestSessions,
} from './test-sessions.ts';

let t: TestSessions;
let taken: TakenRequest;
let id: string;

beforeEach(async () => {
  t = createTestSessions();
  taken = await takeRequest(t);
  id = (await invite(taken)).sessionId;
});
afterEach(() => {
  t.close();
});

const act = (seat: TestSeat, verb: string) =>
  seat.client.post(`/api/sessions/${id}/${verb}`, verb === 'take-back' ? { capability: 'input' } : {});
const DOWNLOAD = () => `/api/sessions/${id}/helper/linux-x64`;

describe('who may see and act', () => {
  const verbs = ['accept', 'decline', 'end', 'downloads', 'ticket', 'pause', 'take-back'];

  test('to everybody but its two sides a session does not exist', async () => {
    const outsiders = [t.seat('Sun Li'), t.seat('Zhao Min', 'agent', 'lead', 'security', 'auditor', 'admin')];
    for (const seat of outsiders) {
      for (const path of ['', '/helper/linux-x64', '/agent-photo']) {
        assert.equal(await outcome(seat.client.get(`/api/sessions/${id}${path}`)), '404 not-found');
      }
      for (const verb of verbs) assert.equal(await outcome(act(seat, verb)), '404 not-found');
    }
  });

  test('a stranger must sign in first', async () => {
    assert.equal(await outcome(stranger(t).get(`/api/sessions/${id}`)), '401 auth.required');
    for (const verb of verbs) {
      assert.equal(await outcome(stranger(t).post(`/api/sessions/${id}/${verb}`)), '401 auth.required');
    }
    assert.equal(await outcome(stranger(t).get(DOWNLOAD())), '401 auth.required');
  });

  test('the agent cannot accept, decline or download for the sharer', async () => {
    for (const verb of ['accept', 'decline', 'downloads']) {
      assert.equal(await outcome(act(taken.agent, verb)), '403 auth.forbidden');
    }
    assert.equal(await outcome(taken.agent.client.get(DOWNLOAD())), '403 auth.forbidden');
  });

  test('the sharer gets no ticket to watch', async () => {
    await act(taken.employee, 'accept');
    assert.equal(await outcome(act(taken.employee, 'ticket')), '403 auth.forbidden');
  });
});

describe('answering an invitation', () => {
  test('accepting is done once', async () => {
    assert.equal(await outcome(act(taken.employee, 'accept')), '200');
    assert.equal(await outcome(act(taken.employee, 'accept')), '409 session.state-changed');
  });

  test('a sharer who accepts may still decline before the helper has started', async () => {
    const both = await Promise.all([outcome(act(taken.employee, 'accept')), outcome(act(taken.employee, 'decline'))]);
    assert.deepEqual(both, ['200', '200']);
    assert.equal((await view(taken.employee.client, id)).endReason, 'sharer-declined');
  });

  test('declining ends it, and the chat says so', async () => {
    const declined = session.parse(await (await act(taken.employee, 'decline')).json());
    assert.deepEqual([declined.state, declined.endReason], ['ended', 'sharer-declined']);
    assert.equal(await outcome(act(taken.employee, 'accept')), '409 session.state-changed');
    const chat = await taken.employee.client.get(`/api/requests/${taken.asked.id}/messages`);
    const said = messages.parse(await chat.json()).messages.map(({ text }) => text);
    assert.deepEqual(said, ['request.taken', 'session.invited', 'session.declined']);
  });

  test('an invitation that was not answered in fifteen minutes ends, also when no timer ran', async () => {
    t.organisation.clock.advance({ s: 900 });
    assert.equal(await outcome(act(taken.employee, 'accept')), '409 session.state-changed');
    const seen = await view(taken.employee.client, id);
    assert.deepEqual([seen.state, seen.endReason], ['ended', 'invitation-expired']);
  });

  test('the agent takes the invitation back; the sharer is told on the live socket', async () => {
    taken.employee.heard.length = 0;
    const ended = session.parse(await (await act(taken.agent, 'end')).json());
    assert.equal(ended.endReason, 'invitation-withdrawn');
    assert.ok(taken.employee.heard.some((message) => message.type === 'session/changed' && message.sessionId === id));
  });

  test('either side ends it, and ending twice is not an error', async () => {
    await act(taken.employee, 'accept');
    const ended = session.parse(await (await act(taken.employee, 'end')).json());
    assert.equal(ended.endReason, 'sharer-stopped');
    const again = session.parse(await (await act(taken.agent, 'end')).json());
    assert.equal(again.endReason, 'sharer-stopped');
  });
});

describe('the helper', () => {
  test('is downloaded under a name that carries address, CA and token', async () => {
    const { downloads, token } = await accept(taken.employee.client, id);
    const [offered] = downloads;
    const fingerprint = t.authority.caFingerprint.slice(0, 32);
    assert.equal(offered?.fileName, `handrail-helper_desk.example_8444_${fingerprint}_${token}`);
    assert.match(token, /^[a-z2-7]{26}$/);
    const answer = await taken.employee.client.get(offered.url);
    assert.equal(answer.headers.get('content-disposition'), `attachment; filename="${offered.fileName}"`);
    const content = Buffer.from(await answer.arrayBuffer());
    assert.equal(createHash('sha256').update(content).digest('hex'), offered.sha256);
  });

  test('the address of the download holds no secret', async () => {
    const { downloads, token } = await accept(taken.employee.client, id);
    assert.ok(!downloads[0]?.url.includes(token));
  });

  test('a broken download goes on where it stopped', async () => {
    await accept(taken.employee.client, id);
    const get = (headers: Record<string, string>) =>
      t.app.request(DOWNLOAD(), { headers: { cookie: taken.employee.cookie, ...headers } });
    const first = await get({ range: 'bytes=0-99' });
    assert.deepEqual([first.status, first.headers.get('content-range')], [206, `bytes 0-99/${HELPER_CONTENT.length}`]);
    const etag = first.headers.get('etag') ?? '';
    const rest = await get({ range: 'bytes=100-', 'if-range': etag });
    const parts = [await first.arrayBuffer(), await rest.arrayBuffer()].map((part) => Buffer.from(part));
    assert.deepEqual(Buffer.concat(parts), HELPER_CONTENT);
    const other = await get({ range: 'bytes=100-', 'if-range': '"an older build"' });
    assert.equal(other.status, 200);
    await other.body?.cancel();
    assert.equal((await get({ range: 'bytes=99999-' })).status, 416);
  });

  test('asking again makes a new token and the old one stops working', async () => {
    const { token: old } = await accept(taken.employee.client, id);
    const again = acceptedSchema.parse(await (await act(taken.employee, 'downloads')).json());
    assert.notEqual(again.token, old);
    assert.equal(await outcome(enrol(t, old)), '403 enrolment.token-invalid');
    assert.equal(await outcome(enrol(t, again.token)), '201');
  });

  test('is not handed out before acceptance, nor after enrolment, nor after the end', async () => {
    assert.equal(await outcome(taken.employee.client.get(DOWNLOAD())), '409 session.state-changed');
    const { token } = await accept(taken.employee.client, id);
    await enrol(t, token);
    assert.equal(await outcome(taken.employee.client.get(DOWNLOAD())), '409 session.state-changed');
    assert.equal(await outcome(act(taken.employee, 'downloads')), '409 session.state-changed');
    await act(taken.employee, 'end');
    assert.equal(await outcome(taken.employee.client.get(DOWNLOAD())), '409 session.state-changed');
  });

  test('after a restart the page asks for a new name', async () => {
    await accept(taken.employee.client, id);
    const signIn = t.organisation.signIns.find(taken.employee.cookie.split('=')[1] ?? '');
    assert.ok(signIn);
    assert.throws(() => t.restart().acceptance.download(signIn, id, 'linux-x64'), /enrolment.token-invalid/);
  });

  test('nothing is offered that was not packaged, or only in part', async () => {
    const directory = join(t.dataDirectory, 'helper');
    writeFileSync(join(directory, 'handrail-helper-linux-x64'), 'half');
    assert.deepEqual((await accept(taken.employee.client, id)).downloads, []);
    assert.equal(await outcome(taken.employee.client.get(DOWNLOAD())), '404 helper.not-packaged');
    rmSync(directory, { recursive: true });
    assert.equal(await outcome(taken.employee.client.get(DOWNLOAD())), '404 helper.not-packaged');
    assert.equal(await outcome(taken.employee.client.get(`/api/sessions/${id}/helper/windows`)), '404 not-found');
  });

  test('what was revoked is not offered', async () => {
    const directory = join(t.dataDirectory, 'helper');
    const file = { platform: 'linux-x64', file: 'helper', bytes: 6, sha256: REVOKED_FILE, version: '0.1.0' };
    writeFileSync(join(directory, 'helper'), 'helper');
    writeFileSync(join(directory, 'manifest.json'), JSON.stringify([file]));
    const answer = await act(taken.employee, 'accept');
    assert.deepEqual(acceptedSchema.parse(await answer.json()).downloads, []);
    assert.equal(await outcome(taken.employee.client.get(DOWNLOAD())), '404 helper.not-packaged');
  });

  test('each platform is offered what was packaged for it, under a name that it starts', async () => {
    const directory = join(t.dataDirectory, 'helper');
    const sha256 = '0'.repeat(64);
    const platforms = ['linux-x64', 'win-x64'];
    for (const platform of platforms) writeFileSync(join(directory, platform), 'helper');
    const entries = platforms.map((platform) => ({ platform, file: platform, bytes: 6, sha256, version: '0.1.0' }));
    writeFileSync(join(directory, 'manifest.json'), JSON.stringify(entries));
    const { downloads } = await accept(taken.employee.client, id);
    const [forLinux, forWindows] = downloads;
    assert.match(forLinux?.fileName ?? '', /^handrail-helper_[^.]*\.example_8444_[0-9a-f]{32}_[0-9a-z]{26}$/);
    assert.equal(forWindows?.fileName, `${forLinux?.fileName}.exe`);
    assert.equal(forWindows.url, `/api/sessions/${id}/helper/win-x64`);
    const { headers } = await taken.employee.client.get(forWindows.url);
    assert.equal(headers.get('content-disposition'), `attachment; filename="${forWindows.fileName}"`);
    const cleanUp = await taken.employee.client.get('/api/clean-up/win-x64');
    assert.match(cleanUp.headers.get('content-disposition') ?? '', /"handrail-clean-up\.exe"$/);
    assert.equal(
      await outcome(taken.employee.client.get(`/api/sessions/${id}/helper/macos-arm64`)),
      '404 helper.not-packaged',
    );
  });

  const hosts: [string, string | undefined][] = [
    ['Desk.Example', 'desk.example'],
    ['192.0.2.7', '192.0.2.7'],
    ['[fe80::1]', 'fe80--1.ipv6-literal.net'],
    ['desk_example', undefined],
    ['a/../b', undefined],
  ];
  for (const [host, inName] of hosts) {
    test(`the address ${host} is ${inName === undefined ? 'refused' : `spelled ${inName}`} in the name`, () => {
      const destination = { host, devicePort: 8444, caFingerprint: 'AB'.repeat(32) };
      if (inName === undefined) assert.throws(() => helperFileName(destination, 't'), /cannot be part of a file name/);
      else assert.equal(helperFileName(destination, 't'), `handrail-helper_${inName}_8444_${'ab'.repeat(16)}_t`);
    });
  }

  const ranges: [string | undefined, unknown][] = [
    [undefined, undefined],
    ['bytes=0-', { start: 0, end: 9 }],
    ['bytes=3-5', { start: 3, end: 5 }],
    ['bytes=3-50', { start: 3, end: 9 }],
    ['bytes=-4', { start: 6, end: 9 }],
    ['bytes=-40', { start: 0, end: 9 }],
    ['bytes=-0', 'unsatisfiable'],
    ['bytes=10-', 'unsatisfiable'],
    ['bytes=5-3', 'unsatisfiable'],
    ['bytes=-', undefined],
    ['bytes=0-1,3-4', undefined],
    ['lines=0-1', undefined],
  ];
  for (const [header, range] of ranges) {
    test(`Range ${header} of ten bytes is ${JSON.stringify(range)}`, () => {
      assert.deepEqual(parseRange(header, 10), range);
    });
  }
});

describe('the card of the agent', () => {
  test('is what the certificate says, whatever the account is called since', async () => {
    t.organisation.database.raw.prepare("UPDATE people SET name = 'IT Support' WHERE id = ?").run(taken.agent.id);
    assert.equal((await view(taken.employee.client, id)).card.name, 'Li Wei');
  });

  test('is still there when the certificate has run out', async () => {
    const { employee, id: ended } = await connectingSession(t);
    t.sessions.apply(ended, { type: 'ended', by: 'server', reason: 'device-failed' });
    t.organisation.clock.advance({ h: 1 });
    t.organisation.database.raw
      .prepare("UPDATE certificates SET revoked_at = 1, revoked_reason = 'x' WHERE kind = 'identity'")
      .run();
    assert.equal((await view(employee.client, ended)).card.name, 'Li Wei');
  });

  test('shows the photo only while it is the one that the certificate names', async () => {
    const { raw } = t.organisation.database;
    const photo = Buffer.from('89504e470d0a1a0a', 'hex');
    const sha256 = createHash('sha256').update(photo).digest('hex');
    const other = await takeRequest(t);
    raw.prepare("INSERT INTO person_photos VALUES (?, 'image/png', ?, ?, 0)").run(other.agent.id, sha256, photo);
    t.organisation.clock.advance({ s: 1 });
    t.giveIdentity(other.agent, sha256);
    const { sessionId } = await invite(other);
    const { card } = await view(other.employee.client, sessionId);
    assert.deepEqual([card.photoSha256, card.photoUrl], [sha256, `/api/sessions/${sessionId}/agent-photo`]);
    const shown = await other.employee.client.get(card.photoUrl ?? '');
    assert.deepEqual(Buffer.from(await shown.arrayBuffer()), photo);
    raw.prepare("UPDATE person_photos SET sha256 = 'another'").run();
    assert.equal((await view(other.employee.client, sessionId)).card.photoUrl, null);
    assert.equal(await outcome(other.employee.client.get(card.photoUrl ?? '')), '404 not-found');
  });
});
