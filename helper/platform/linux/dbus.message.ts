/**
 * D-Bus messages as bytes (D-Bus Specification 0.43, "Type System" and "Message Protocol"). The libraries of npm bring
 * fifteen packages for this, last maintained years ago. What arrives was written by any program of the desktop: every length
 * is checked, and what does not fit is an error of that one message.
 */

/** Integers of 64 bits are bigint; arrays and structs are arrays, a dictionary is an array of pairs. */
export type DBusValue = number | bigint | boolean | string | DBusVariant | readonly DBusValue[];

export interface DBusVariant {
  signature: string;
  value: DBusValue;
}

export const MESSAGE_TYPE = { methodCall: 1, methodReturn: 2, error: 3, signal: 4 } as const;
export const NO_REPLY_EXPECTED = 1;

export interface DBusMessage {
  type: number;
  flags: number;
  serial: number;
  path?: string;
  interface?: string;
  member?: string;
  errorName?: string;
  replySerial?: number;
  destination?: string;
  sender?: string;
  signature?: string;
  body: readonly DBusValue[];
}

export class DBusFormatError extends Error {
  override readonly name = 'DBusFormatError';
}

/** Header fields by their code. */
const FIELDS = [
  [1, 'path', 'o'],
  [2, 'interface', 's'],
  [3, 'member', 's'],
  [4, 'errorName', 's'],
  [5, 'replySerial', 'u'],
  [6, 'destination', 's'],
  [7, 'sender', 's'],
  [8, 'signature', 'g'],
] as const;

const PROTOCOL_VERSION = 1;
const LITTLE_ENDIAN = 0x6c;
const BIG_ENDIAN = 0x42;
/** Up to the length of the header fields, which is its last part. */
const FIXED_HEADER_BYTES = 16;
/** Arrays in arrays, structs and variants: the specification allows 32 of each. */
const MAX_DEPTH = 64;
const MAX_ARRAY_BYTES = 1 << 26;
const ALIGNMENT: Readonly<Record<string, number>> = {
  ...{ y: 1, g: 1, v: 1, n: 2, q: 2, b: 4, i: 4, u: 4, s: 4, o: 4, a: 4, x: 8, t: 8, d: 8, '(': 8, '{': 8 },
};

/** Length of a message whose first bytes these are; undefined while they are too few. Throws for what is none. */
export function messageLength(bytes: Buffer): number | undefined {
  if (bytes.length < FIXED_HEADER_BYTES) return undefined;
  const isLittle = bytes[0] === LITTLE_ENDIAN;
  if ((!isLittle && bytes[0] !== BIG_ENDIAN) || bytes[3] !== PROTOCOL_VERSION)
    throw new DBusFormatError('this is no message of D-Bus');
  const [body, fields] = isLittle
    ? [bytes.readUInt32LE(4), bytes.readUInt32LE(12)]
    : [bytes.readUInt32BE(4), bytes.readUInt32BE(12)];
  return padded(FIXED_HEADER_BYTES + fields, 8) + body;
}

export function decodeMessage(bytes: Buffer): DBusMessage {
  const reader = new Reader(bytes, bytes[0] === LITTLE_ENDIAN);
  const [, type, flags, , , serial, fields] = reader.readAll('yyyyuua(yv)');
  if (typeof type !== 'number' || typeof flags !== 'number' || typeof serial !== 'number' || !Array.isArray(fields))
    throw new DBusFormatError('the header is incomplete');
  const named: Record<string, DBusValue> = {};
  for (const field of fields as readonly [number, DBusVariant][]) {
    const known = FIELDS.find(([code]) => code === field[0]);
    if (known === undefined) continue;
    if (field[1].signature !== known[2]) throw new DBusFormatError(`the header field ${known[1]} has another type`);
    named[known[1]] = field[1].value;
  }
  reader.align(8);
  const body = typeof named['signature'] === 'string' ? reader.readAll(named['signature']) : [];
  // The types of the fields are checked above.
  return { type, flags, serial, ...(named as Partial<DBusMessage>), body };
}

