import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { RelayToDevice, DeviceToRelay } from '../../protocol/relay.ts';
import { DeviceLine, type LineConnection } from './device.line.ts';

/** A connection that the test opens, refuses and loses. */
class FakeConnection implements LineConnection {
  static #count = 0;
  readonly nonce = `nonce-${FakeConnection.#count++}`;
  readonly said: DeviceToRelay[] = [];
  isClosed = false;
  readonly opening = Promise.withResolvers<undefined>();
  #onClose: () => void = () => undefined;
  #onSignal: (signal: RelayToDevice) => void = () => undefined;

  async open(): Promise<void> {
    await this.opening.promise;
  }
  signal(message: DeviceToRelay): void {
    this.said.push(message);
  }
  onSignal(listener: (signal: RelayToDevice) => void): void {
    this.#onSignal = listener;
  }
  onClose(listener: () => void): void {
    this.#onClose = listener;
  }
  onChunk(): void {
    return;
  }
  sendChunk(): void {
    return;
  }
  waitingBytes(): number {
    return 0;
  }
  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.#onClose();
  }
  closeGently(): Promise<void> {
    this.close();
    return Promise.resolve();
  }
  says(signal: RelayToDevice): void {
    this.#onSignal(signal);
  }
  refuse(cause: Error): void {
    this.close();
    this.opening.reject(cause);
  }
}

class Refusal extends Error {}

async function open() {
  const connections: FakeConnection[] = [];
  const heard: string[] = [];
  const line = new DeviceLine({
    connect: () => {
      const connection = new FakeConnection();
      connections.push(connection);
      return connection;
    },
    backoffMs: () => 1,
    isFinal: (cause) => cause instanceof Refusal,
    onError: (cause) => heard.push(String(cause)),
  });
  line.onDown(() => heard.push('down'));
  line.onClose(() => heard.push('closed'));
  line.onSignal((signal) => heard.push(signal.type));
  const opened = line.open();
  connections[0]?.opening.resolve(undefined);
  await opened;
  const nth = async (at: number): Promise<FakeConnection> => {
    for (let turn = 0; turn < 2000; turn++) {
      const connection = connections[at];
      if (connection !== undefined) return connection;
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    throw new Error(`there is no connection ${at}`);
  };
  const heardSoon = async (word: string): Promise<void> => {
    for (let turn = 0; turn < 2000 && !heard.includes(word); turn++)
      await new Promise((resolve) => setTimeout(resolve, 1));
    assert.ok(heard.includes(word), `never heard: ${word}`);
  };
  const upSoon = async (): Promise<void> => {
    for (let turn = 0; turn < 2000 && !line.isUp; turn++) await new Promise((resolve) => setTimeout(resolve, 1));
    assert.ok(line.isUp, 'never there again');
  };
  return { line, connections, heard, nth, heardSoon, upSoon };
}

describe('a line to the relay that is lost', () => {
  test('is dialled again until it is there, with another nonce each time', async () => {
    const { line, heard, nth, upSoon } = await open();
    const { nonce } = line;
    (await nth(0)).close();
    assert.deepEqual([heard, line.isUp], [['down'], false]);
    (await nth(1)).refuse(new Error('no route'));
    (await nth(2)).opening.resolve(undefined);
    await upSoon();
    assert.deepEqual(heard, ['down', 'Error: no route']);
    assert.notEqual(line.nonce, nonce);
  });

  test('hears nothing more of the connection that was lost', async () => {
    const { heard, nth, upSoon } = await open();
    const first = await nth(0);
    first.close();
    (await nth(1)).opening.resolve(undefined);
    await upSoon();
    first.says({ type: 'key-needed' });
    assert.ok(!heard.includes('key-needed'));
    (await nth(1)).says({ type: 'key-needed' });
    assert.ok(heard.includes('key-needed'));
  });

  test('is given up when the relay does not know the device any more', async () => {
    const { line, nth, heardSoon, connections } = await open();
    (await nth(0)).close();
    (await nth(1)).refuse(new Refusal('403'));
    await heardSoon('closed');
    assert.equal(connections.length, 2);
    assert.equal(line.isUp, false);
  });

  test('is not dialled again once it was closed from here', async () => {
    const { line, heard, connections } = await open();
    line.close();
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.deepEqual([heard, connections.length], [['closed'], 1]);
  });

  test('carries the end of the session to the relay all the same', async () => {
    const { line, nth } = await open();
    (await nth(0)).close();
    line.signal({ type: 'pause', reason: 'sharer' });
    line.signal({ type: 'end', reason: 'sharer-stopped' });
    const closing = line.closeGently();
    const last = await nth(1);
    last.opening.resolve(undefined);
    await closing;
    assert.deepEqual(last.said, [{ type: 'end', reason: 'sharer-stopped' }]);
    assert.equal(last.isClosed, true);
  });
});
