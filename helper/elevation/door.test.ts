import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { enterDoor, isInvitation, openDoor, type Door } from './door.ts';

describe('the door for a helper with administrator rights', () => {
  let folder: string;
  before(() => (folder = mkdtempSync(join(tmpdir(), 'handrail-door-'))));
  after(() => rmSync(folder, { recursive: true }));
  const open = (): Promise<Door> => openDoor((unique) => join(folder, unique.slice(0, 8)));

  /** Whether anybody has come in by now. */
  const isEntered = (door: Door): Promise<boolean> =>
    Promise.race([door.entered.then(() => true), new Promise<boolean>((resolve) => setImmediate(resolve, false))]);

  async function closedAfter(socket: Socket, said: string): Promise<string> {
    const heard: Buffer[] = [];
    socket.on('data', (part: Buffer) => heard.push(part));
    // Cut off in the middle of it is as good as closed.
    socket.on('error', () => undefined);
    const closed = new Promise((resolve) => socket.on('close', resolve));
    socket.write(said);
    await closed;
    return Buffer.concat(heard).toString();
  }

  test('lets in whoever has the secret, once, and is closed to all others then', async () => {
    const door = await open();
    const waiting = connect(door.place);
    await once(waiting, 'connect');
    const inside = await enterDoor(door.place, door.secret);
    const line = await door.entered;
    await once(waiting, 'close');
    await assert.rejects(enterDoor(door.place, door.secret));
    const said = new Promise((resolve) => inside.onMessage(resolve));
    line.send({ type: 'stop' });
    assert.deepEqual(await said, { type: 'stop' });
    inside.end();
    await line.closed;
  });

  test('says nothing to anybody else, and stays open for the right one', async () => {
    const door = await open();
    const wrong = 'f'.repeat(64);
    const words = [
      'hello',
      '{"type":"over","code":0}',
      `{"type":"ready","secret":"${wrong}"}`,
      '{"type":"ready","secret":""}',
    ];
    for (const word of words) assert.equal(await closedAfter(connect(door.place), `${word}\n`), '', word);
    assert.equal(await closedAfter(connect(door.place), 'x'.repeat(5 * 1024 * 1024)), '');
    assert.equal(await isEntered(door), false);
    const inside = await enterDoor(door.place, door.secret);
    await door.entered;
    inside.destroy();
  });

  test('is closed when nobody is wanted any more', async () => {
    const door = await open();
    const waiting = connect(door.place);
    await once(waiting, 'connect');
    // Until the server has it.
    await new Promise((resolve) => setTimeout(resolve, 50));
    door.close();
    await once(waiting, 'close');
    await assert.rejects(enterDoor(door.place, door.secret));
  });

  test('a message may come in any pieces, and one that nobody would say ends the line', async () => {
    const door = await open();
    const socket = connect(door.place);
    const [first = '', second = ''] = [`{"type":"ready","sec`, `ret":"${door.secret}"}\n{"type":"close-br`];
    socket.write(first);
    await new Promise((resolve) => setTimeout(resolve, 20));
    socket.write(second);
    const line = await door.entered;
    const heard: unknown[] = [];
    line.onMessage((message) => heard.push(message));
    socket.write('owser"}\n{"type":"over","code":0}\n');
    socket.write('{"type":"open-browser","address":"http://elsewhere.example/","language":"en"}\n');
    await line.closed;
    assert.deepEqual(heard, [{ type: 'close-browser' }, { type: 'over', code: 0 }]);
  });
});

test('an invitation names a pipe of this computer and a secret', () => {
  const [place, secret] = [`\\\\.\\pipe\\handrail-${'0a'.repeat(16)}`, 'b1'.repeat(32)];
  assert.ok(isInvitation(place, secret));
  const elsewhere = place.replace('\\\\.\\', '\\\\server\\');
  for (const other of [elsewhere, `${place}x`, place.toUpperCase(), '', undefined])
    assert.equal(isInvitation(other, secret), false, other);
  for (const other of ['', secret.slice(1), undefined]) assert.equal(isInvitation(place, other), false);
});