export function encodeMessage(message: DBusMessage): Buffer {
  const body = new Writer();
  if (message.signature !== undefined) body.writeAll(message.signature, message.body);
  const content = body.bytes();
  const fields = FIELDS.flatMap(([code, name, signature]) => {
    const value = message[name];
    return value === undefined ? [] : [[code, { signature, value }]];
  });
  const header = new Writer();
  const { type, flags, serial } = message;
  header.writeAll('yyyyuua(yv)', [LITTLE_ENDIAN, type, flags, PROTOCOL_VERSION, content.length, serial, fields]);
  header.align(8);
  return Buffer.concat([header.bytes(), content]);
}

/** The complete types that a signature is made of: "a{sv}(ii)s" is three. */
export function splitSignature(signature: string): string[] {
  const types: string[] = [];
  for (let at = 0; at < signature.length;) {
    const end = endOfType(signature, at, 0);
    types.push(signature.slice(at, end));
    at = end;
  }
  return types;
}

function endOfType(signature: string, at: number, depth: number): number {
  const code = signature[at];
  if (code === undefined || ALIGNMENT[code] === undefined || depth > MAX_DEPTH)
    throw new DBusFormatError(`"${signature}" is no signature`);
  if (code === 'a') return endOfType(signature, at + 1, depth + 1);
  if (code !== '(' && code !== '{') return at + 1;
  const close = code === '(' ? ')' : '}';
  let end = endOfType(signature, at + 1, depth + 1);
  while (signature[end] !== close) end = endOfType(signature, end, depth + 1);
  return end + 1;
}

function padded(length: number, alignment: number): number {
  return Math.ceil(length / alignment) * alignment;
}

function alignmentOf(type: string): number {
  return ALIGNMENT[type[0] ?? ''] ?? 1;
}

class Reader {
  readonly #bytes: Buffer;
  readonly #isLittle: boolean;
  #at = 0;
  #depth = 0;

  constructor(bytes: Buffer, isLittle: boolean) {
    this.#bytes = bytes;
    this.#isLittle = isLittle;
  }

