/** Everything that an agent can send and may not. */
import { encodeHeader, parseChunk, type Chunk } from '../../protocol/frame.ts';
import { chunkOf, malformed, type Attack } from './chunks.ts';

/** Refused while `active` with nothing granted but view, under `view`. */
export function agentChunks({ sender, view }: { sender: number; view: bigint }): Attack[] {
  const attack = (kind: Attack['kind'], header: Parameters<typeof chunkOf>[0], reason: string): Attack => {
    return { kind, bytes: chunkOf({ sender, ...header }), reason };
  };
  const other = sender + 1;
  return [
    attack('control', { channel: 'input', grant: view }, 'no-grant'),
    attack('control', { channel: 'input', grant: 0n }, 'no-grant'),
    ...[1n, view ^ 1n, 0xffff_ffff_ffff_ffffn].map((guess) =>
      attack('control', { channel: 'input', grant: guess }, 'no-grant'),
    ),
    attack('control', { channel: 'input', grant: view, isKey: true, epoch: 0xffffffff }, 'no-grant'),
    attack('control', { channel: 'control', grant: 7n }, 'no-grant'),
    attack('control', { channel: 'control', grant: view, sender: 0 }, 'wrong-sender'),
    attack('control', { channel: 'control', grant: view, sender: other }, 'wrong-sender'),
    attack('control', { channel: 'input', grant: view, sender: 0 }, 'wrong-sender'),
    attack('control', { channel: 'cursor', grant: view }, 'wrong-direction'),
    attack('bulk', { channel: 'picture', grant: view, isKey: true }, 'wrong-direction'),
    attack('control', { channel: 'picture', grant: view }, 'wrong-connection'),
    attack('bulk', { channel: 'input', grant: view }, 'wrong-connection'),
    attack('bulk', { channel: 'control', grant: view }, 'wrong-connection'),
    ...malformed('control', chunkOf({ channel: 'control', sender, grant: view })),
    ...malformed('bulk', chunkOf({ channel: 'picture', sender, grant: view })),
  ];
}

/** An input frame under the header of a control frame, so that the relay takes it for one. */
export function disguised(input: Uint8Array, control: Uint8Array, seq: bigint): Uint8Array {
  const changed = input.slice();
  const { header } = read(control);
  changed.set(encodeHeader({ ...header, seq, sealedBytes: read(input).header.sealedBytes }));
  return changed;
}

/** The grant that a frame names, which everybody can read. */
export function grantOf(chunk: Uint8Array): bigint {
  return read(chunk).header.grant;
}

function read(bytes: Uint8Array): Chunk {
  const chunk = parseChunk(bytes);
  if (typeof chunk === 'string') throw new Error(`no chunk: ${chunk}`);
  return chunk;
}

const HASH = 'x'.repeat(43);
const GRANT = {
  statement: JSON.stringify({ kind: 'handrail/2 grant', capability: 'input', holder: '1', notAfter: 9e15 }),
  signature: 'AAAA',
};

/** Texts of which none is the agent's to say: the device's, the relay's, somebody else's, nonsense. */
export const AGENT_TEXTS: readonly (object | string)[] = [
  '',
  'no JSON',
  'null',
  '[]',
  '[['.repeat(8000),
  '{"type":"end"}{"type":"end"}',
  '{"__proto__":{"type":"end"}}',
  { type: 'end', reason: 'sharer-stopped' },
  { type: 'End' },
  { type: 'grant', grant: GRANT },
  { type: 'revoke', grantId: 'a'.repeat(32) },
  { type: 'revoked', grantIds: ['a'.repeat(32)] },
  { type: 'pause', reason: 'agent' },
  { type: 'resume' },
  { type: 'pause', reason: 'sharer' },
  { type: 'resume', mode: 'same' },
  { type: 'declined', capability: 'input', reach: 'all' },
  { type: 'masked', rule: 'hide-now' },
  { type: 'take-back', capability: 'view' },
  { type: 'ask', id: '0'.repeat(16), capability: 'input', reach: 'all', reason: 'in the open' },
  { type: 'answer', id: '0'.repeat(16), answer: 'session', scope: 'all' },
  { type: 'question', id: '0'.repeat(16), state: 'granted' },
  { type: 'join', ticket: HASH, nonce: 'n'.repeat(22), signature: 'AAAA' },
  { type: 'session', state: 'active', grantedMode: 'control', endReason: null },
  { type: 'agent/joined', sender: 2, serialNumber: '1', nonce: 'n'.repeat(22) },
  { type: 'agent/left', sender: 1 },
  { type: 'key-needed' },
  { type: 'bulk-ready' },
  { type: 'peer', sender: 0, body: { type: 'handshake/answer' } },
  { type: 'peer', body: { type: 'handshake/commit', commitment: HASH } },
  { type: 'peer', body: { type: 'handshake/reveal', certificate: '', nonce: HASH, signature: 'AAAA' } },
  { type: 'peer', sessionId: `ses_${'a'.repeat(26)}`, body: { type: 'handshake/answer' } },
];

/** On the second connection nothing is said at all. */
export const BULK_TEXTS: readonly (object | string)[] = [{ type: 'end' }, { type: 'key-needed' }, 'no JSON'];
