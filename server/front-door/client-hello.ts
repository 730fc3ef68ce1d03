/**
 * The first message of a TLS connection, read before anybody answers it (RFC 8446 §4.1.2). Only what decides who takes
 * the connection is read; whether the rest makes sense is for the TLS server that gets the same bytes.
 */
export interface ClientHello {
  /** SNI (RFC 6066 §3); null when the client names none, as with an IP address. */
  serverName: string | null;
  /** ALPN (RFC 7301 §3.1), in the client's order. */
  protocols: readonly string[];
}

export type HelloReading =
  /** Cannot be judged before so many bytes are there, counted from the first. */
  | { kind: 'need-more'; bytes: number }
  | { kind: 'hello'; hello: ClientHello }
  | { kind: 'not-tls'; reason: NotTlsReason };

export type NotTlsReason =
  /** The first byte opens no handshake record. */
  | 'no-handshake-record'
  /** A handshake that does not begin with a ClientHello. */
  | 'no-client-hello'
  /** A record or the whole is larger than any client's. */
  | 'too-large'
  /** Lengths that contradict each other. */
  | 'malformed';

/** Browsers send 0.5 to 2 kB, post-quantum key shares included. */
export const MAX_HELLO_BYTES = 32 * 1024;

// RFC 8446 §5.1: type (1), legacy version (2), length (2).
const RECORD_HEADER_BYTES = 5;
const MAX_FRAGMENT_BYTES = 2 ** 14;
const HANDSHAKE_RECORD = 22;
// RFC 8446 §4: type (1), length (3).
const MESSAGE_HEADER_BYTES = 4;
const CLIENT_HELLO = 1;
const EXTENSIONS = { serverName: 0, protocols: 16 } as const;
const HOST_NAME = 0;

/** `bytes` is everything the client has said so far; the message may come in any number of records. */
export function readClientHello(bytes: Buffer): HelloReading {
  const message = joinRecords(bytes);
  if (!Buffer.isBuffer(message)) return message;
  const hello = readHello(message.subarray(MESSAGE_HEADER_BYTES));
  return hello === undefined ? { kind: 'not-tls', reason: 'malformed' } : { kind: 'hello', hello };
}

/** The whole handshake message that the records carry, or why there is none yet. */
function joinRecords(bytes: Buffer): Buffer | Exclude<HelloReading, { kind: 'hello' }> {
  const fragments: Buffer[] = [];
  let joined = 0;
  let wanted = MESSAGE_HEADER_BYTES;
  for (let at = 0; joined < wanted;) {
    const broken = judgeRecordHeader(bytes.subarray(at, at + RECORD_HEADER_BYTES));
    if (broken !== undefined) return { kind: 'not-tls', reason: broken };
    if (bytes.length < at + RECORD_HEADER_BYTES) return needMore(at + RECORD_HEADER_BYTES);
    const end = at + RECORD_HEADER_BYTES + bytes.readUInt16BE(at + 3);
    const fragment = bytes.subarray(at + RECORD_HEADER_BYTES, end);
    if (joined === 0 && fragment.length > 0 && fragment[0] !== CLIENT_HELLO)
      return { kind: 'not-tls', reason: 'no-client-hello' };
    if (bytes.length < end) return needMore(end);
    fragments.push(fragment);
    joined += fragment.length;
    if (joined >= MESSAGE_HEADER_BYTES) wanted = MESSAGE_HEADER_BYTES + messageLength(fragments);
    if (wanted > MAX_HELLO_BYTES) return { kind: 'not-tls', reason: 'too-large' };
    at = end;
  }
  return Buffer.concat(fragments).subarray(0, wanted);
}

function messageLength(fragments: readonly Buffer[]): number {
  return Buffer.concat(fragments).readUIntBE(1, 3);
}

function needMore(bytes: number): Exclude<HelloReading, { kind: 'hello' }> {
  return bytes > MAX_HELLO_BYTES ? { kind: 'not-tls', reason: 'too-large' } : { kind: 'need-more', bytes };
}

/** As soon as the bytes that are there cannot become a record of ours. */
function judgeRecordHeader(header: Buffer): NotTlsReason | undefined {
  const [type, major] = header;
  if (type !== undefined && type !== HANDSHAKE_RECORD) return 'no-handshake-record';
  if (major !== undefined && major !== 3) return 'no-handshake-record';
  if (header.length < RECORD_HEADER_BYTES) return undefined;
  const length = header.readUInt16BE(3);
  // Fragments of length zero are forbidden for handshake messages (§5.1): they would be a record that says nothing.
  if (length === 0) return 'malformed';
  return length > MAX_FRAGMENT_BYTES ? 'too-large' : undefined;
}

function readHello(body: Buffer): ClientHello | undefined {
  const cursor = new Cursor(body);
  cursor.take(2 + 32); // legacy_version, random
  cursor.vector(1); // legacy_session_id
  cursor.vector(2); // cipher_suites
  cursor.vector(1); // legacy_compression_methods
  // A hello without extensions ends here.
  const extensions = new Cursor(cursor.isAtEnd ? Buffer.alloc(0) : cursor.vector(2));
  const found = new Map<number, Buffer>();
  while (!extensions.isAtEnd) {
    const type = extensions.number(2);
    const content = extensions.vector(2);
    if (found.has(type)) return undefined; // §4.2: never twice
    found.set(type, content);
  }
  const protocols = readProtocols(found.get(EXTENSIONS.protocols));
  const serverName = readServerName(found.get(EXTENSIONS.serverName));
  if (cursor.isBroken || extensions.isBroken || !cursor.isAtEnd) return undefined;
  return protocols === undefined || serverName === undefined ? undefined : { protocols, serverName };
}

function readProtocols(content: Buffer | undefined): string[] | undefined {
  if (content === undefined) return [];
  const outer = new Cursor(content);
  const list = new Cursor(outer.vector(2));
  const protocols: string[] = [];
  while (!list.isAtEnd) protocols.push(list.vector(1).toString('latin1'));
  return outer.isBroken || list.isBroken || !outer.isAtEnd || protocols.includes('') ? undefined : protocols;
}

function readServerName(content: Buffer | undefined): string | null | undefined {
  if (content === undefined) return null;
  const outer = new Cursor(content);
  const list = new Cursor(outer.vector(2));
  let name: string | null = null;
  while (!list.isAtEnd) {
    const type = list.number(1);
    const value = list.vector(2);
    if (type === HOST_NAME) name ??= value.toString('latin1').toLowerCase();
  }
  return outer.isBroken || list.isBroken || !outer.isAtEnd ? undefined : name;
}

/** Reads on after a wrong length as if there were nothing more, and says so at the end. */
class Cursor {
  readonly #bytes: Buffer;
  #at = 0;
  #isBroken = false;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get isBroken(): boolean {
    return this.#isBroken;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  take(count: number): Buffer {
    const end = this.#at + count;
    if (end > this.#bytes.length) {
      this.#isBroken = true;
      this.#at = this.#bytes.length;
      return Buffer.alloc(0);
    }
    const part = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return part;
  }

  number(lengthBytes: 1 | 2): number {
    const part = this.take(lengthBytes);
    return part.length === 0 ? 0 : part.readUIntBE(0, lengthBytes);
  }

  /** A vector as RFC 8446 §3.4 writes them: its length, then its content. */
  vector(lengthBytes: 1 | 2): Buffer {
    return this.take(this.number(lengthBytes));
  }
}
