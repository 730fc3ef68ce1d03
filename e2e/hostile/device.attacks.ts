/** Everything that a device can send and may not. */
import { TASK_LIMIT_S } from '../../protocol/grant.ts';
import { chunkOf, malformed, type Attack } from './chunks.ts';
import type { DevicePeer } from './device.peer.ts';

/** Refused while `active` under a grant of view; `foreign` is the tag of somebody else's. */
export function deviceChunks({ view, foreign }: { view: bigint; foreign: bigint }): Attack[] {
  const attack = (kind: Attack['kind'], header: Parameters<typeof chunkOf>[0], reason: string): Attack => {
    return { kind, bytes: chunkOf(header), reason };
  };
  const tags = [0n, 1n, view ^ 1n, foreign, 0xffff_ffff_ffff_ffffn];
  return [
    ...tags.map((grant) => attack('bulk', { channel: 'picture', grant, isKey: true }, 'no-grant')),
    ...tags.map((grant) => attack('control', { channel: 'cursor', grant }, 'no-grant')),
    ...tags.map((grant) => attack('control', { channel: 'control', grant }, 'no-grant')),
    attack('bulk', { channel: 'picture', grant: view, sender: 1, isKey: true }, 'wrong-sender'),
    attack('control', { channel: 'control', grant: view, sender: 1 }, 'wrong-sender'),
    attack('control', { channel: 'cursor', grant: view, sender: 255 }, 'wrong-sender'),
    attack('control', { channel: 'input', grant: view }, 'wrong-direction'),
    attack('control', { channel: 'input', grant: view, sender: 1 }, 'wrong-direction'),
    attack('control', { channel: 'picture', grant: view, isKey: true }, 'wrong-connection'),
    attack('bulk', { channel: 'cursor', grant: view }, 'wrong-connection'),
    attack('bulk', { channel: 'input', grant: view }, 'wrong-connection'),
    ...malformed('control', chunkOf({ channel: 'control', grant: view })),
    ...malformed('bulk', chunkOf({ channel: 'picture', grant: view })),
  ];
}

/** What a frame of this grant would be, on each channel of a device. */
export function honestChunks(grant: bigint): Attack[] {
  const reason = 'not-active';
  return [
    { kind: 'bulk', bytes: chunkOf({ channel: 'picture', grant, isKey: true }), reason },
    { kind: 'control', bytes: chunkOf({ channel: 'cursor', grant }), reason },
    { kind: 'control', bytes: chunkOf({ channel: 'control', grant }), reason },
  ];
}

export interface FalseGrant {
  signal: object;
  reason: 'no-grant' | 'not-permitted' | 'invalid-signal';
}

