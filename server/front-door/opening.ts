import { readClientHello, type ClientHello } from './client-hello.ts';
import { readProxyHeader } from './proxy-header.ts';

/** What the first bytes of a connection ask for. Pure: bytes in, a decision out. */
export type Opening =
  /** Cannot be told before so many bytes are there. */
  | { kind: 'need-more'; bytes: number }
  /** TLS begins at `at`. `hello` is null where it cannot be read: a TLS server answers such a one with its alert. */
  | { kind: 'tls'; at: number; client: string | null; hello: ClientHello | null }
  /** A request without TLS; `line` is its first. */
  | { kind: 'http'; line: string }
  | { kind: 'refused'; reason: RefusedOpening };

export type RefusedOpening =
  /** Neither TLS nor HTTP. */
  | 'unknown-protocol'
  | 'too-large'
  /** PROXY protocol from an address that is not a trusted proxy's. */
  | 'proxy-not-trusted'
  | 'proxy-header-malformed';

const MAX_REQUEST_LINE_BYTES = 4096;

/** `isFromProxy`: the connection comes from a trusted proxy, which may say for whom it speaks. */
export function readOpening(bytes: Buffer, { isFromProxy }: { isFromProxy: boolean }): Opening {
  const header = readProxyHeader(bytes);
  if (header.kind === 'need-more') return header;
  if (header.kind === 'none') return readProtocol(bytes, { at: 0, client: null });
  if (!isFromProxy) return { kind: 'refused', reason: 'proxy-not-trusted' };
  if (header.kind === 'malformed') return { kind: 'refused', reason: 'proxy-header-malformed' };
  return readProtocol(bytes, { at: header.bytes, client: header.client });
}

function readProtocol(bytes: Buffer, { at, client }: { at: number; client: string | null }): Opening {
  const rest = bytes.subarray(at);
  if (rest.length === 0) return { kind: 'need-more', bytes: at + 1 };
  const reading = readClientHello(rest);
  if (reading.kind === 'need-more') return { kind: 'need-more', bytes: at + reading.bytes };
  if (reading.kind === 'hello') return { kind: 'tls', at, client, hello: reading.hello };
  if (reading.reason === 'too-large') return { kind: 'refused', reason: 'too-large' };
  if (reading.reason !== 'no-handshake-record') return { kind: 'tls', at, client, hello: null };
  return readRequestLine(rest, at);
}

/** RFC 9112 §3: a method, a space, a target, a space, a version; no other protocol begins so. */
function readRequestLine(bytes: Buffer, at: number): Opening {
  const text = bytes.toString('latin1', 0, MAX_REQUEST_LINE_BYTES);
  if (!/^[A-Z]{1,20}( |$)/.test(text)) return { kind: 'refused', reason: 'unknown-protocol' };
  const end = text.search(/\r?\n/);
  if (end !== -1) return { kind: 'http', line: text.slice(0, end) };
  return text.length < MAX_REQUEST_LINE_BYTES
    ? { kind: 'need-more', bytes: at + bytes.length + 1 }
    : { kind: 'refused', reason: 'too-large' };
}
