import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { attachment, type Attachment, type Request } from '../../protocol/api/desk.ts';
import { TEST_ORIGIN } from '../access/test-organisation.ts';
import { MAX_ATTACHMENT_BYTES } from './attachments.service.ts';
import { createTestDesk, outcome, type TestDesk, type TestSeat } from './test-desk.ts';

const PNG = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex');

let desk: TestDesk;
let employee: TestSeat;
let agent: TestSeat;
let asked: Request;

beforeEach(async () => {
  desk = createTestDesk();
  employee = desk.seat('Wang Fang');
  agent = desk.seat('Li Wei', 'agent');
  asked = await desk.ask(employee);
});
afterEach(() => {
  desk.close();
});

function upload(seat: TestSeat, name: string, content: Uint8Array | { field: string }): Promise<Response> {
  const form = new FormData();
  if ('field' in content) form.set(content.field, new File(['x'], name));
  else form.set('file', new File([new Uint8Array(content)], name));
  return Promise.resolve(
    desk.app.request(`/api/requests/${asked.id}/attachments`, {
      method: 'POST',
      headers: { cookie: seat.cookie, origin: TEST_ORIGIN },
      body: form,
    }),
  );
}

async function attach(name: string, bytes: Uint8Array): Promise<Attachment> {
  return attachment.parse(await (await upload(employee, name, bytes)).json());
}

const stored = () => readdirSync(join(desk.dataDirectory, 'attachments'));

describe('attachments', () => {
  test('a screenshot comes back as it was, as an image that cannot do anything', async () => {
    const added = await attach('截图 1.png', PNG);
    assert.deepEqual(
      [added.kind, added.bytes, added.sha256],
      ['image', PNG.length, createHash('sha256').update(PNG).digest('hex')],
    );
    const answer = await agent.client.get(`/api/attachments/${added.id}`);
    assert.deepEqual(Buffer.from(await answer.arrayBuffer()), PNG);
    assert.equal(answer.headers.get('content-type'), 'image/png');
    assert.equal(answer.headers.get('x-content-type-options'), 'nosniff');
    assert.equal(answer.headers.get('content-security-policy'), "sandbox; default-src 'none'");
    assert.match(
      answer.headers.get('content-disposition') ?? '',
      /^inline; filename="__ 1.png"; filename\*=UTF-8''%E6/,
    );
  });

  test('a page that calls itself a log is handed out as a file to save, never as a page', async () => {
    const added = await attach('trace.html.log', Buffer.from('<!doctype html><script>alert(1)</script>'));
    const answer = await agent.client.get(`/api/attachments/${added.id}`);
    assert.equal(answer.headers.get('content-type'), 'application/octet-stream');
    assert.match(answer.headers.get('content-disposition') ?? '', /^attachment; filename="trace.html.log"/);
    assert.equal(answer.headers.get('x-content-type-options'), 'nosniff');
    await answer.body?.cancel();
  });

  test('a picture with a page behind it stays a picture', async () => {
    const polyglot = Buffer.concat([PNG, Buffer.from('<html><script>alert(1)</script>')]);
    const answer = await agent.client.get(`/api/attachments/${(await attach('a.png', polyglot)).id}`);
    assert.equal(answer.headers.get('content-type'), 'image/png');
    assert.match(answer.headers.get('content-security-policy') ?? '', /^sandbox/);
    await answer.body?.cancel();
  });

  const refused: [string, string, Buffer][] = [
    ['a page', 'x.html', Buffer.from('<script>')],
    ['a drawing with script', 'x.svg', Buffer.from('<svg/>')],
    ['a program', 'x.exe', Buffer.from('MZ')],
    ['a program that calls itself a picture', 'x.png', Buffer.from('MZ\u0090')],
    ['a file without a name', '..', Buffer.from('x')],
  ];
  for (const [what, name, bytes] of refused) {
    test(`${what} is refused and nothing is kept of it`, async () => {
      assert.equal(await outcome(upload(employee, name, bytes)), '422 attachment.type-refused');
      assert.deepEqual(stored(), []);
    });
  }

  test('a name that climbs out of its folder ends up as a plain name, and the file under one of ours', async () => {
    const added = await attach('../../../../etc/cron.d/x.conf', Buffer.from('* * * * * root id'));
    assert.equal(added.name, 'x.conf');
    assert.equal(stored().length, 1);
    assert.match(stored()[0] ?? '', /^[0-9a-f-]{36}$/);
    assert.equal(statSync(join(desk.dataDirectory, 'attachments', stored()[0] ?? '')).mode & 0o777, 0o600);
  });

  test('exactly 10 MiB is taken, one byte more is not', async () => {
    const text = Buffer.alloc(MAX_ATTACHMENT_BYTES, 'a');
    assert.equal(await outcome(upload(employee, 'big.log', text)), '201');
    const more = Buffer.alloc(MAX_ATTACHMENT_BYTES + 1, 'a');
    assert.equal(await outcome(upload(employee, 'bigger.log', more)), '413 request.too-large');
    assert.equal(stored().length, 1);
  });

  test('a body that never ends is not read to its end', async () => {
    let sent = 0;
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        sent += 65_536;
        controller.enqueue(new Uint8Array(65_536));
      },
    });
    const answer = desk.app.request(`/api/requests/${asked.id}/attachments`, {
      method: 'POST',
      headers: { cookie: employee.cookie, origin: TEST_ORIGIN, 'content-type': 'multipart/form-data; boundary=x' },
      body: endless,
      duplex: 'half',
    } as RequestInit);
    assert.equal(await outcome(Promise.resolve(answer)), '413 request.too-large');
    assert.ok(sent < MAX_ATTACHMENT_BYTES + 1024 * 1024);
  });

  test('the eleventh is refused, also when ten arrive at once', async () => {
    const all = Array.from({ length: 12 }, (_, index) => outcome(upload(employee, `${index}.txt`, Buffer.from('x'))));
    const outcomes = (await Promise.all(all)).sort();
    assert.deepEqual(outcomes, [...Array<string>(10).fill('201'), ...Array<string>(2).fill('409 attachment.too-many')]);
    assert.equal(stored().length, 10);
  });

  test('another field, a second field, a body that is not multipart: refused', async () => {
    assert.equal(await outcome(upload(employee, 'a.txt', { field: 'photo' })), '400 request.invalid');
    const path = `/api/requests/${asked.id}/attachments`;
    assert.equal(await outcome(employee.client.post(path, { file: 'x' })), '400 request.invalid');
    const broken = desk.app.request(path, {
      method: 'POST',
      headers: { cookie: employee.cookie, origin: TEST_ORIGIN, 'content-type': 'multipart/form-data; boundary=x' },
      body: 'no boundary in here',
    });
    assert.equal(await outcome(Promise.resolve(broken)), '400 request.invalid');
  });

  test('for a colleague neither the request nor its attachments exist', async () => {
    const colleague = desk.seat('Sun Li', 'employee', 'admin');
    const added = await attach('a.txt', Buffer.from('secret'));
    assert.equal(await outcome(upload(colleague, 'b.txt', Buffer.from('x'))), '404 not-found');
    assert.equal(await outcome(colleague.client.get(`/api/attachments/${added.id}`)), '404 not-found');
  });

  test('agents read attachments and add none; a closed request takes none', async () => {
    assert.equal(await outcome(upload(agent, 'tool.zip', Buffer.from('PK\u0003\u0004'))), '403 auth.forbidden');
    await employee.client.post(`/api/requests/${asked.id}/cancel`);
    assert.equal(await outcome(upload(employee, 'a.txt', Buffer.from('x'))), '409 assistance.state-changed');
  });
});