/** Statements that grant nothing, in whatever state; `foreign` is of the session next door. */
export async function falseGrants(
  device: DevicePeer,
  foreign: { sessionId: string; agentSerial: string; key: CryptoKey },
): Promise<FalseGrant[]> {
  const now = Date.now();
  const PART = { reach: 'limited', windows: 1, applications: 0, rectangles: 0, sha256: 'f'.repeat(64) };
  const limitMs = device.enrolment.sessionLimitS * 1000;
  const changed: Record<string, [FalseGrant['reason'], Parameters<DevicePeer['grant']>[1]]> = {
    'signed by another key': ['no-grant', { key: foreign.key }],
    'for an agent of another session': ['no-grant', { holder: foreign.agentSerial }],
    'for nobody': ['no-grant', { holder: '0' }],
    'of another session': ['no-grant', { sessionId: foreign.sessionId }],
    'of a right that nobody has heard of': ['no-grant', { capability: 'clipboard' }],
    'of an earlier version, which had no scope': ['no-grant', { kind: 'handrail/1 grant', scope: undefined }],
    'that names what was chosen': ['no-grant', { scope: { reach: 'limited', windows: ['Payroll'] } }],
    'with a scope that is none': ['no-grant', { scope: 'all' }],
    'for a purpose that is none': ['no-grant', { purpose: 'ever' }],
    'for one task, and longer than one lasts': [
      'not-permitted',
      { purpose: 'task', notBefore: now, notAfter: now + TASK_LIMIT_S * 1000 + 1 },
    ],
    'of every right': ['no-grant', { capability: ['view', 'input'] }],
    'with an id that is none': ['no-grant', { id: '../../etc/passwd' }],
    'that is another kind of statement': ['no-grant', { kind: 'handrail/2 policy' }],
    'of the first version, which knew no scope': ['no-grant', { kind: 'handrail/1 grant', scope: undefined }],
    'of a later version': ['no-grant', { kind: 'handrail/3 grant' }],
    'that reaches where nobody knows': ['no-grant', { scope: { reach: 'screen' } }],
    'for a purpose that nobody knows': ['no-grant', { purpose: 'standing' }],
    'for a part of what cannot be parted': ['not-permitted', { capability: 'files', scope: PART }],
    'for a task that takes all day': ['not-permitted', { purpose: 'task' }],
    'with a text that never ends': ['no-grant', { consentText: 'x'.repeat(161) }],
    'that has run out': ['not-permitted', { notBefore: now - 2000, notAfter: now - 1000 }],
    'for longer than the session': ['not-permitted', { notBefore: now, notAfter: now + limitMs + 1 }],
    'for ever': ['not-permitted', { notAfter: 8.64e15 }],
  };
  const made = await Promise.all(
    Object.values(changed).map(async ([reason, changes]) => ({
      reason,
      signal: (await device.grant('view', changes)).signal,
    })),
  );
  const { statement, signature } = (await device.grant('view')).signal.grant;
  const widened = { statement: statement.replace('"view"', '"input"'), signature };
  return [
    ...made,
    { reason: 'no-grant', signal: { type: 'grant', grant: widened } },
    { reason: 'no-grant', signal: { type: 'grant', grant: { statement, signature: '' } } },
    { reason: 'invalid-signal', signal: { type: 'grant', grant: JSON.parse(statement) } },
  ];
}

const HASH = 'x'.repeat(43);
const SCRIPT = '<img src=x onerror=window.hostile=1>';

/** Texts of which none is the device's to say: the agent's, the relay's, for senders that cannot be, nonsense. */
export const DEVICE_TEXTS: readonly (object | string)[] = [
  'no JSON',
  SCRIPT,
  '[['.repeat(8000),
  '{"__proto__":{"type":"end"}}',
  { type: 'end' },
  { type: 'end', reason: SCRIPT },
  { type: 'end', reason: 'agent-stopped' },
  { type: 'end', reason: 'server-restarted' },
  { type: 'pause', reason: SCRIPT },
  { type: 'pause', reason: 'agent' },
  { type: 'pause', reason: 'network' },
  { type: 'revoke', grantId: SCRIPT },
  { type: 'revoked', grantIds: ['a'.repeat(32)] },
  { type: 'declined', capability: SCRIPT, reach: 'all' },
  { type: 'declined', capability: 'input', reach: 'all', reason: SCRIPT },
  { type: 'masked', rule: SCRIPT },
  { type: 'masked', rule: 'password-field', title: 'Payroll' },
  { type: 'join', nonce: 'n'.repeat(22) },
  { type: 'session', state: 'active', grantedMode: 'control', endReason: null },
  { type: 'agent/joined', sender: 1, serialNumber: '1', nonce: 'n'.repeat(22) },
  { type: 'peer', sender: 0, body: { type: 'handshake/commit', commitment: HASH } },
  { type: 'peer', sender: 256, body: { type: 'handshake/commit', commitment: HASH } },
  { type: 'peer', sender: 1, body: { type: 'handshake/answer' } },
  {
    type: 'peer',
    sender: 1,
    body: { type: 'handshake/reveal', certificate: SCRIPT.repeat(300), nonce: HASH, signature: 'A' },
  },
  { type: 'peer', sender: 1, sessionId: `ses_${'a'.repeat(26)}`, body: { type: 'handshake/commit', commitment: HASH } },
];

/** Well said, and to nobody: there is no such agent in this session, whoever there may be in others. */
export const TO_NOBODY: readonly object[] = [2, 3, 255].map((sender) => ({
  type: 'peer',
  sender,
  body: { type: 'handshake/commit', commitment: HASH },
}));