  readAll(signature: string): DBusValue[] {
    return splitSignature(signature).map((type) => this.#read(type));
  }

  align(alignment: number): void {
    this.#take(padded(this.#at, alignment) - this.#at);
  }

  #read(type: string): DBusValue {
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH) throw new DBusFormatError('values are nested too deep');
    this.align(alignmentOf(type));
    const value = this.#readAligned(type);
    this.#depth -= 1;
    return value;
  }

  #readAligned(type: string): DBusValue {
    switch (type[0]) {
      case 'a':
        return this.#readArray(type.slice(1));
      case '(':
      case '{':
        return this.readAll(type.slice(1, -1));
      case 'v':
        return this.#readVariant();
      case 's':
      case 'o':
        return this.#readString(this.#readNumber('u'));
      case 'g':
        return this.#readString(this.#readNumber('y'));
      case 'b':
        return this.#readNumber('u') !== 0;
      case 'x':
      case 't':
        return this.#readLong(type);
      default:
        return this.#readNumber(type);
    }
  }

  #readNumber(type: string): number {
    const size = alignmentOf(type);
    const at = this.#take(size);
    const bytes = this.#bytes;
    if (type === 'd') return this.#isLittle ? bytes.readDoubleLE(at) : bytes.readDoubleBE(at);
    if (type === 'n' || type === 'i') return this.#isLittle ? bytes.readIntLE(at, size) : bytes.readIntBE(at, size);
    return this.#isLittle ? bytes.readUIntLE(at, size) : bytes.readUIntBE(at, size);
  }

  #readLong(type: string): bigint {
    const bytes = this.#bytes;
    const at = this.#take(8);
    if (type === 'x') return this.#isLittle ? bytes.readBigInt64LE(at) : bytes.readBigInt64BE(at);
    return this.#isLittle ? bytes.readBigUInt64LE(at) : bytes.readBigUInt64BE(at);
  }

  /** It ends in a zero that is not counted. */
  #readString(length: number): string {
    const at = this.#take(length + 1);
    return this.#bytes.toString('utf8', at, at + length);
  }

  #readVariant(): DBusVariant {
    const signature = this.#readString(this.#readNumber('y'));
    if (splitSignature(signature).length !== 1) throw new DBusFormatError('a variant holds one value');
    return { signature, value: this.#read(signature) };
  }

  #readArray(type: string): DBusValue[] {
    const length = this.#readNumber('u');
    this.align(alignmentOf(type));
    const end = this.#at + length;
    if (length > MAX_ARRAY_BYTES || end > this.#bytes.length) throw new DBusFormatError('an array is too long');
    const values: DBusValue[] = [];
    while (this.#at < end) values.push(this.#read(type));
    if (this.#at !== end) throw new DBusFormatError('an array ends within a value');
    return values;
  }

  #take(length: number): number {
    const at = this.#at;
    if (at + length > this.#bytes.length) throw new DBusFormatError('the message is too short');
    this.#at = at + length;
    return at;
  }
}

class Writer {
  #bytes = Buffer.alloc(256);
  #length = 0;

  bytes(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  writeAll(signature: string, values: readonly DBusValue[]): void {
    const types = splitSignature(signature);
    if (types.length !== values.length) throw new DBusFormatError(`"${signature}" asks for ${types.length} values`);
    for (const [i, type] of types.entries()) this.#write(type, values[i] ?? 0);
  }

  align(alignment: number): void {
    this.#grow(padded(this.#length, alignment) - this.#length);
  }

  #write(type: string, value: DBusValue): void {
    this.align(alignmentOf(type));
    if (type === 'v') this.#writeVariant(value);
    else if (Array.isArray(value)) this.#writeList(type, value);
    else if (typeof value === 'string') this.#writeString(type, value);
    else if (typeof value === 'bigint') this.#writeLong(type, value);
    else this.#writeNumber(type, Number(value));
  }

  #writeLong(type: string, value: bigint): void {
    if (!/^[xt]$/.test(type)) throw new DBusFormatError(`a bigint is no "${type}"`);
    const at = this.#grow(8);
    this.#bytes.writeBigUInt64LE(BigInt.asUintN(64, value), at);
  }

  #writeNumber(type: string, value: number): void {
    const size = alignmentOf(type);
    if (!/^[ynqbiud]$/.test(type)) throw new DBusFormatError(`a number is no "${type}"`);
    const at = this.#grow(size);
    if (type === 'd') this.#bytes.writeDoubleLE(value, at);
    else if (type === 'n' || type === 'i') this.#bytes.writeIntLE(value, at, size);
    else this.#bytes.writeUIntLE(value, at, size);
  }

  #writeString(type: string, value: string): void {
    if (!/^[sog]$/.test(type)) throw new DBusFormatError(`a string is no "${type}"`);
    const text = Buffer.from(value);
    this.#writeNumber(type === 'g' ? 'y' : 'u', text.length);
    const at = this.#grow(text.length + 1);
    text.copy(this.#bytes, at);
  }

  #writeVariant(variant: DBusValue): void {
    if (typeof variant !== 'object' || !('signature' in variant)) throw new DBusFormatError('this is no variant');
    this.#writeString('g', variant.signature);
    this.#write(variant.signature, variant.value);
  }

  #writeList(type: string, values: readonly DBusValue[]): void {
    if (type.startsWith('(') || type.startsWith('{')) return this.writeAll(type.slice(1, -1), values);
    if (!type.startsWith('a')) throw new DBusFormatError(`an array is no "${type}"`);
    const element = type.slice(1);
    const lengthAt = this.#grow(4);
    this.align(alignmentOf(element));
    const start = this.#length;
    for (const value of values) this.#write(element, value);
    this.#bytes.writeUInt32LE(this.#length - start, lengthAt);
  }

  /** Room for that many zeros; where it begins. */
  #grow(length: number): number {
    const at = this.#length;
    if (at + length > this.#bytes.length)
      this.#bytes = Buffer.concat([this.#bytes, Buffer.alloc(Math.max(this.#bytes.length, length))]);
    this.#length += length;
    return at;
  }
}
