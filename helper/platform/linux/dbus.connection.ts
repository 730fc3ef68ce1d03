/**
 * One connection to a D-Bus message bus over a Unix socket. Every call has a time limit, since the program that it goes to
 * may hang.
 */
import { existsSync } from 'node:fs';
import { createConnection } from 'node:net';
import type { Socket } from 'node:net';
import {
  decodeMessage,
  DBusFormatError,
  encodeMessage,
  MESSAGE_TYPE,
  messageLength,
  NO_REPLY_EXPECTED,
} from './dbus.message.ts';
import type { DBusMessage, DBusValue } from './dbus.message.ts';

const BUS = { destination: 'org.freedesktop.DBus', path: '/org/freedesktop/DBus', interface: 'org.freedesktop.DBus' };
const CONNECT_TIMEOUT_MS = 2_000;
const CALL_TIMEOUT_MS = 500;
/** Longer messages are passed over. */
const MAX_MESSAGE_BYTES = 4 << 20;
const MAX_AUTH_LINE_BYTES = 1024;
const BUS_NAME = /^(:[\w-]+|[a-z_-][\w-]*)(\.[\w-]+)+$/i;
const OBJECT_PATH = /^\/$|^(\/\w+)+$/;

export interface DBusCall {
  destination: string;
  path: string;
  interface: string;
  member: string;
  signature?: string;
  body?: readonly DBusValue[];
}

/** What a match rule compares; what is left out may be anything. */
export interface DBusMatch {
  sender?: string;
  path?: string;
  interface?: string;
  member?: string;
  /** The first value of the body. */
  arg0?: string;
}

/** The other side answered with an error, or not in time, or is not there. */
export class DBusCallError extends Error {
  override readonly name = 'DBusCallError';
  /** Such as "org.freedesktop.DBus.Error.NoReply", which also stands for silence. */
  readonly code: string;

  constructor(code: string, detail: string) {
    super(`${code}: ${detail}`);
    this.code = code;
  }
}

const INVALID_ARGUMENTS = 'org.freedesktop.DBus.Error.InvalidArgs';
export const NO_REPLY = 'org.freedesktop.DBus.Error.NoReply';

interface Waiting {
  resolve(body: readonly DBusValue[]): void;
  reject(error: Error): void;
  timer: NodeJS.Timeout;
}

export class DBusConnection {
  readonly #socket: Socket;
  readonly #waiting = new Map<number, Waiting>();
  readonly #listeners = new Set<(signal: DBusMessage) => void>();
  readonly #closeListeners = new Set<() => void>();
  readonly #inbox = new Inbox((message) => this.#take(message));
  #serial = 0;
  #isOpen = true;

