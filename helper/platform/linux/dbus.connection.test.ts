import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { after, before, describe, test } from 'node:test';
import { DBusCallError, DBusConnection, NO_REPLY, socketPaths } from './dbus.connection.ts';
import type { DBusMessage } from './dbus.message.ts';
import { eventually, missing, stopChild, temporaryFolder } from './xvfb.testing.ts';

const BUS = { destination: 'org.freedesktop.DBus', path: '/org/freedesktop/DBus', interface: 'org.freedesktop.DBus' };
const PEER = { path: '/', interface: 'org.freedesktop.DBus.Peer', member: 'Ping' };

describe('a connection to a message bus', { skip: missing('dbus-daemon') }, () => {
  let daemon: ChildProcess;
  let address: string;
  let connection: DBusConnection;

  before(async () => {
    [daemon, address] = await startDaemon(
      `unix:path=${join(temporaryFolder(), 'bus, here')}`.replaceAll(/[, ]/g, encodeURIComponent),
    );
    connection = await DBusConnection.connect(address);
  });
  after(async () => {
    connection.close();
    await stopChild(daemon);
  });

  async function connectNamed(): Promise<{ other: DBusConnection; name: string }> {
    const before = await listNames();
    const other = await DBusConnection.connect(address);
    const [name = ''] = (await listNames()).filter((candidate) => !before.includes(candidate));
    return { other, name };
  }

  async function listNames(): Promise<string[]> {
    const [names] = await connection.call({ ...BUS, member: 'ListNames' });
    return names as string[];
  }

  test('methods of the bus answer, and errors carry their code', async () => {
    assert.ok((await listNames()).includes('org.freedesktop.DBus'));
    await assert.rejects(connection.call({ ...BUS, member: 'Nonsense' }), {
      name: 'DBusCallError',
      code: 'org.freedesktop.DBus.Error.UnknownMethod',
    });
  });

  test('a peer that calls this process is told that there is nothing, and need not wait', async () => {
    const { other, name } = await connectNamed();
    await assert.rejects(connection.call({ ...PEER, destination: name }), {
      code: 'org.freedesktop.DBus.Error.UnknownMethod',
    });
    other.close();
  });

  test('signals that are watched arrive, others do not', async () => {
    const signals: DBusMessage[] = [];
    connection.onSignal((signal) => signals.push(signal));
    await connection.watch({ sender: 'org.freedesktop.DBus', member: 'NameOwnerChanged', arg0: 'org.example.Watched' });
    for (const name of ['org.example.Other', 'org.example.Watched']) {
      const other = await DBusConnection.connect(address);
      await other.callBus('RequestName', 'su', [name, 0]);
      other.close();
    }
    await eventually('both changes', () => (signals.length >= 2 ? true : undefined));
    assert.deepEqual(
      signals.map(({ body }) => [body[0], body[2] === '']),
      [
        ['org.example.Watched', false],
        ['org.example.Watched', true],
      ],
    );
  });

  test('names that are none are refused here, since the bus would end the connection', async () => {
    for (const destination of ['', 'nodots', ':', 'a b.c'])
      await assert.rejects(connection.call({ ...PEER, destination }), DBusCallError);
    for (const path of ['', 'a', '/a/', '//', '/ä'])
      await assert.rejects(connection.call({ ...BUS, member: 'GetId', path }), DBusCallError);
    assert.ok(connection.isOpen);
    await listNames();
  });

  test('a message that is too long is passed over, and what comes after it arrives', async () => {
    const { other, name } = await connectNamed();
    const long = { ...PEER, destination: name, signature: 's', body: ['x'.repeat(6 << 20)] };
    await assert.rejects(connection.call(long, 1000), { code: NO_REPLY });
    await assert.rejects(connection.call({ ...PEER, destination: name }), {
      code: 'org.freedesktop.DBus.Error.UnknownMethod',
    });
    other.close();
  });

  test('abstract sockets are reached, and the first alternative that answers is taken', async () => {
    const [second, abstract] = await startDaemon(`unix:abstract=handrail-test-${process.pid}`);
    const reached = await DBusConnection.connect(`tcp:host=x;unix:path=/nowhere;${abstract}`);
    await reached.callBus('GetId', '', []);
    reached.close();
    await stopChild(second);
  });

  test('the end of the bus is told, and calls under way fail', async () => {
    const [second, place] = await startDaemon(`unix:path=${join(temporaryFolder(), 'bus')}`);
    const lost = await DBusConnection.connect(place);
    let isTold = false;
    lost.onClose(() => (isTold = true));
    second.kill('SIGSTOP');
    const call = assert.rejects(lost.call({ ...BUS, member: 'ListNames' }, 60_000), { code: NO_REPLY });
    second.kill('SIGKILL');
    await call;
    assert.ok(isTold && !lost.isOpen);
    await assert.rejects(lost.call({ ...BUS, member: 'ListNames' }), { code: NO_REPLY });
  });

  test('what answers as no message bus does is not connected to', async () => {
    for (const answer of ['REJECTED EXTERNAL\r\n', 'x'.repeat(5000), 'OK 1\r\nnonsense nonsense nonsense']) {
      const [server, path] = await startServer((socket) => socket.write(answer));
      await assert.rejects(DBusConnection.connect(`unix:path=${path}`), AggregateError);
      server.close();
    }
  });
});

test('the paths in an address are those of Unix sockets', () => {
  assert.deepEqual(
    socketPaths('unix:path=/run/a%20b,guid=1;tcp:host=x;unix:guid=1,abstract=/tmp/=c;unix:tmpdir=/tmp'),
    ['/run/a b', '\0/tmp/=c'],
  );
  assert.deepEqual(socketPaths(''), []);
});

async function startDaemon(at: string): Promise<[ChildProcess, string]> {
  const args = ['--session', '--nofork', '--nopidfile', '--print-address=3', `--address=${at}`];
  const daemon = spawn('dbus-daemon', args, { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] });
  process.once('exit', () => daemon.kill('SIGKILL'));
  // The fourth entry of `stdio` is a pipe that the daemon writes to.
  const [address] = await once(daemon.stdio[3] as Readable, 'data');
  return [daemon, String(address).trim()];
}

async function startServer(serve: (socket: Socket) => void): Promise<[Server, string]> {
  const server = createServer(serve).listen(join(temporaryFolder(), 'socket'));
  await once(server, 'listening');
  return [server, String(server.address() as AddressInfo | string)];
}