  constructor(socket: Socket, rest: Buffer) {
    this.#socket = socket;
    // The bus being there or not is no reason for this process to go on or to end.
    socket.unref();
    socket.on('data', (bytes) => this.#receive(bytes));
    socket.on('error', () => this.#end());
    socket.on('close', () => this.#end());
    this.#receive(rest);
  }

  /** `address` as the specification has it, with alternatives: "unix:path=/run/user/1000/bus;unix:abstract=/tmp/x". */
  static async connect(address: string): Promise<DBusConnection> {
    const failures: unknown[] = [];
    for (const path of socketPaths(address)) {
      try {
        const { socket, rest } = await authenticate(path);
        const connection = new DBusConnection(socket, rest);
        await connection.call({ ...BUS, member: 'Hello' }, CONNECT_TIMEOUT_MS);
        return connection;
      } catch (error) {
        failures.push(error);
      }
    }
    throw new AggregateError(failures, `no message bus answers at "${address}"`);
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** The body of the answer. Throws a `DBusCallError`. */
  call(call: DBusCall, timeoutMs = CALL_TIMEOUT_MS): Promise<readonly DBusValue[]> {
    if (!this.#isOpen) return Promise.reject(new DBusCallError(NO_REPLY, 'the connection is closed'));
    // The bus ends the connection of who sends names that are none; some come from other programs.
    if (!BUS_NAME.test(call.destination) || !OBJECT_PATH.test(call.path))
      return Promise.reject(
        new DBusCallError(INVALID_ARGUMENTS, `nobody is called "${call.destination}" "${call.path}"`),
      );
    return new Promise((resolve, reject) => {
      const serial = this.#send({ type: MESSAGE_TYPE.methodCall, flags: 0, ...call, body: call.body ?? [] });
      const giveUp = (): void => {
        this.#waiting.delete(serial);
        reject(new DBusCallError(NO_REPLY, `${call.member} was not answered in ${timeoutMs} ms`));
      };
      this.#waiting.set(serial, { resolve, reject, timer: setTimeout(giveUp, timeoutMs) });
    });
  }

  /** Calls a method of the bus itself. */
  callBus(member: string, signature: string, body: readonly DBusValue[]): Promise<readonly DBusValue[]> {
    return this.call({ ...BUS, member, signature, body });
  }

  /** Has the bus send the signals that match; all of them go to all listeners. */
  async watch(match: DBusMatch): Promise<void> {
    const rule = Object.entries(match).map(([key, value]) => `,${key}='${String(value)}'`);
    await this.callBus('AddMatch', 's', [`type='signal'${rule.join('')}`]);
  }

  onSignal(listener: (signal: DBusMessage) => void): void {
    this.#listeners.add(listener);
  }

  /** Called when the bus has gone, not after `close`. */
  onClose(listener: () => void): void {
    this.#closeListeners.add(listener);
  }

  close(): void {
    this.#closeListeners.clear();
    // What was sent before still goes out.
    this.#socket.end();
    this.#end();
  }

  #send(message: Omit<DBusMessage, 'serial'>): number {
    this.#serial += 1;
    this.#socket.write(encodeMessage({ ...message, serial: this.#serial }));
    return this.#serial;
  }

  #receive(bytes: Buffer): void {
    try {
      this.#inbox.add(bytes);
    } catch {
      // Where one message ends and the next begins is lost.
      this.#socket.destroy();
      this.#end();
    }
  }

  #take(message: DBusMessage): void {
    if (message.type === MESSAGE_TYPE.signal) for (const listener of this.#listeners) listener(message);
    if (message.type === MESSAGE_TYPE.methodCall) this.#refuse(message);
    const waiting = this.#waiting.get(message.replySerial ?? 0);
    if (waiting === undefined) return;
    this.#waiting.delete(message.replySerial ?? 0);
    clearTimeout(waiting.timer);
    if (message.type === MESSAGE_TYPE.methodReturn) waiting.resolve(message.body);
    else waiting.reject(new DBusCallError(message.errorName ?? 'error', String(message.body[0] ?? '')));
  }

  /** Nothing is offered here; who asks is told so, and need not wait. */
  #refuse(call: DBusMessage): void {
    if ((call.flags & NO_REPLY_EXPECTED) !== 0 || call.sender === undefined) return;
    this.#send({
      type: MESSAGE_TYPE.error,
      flags: NO_REPLY_EXPECTED,
      errorName: 'org.freedesktop.DBus.Error.UnknownMethod',
      replySerial: call.serial,
      destination: call.sender,
      body: [],
    });
  }

  #end(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    for (const { reject, timer } of this.#waiting.values()) {
      clearTimeout(timer);
      reject(new DBusCallError(NO_REPLY, 'the connection was closed'));
    }
    this.#waiting.clear();
    for (const listener of this.#closeListeners) listener();
  }
}

/** Cuts what arrives into messages. */
class Inbox {
  readonly #take: (message: DBusMessage) => void;
  #chunks: Buffer[] = [];
  #length = 0;
  /** Of a message that is too long, still to come. */
  #passOver = 0;

  constructor(take: (message: DBusMessage) => void) {
    this.#take = take;
  }

  /** Throws when the bytes cannot be cut. */
  add(bytes: Buffer): void {
    const rest = bytes.subarray(this.#passOver);
    this.#passOver -= bytes.length - rest.length;
    if (rest.length === 0) return;
    this.#chunks.push(rest);
    this.#length += rest.length;
    this.#cut();
  }

  #cut(): void {
    let needed = this.#neededBytes();
    while (needed !== undefined && needed <= this.#length) {
      const all = this.#joined();
      this.#chunks = [all.subarray(needed)];
      this.#length -= needed;
      this.#decode(all.subarray(0, needed));
      needed = this.#neededBytes();
    }
    if (needed === undefined || needed <= MAX_MESSAGE_BYTES) return;
    this.#passOver = needed - this.#length;
    this.#chunks = [];
    this.#length = 0;
  }

  #neededBytes(): number | undefined {
    const first = this.#chunks[0];
    return messageLength(first !== undefined && first.length > 16 ? first : this.#joined());
  }

  #joined(): Buffer {
    const all = Buffer.concat(this.#chunks);
    this.#chunks = [all];
    return all;
  }

  #decode(bytes: Buffer): void {
    let message: DBusMessage;
    try {
      message = decodeMessage(bytes);
    } catch (error) {
      if (error instanceof DBusFormatError) return; // another program's mistake: its message did not arrive
      throw error;
    }
    this.#take(message);
  }
}

/** Paths of the Unix sockets in an address; abstract ones begin with a zero. */
export function socketPaths(address: string): string[] {
  return address.split(';').flatMap((alternative) => {
    const [transport, parameters = ''] = alternative.split(/:(.*)/s);
    if (transport !== 'unix') return [];
    const values = new Map(
      parameters.split(',').map((parameter) => [parameter.split('=')[0], unescape(parameter.split(/=(.*)/s)[1] ?? '')]),
    );
    const [path, abstract] = [values.get('path'), values.get('abstract')];
    if (path !== undefined) return [path];
    return abstract === undefined ? [] : [`\0${abstract}`];
  });
}

function unescape(value: string): string {
  return Buffer.from(
    value.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16))),
    'latin1',
  ).toString('utf8');
}

/** EXTERNAL: the kernel tells the bus whose process this is. */
function authenticate(path: string): Promise<{ socket: Socket; rest: Buffer }> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(path);
    socket.setTimeout(CONNECT_TIMEOUT_MS, () => socket.destroy(new Error('the message bus does not answer')));
    socket.once('error', reject);
    const uid = Buffer.from(String(process.getuid?.() ?? 0)).toString('hex');
    socket.write(`\0AUTH EXTERNAL ${uid}\r\n`);
    let received = Buffer.alloc(0);
    socket.on('data', function take(bytes: Buffer) {
      received = Buffer.concat([received, bytes]);
      const end = received.indexOf('\r\n');
      if (end < 0 && received.length < MAX_AUTH_LINE_BYTES) return;
      if (end < 0 || !received.toString('latin1').startsWith('OK ')) {
        socket.destroy(new Error('the message bus refuses this user'));
        return;
      }
      socket.setTimeout(0);
      socket.off('data', take);
      socket.off('error', reject);
      socket.write('BEGIN\r\n');
      resolve({ socket, rest: received.subarray(end + 2) });
    });
  });
}

/** Where the user's session bus is, undefined when there is none. */
export function sessionBusAddress(): string | undefined {
  const { DBUS_SESSION_BUS_ADDRESS: address, XDG_RUNTIME_DIR: runtimeFolder } = process.env;
  if (address) return address;
  const usual = `${runtimeFolder ?? ''}/bus`;
  return runtimeFolder && existsSync(usual) ? `unix:path=${usual}` : undefined;
}

export function systemBusAddress(): string {
  return process.env['DBUS_SYSTEM_BUS_ADDRESS'] ?? 'unix:path=/var/run/dbus/system_bus_socket';
}
