import { before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { frameParts, randomBytes, sha256, toBase64Url, toHex, utf8, type Bytes } from './bytes.ts';
import { meet, newParty, newScope, turnBit, type Between, type Meeting, type TestParty } from './handshake.fixture.ts';
import {
  AgentHandshake,
  DeviceHandshake,
  HandshakeError,
  formatMatchCode,
  handshakeFromDevice,
  matchCodeOf,
  sign,
  type HandshakeAnswer,
  type HandshakeEpoch,
  type HandshakeScope,
  handshakeAnswer,
} from './handshake.ts';

let device: TestParty;
let agent: TestParty;
/** Who sits on the relay: has certificates of both kinds, as the internal CA's owner could make. */
let middle: TestParty;

before(async () => {
  [device, agent, middle] = await Promise.all([newParty('device'), newParty('agent'), newParty('middle')]);
});

const secrets = () => ({ epoch: randomBytes(32), pair: randomBytes(32) });
const refused = (complaint: RegExp) => (cause: unknown) => {
  assert.ok(cause instanceof HandshakeError, `${String(cause)} is not a refusal`);
  assert.match(cause.message, complaint);
  return true;
};

describe('an honest key agreement', () => {
  test('gives the same match code and the same secrets at both ends', async () => {
    const meeting = await meet({ device, agent });
    assert.equal(meeting.deviceCode, meeting.agentCode);
    assert.match(meeting.deviceCode, /^\d{3} \d{4}$/);
    const [wrapped, connectionNonce] = [secrets(), randomBytes(16)];
    const message = handshakeFromDevice.parse(await meeting.device.wrapEpoch(1, wrapped, connectionNonce));
    assert.equal(message.type, 'handshake/epoch');
    const unwrapped = await meeting.agent.unwrapEpoch(message as HandshakeEpoch);
    assert.deepEqual(unwrapped, { epoch: 1, secrets: wrapped, deviceConnectionNonce: connectionNonce });
  });

  test('is a new one each time: nothing repeats between the same two', async () => {
    const [a, b] = [await meet({ device, agent }), await meet({ device, agent })];
    assert.notEqual(a.commit.commitment, b.commit.commitment);
    assert.notEqual(a.answer.nonce, b.answer.nonce);
    assert.notEqual(a.answer.kemPublicKey, b.answer.kemPublicKey);
    assert.notEqual(a.deviceCode, b.deviceCode);
  });

  test('serves further epochs, each with a higher number', async () => {
    const meeting = await meet({ device, agent });
    for (const epoch of [2, 3, 0xffffffff]) {
      const wrapped = secrets();
      const message = await meeting.device.wrapEpoch(epoch, wrapped, randomBytes(16));
      assert.deepEqual((await meeting.agent.unwrapEpoch(message)).secrets, wrapped);
    }
  });

  test('reveals nothing of the device’s nonce or certificate before the agent has answered', async () => {
    const { commit, reveal } = await meet({ device, agent });
    assert.deepEqual(Object.keys(commit), ['type', 'commitment']);
    assert.ok(!JSON.stringify(commit).includes(reveal.nonce));
  });
});

describe('somebody in the middle', () => {
  const alone: [string, () => Between, RegExp][] = [
    ['shows the device another agent’s certificate', () => ({ agentAsSeen: middle }), /answer not signed/],
    [
      'shows the device the agent’s key under another certificate',
      () => ({ agentAsSeen: { ...agent, certificateDer: middle.certificateDer } }),
      /answer not signed/,
    ],
    [
      'replaces the KEM key',
      () => ({ answer: async (message) => ({ ...message, kemPublicKey: await newKemKey() }) }),
      /answer not signed/,
    ],
    [
      'replaces the agent’s nonce',
      () => ({ answer: (message) => ({ ...message, nonce: turnBit(message.nonce) }) }),
      /answer not signed/,
    ],
    [
      'alters the agent’s signature',
      () => ({ answer: (message) => ({ ...message, signature: turnBit(message.signature, 900) }) }),
      /answer not signed/,
    ],
    [
      'alters the commitment',
      () => ({ commit: (message) => ({ ...message, commitment: turnBit(message.commitment) }) }),
      /answer not signed/,
    ],
    ['shows the agent another device’s certificate', () => ({ deviceAsSeen: middle }), /not what was committed/],
    [
      'shows the agent another device’s key under the right certificate',
      () => ({ deviceAsSeen: { ...device, publicKey: middle.publicKey } }),
      /reveal not signed/,
    ],
    [
      'alters the device’s nonce',
      () => ({ reveal: (message) => ({ ...message, nonce: turnBit(message.nonce, 255) }) }),
      /not what was committed/,
    ],
    [
      'alters the device’s signature',
      () => ({ reveal: (message) => ({ ...message, signature: turnBit(message.signature) }) }),
      /reveal not signed/,
    ],
  ];
  for (const [name, between, complaint] of alone) {
    test(`is found when they: ${name}`, async () => {
      await assert.rejects(meet({ device, agent }, between()), refused(complaint));
    });
  }

  test('who answers in the agent’s place is found by the agent', async () => {
    const scope = newScope();
    const [real, honest, impostor] = [
      new DeviceHandshake(scope, device),
      new AgentHandshake(scope, agent),
      new AgentHandshake(scope, middle),
    ];
    const commit = await real.commit();
    await honest.answer(commit);
    const reveal = await real.reveal(await impostor.answer(commit), middle);
    await assert.rejects(honest.accept(reveal, device), refused(/reveal not signed/));
  });

  test('who plays agent to the device and device to the agent gets two different match codes', async () => {
    const scope = newScope();
    const [realDevice, fakeDevice] = [new DeviceHandshake(scope, device), new DeviceHandshake(scope, middle)];
    const [realAgent, fakeAgent] = [new AgentHandshake(scope, agent), new AgentHandshake(scope, middle)];
    const toDevice = await fakeAgent.answer(await realDevice.commit());
    const fromAgent = await realAgent.answer(await fakeDevice.commit());
    await realDevice.reveal(toDevice, middle);
    const agentCode = await realAgent.accept(await fakeDevice.reveal(fromAgent, agent), middle);
    assert.notEqual(await realDevice.matchCode(), agentCode);
  });

  test('who passes the device’s commitment off as their own cannot reveal it', async () => {
    const scope = newScope();
    const [real, impostor, honest] = [
      new DeviceHandshake(scope, device),
      new DeviceHandshake(scope, middle),
      new AgentHandshake(scope, agent),
    ];
    await honest.answer(await real.commit());
    const reveal = await impostor.reveal(await new AgentHandshake(scope, agent).answer(await impostor.commit()), agent);
    await assert.rejects(honest.accept(reveal, middle), refused(/not what was committed/));
  });

  test('cannot mix two answers into one agreement by sending them at the same moment', async () => {
    const scope = newScope();
    const real = new DeviceHandshake(scope, device);
    const commit = await real.commit();
    const [honest, impostor] = [new AgentHandshake(scope, agent), new AgentHandshake(scope, middle)];
    const [answer, forged] = [await honest.answer(commit), await impostor.answer(commit)];
    const outcomes = await Promise.allSettled([
      real.reveal(answer, agent),
      real.reveal(forged, middle),
      real.reveal(answer, agent),
    ]);
    assert.deepEqual(
      outcomes.map(({ status }) => status),
      ['fulfilled', 'rejected', 'rejected'],
    );
    const [first] = outcomes;
    assert.ok(first.status === 'fulfilled');
    assert.equal(await honest.accept(first.value, device), await real.matchCode());
    const message = await real.wrapEpoch(1, secrets(), randomBytes(16));
    await assert.doesNotReject(honest.unwrapEpoch(message));
  });

  test('has one try: after an answer that was refused the right one is out of turn', async () => {
    const scope = newScope();
    const real = new DeviceHandshake(scope, device);
    const answer = await new AgentHandshake(scope, agent).answer(await real.commit());
    await assert.rejects(real.reveal({ ...answer, nonce: turnBit(answer.nonce) }, agent), refused(/not signed/));
    await assert.rejects(real.reveal(answer, agent), refused(/out of turn/));
    await assert.rejects(real.matchCode(), refused(/no agreement/));
  });
});

async function newKemKey(): Promise<string> {
  const { publicKey } = await crypto.subtle.generateKey({ name: 'ECDH', namedCurve: 'P-256' }, false, ['deriveBits']);
  return toBase64Url(new Uint8Array(await crypto.subtle.exportKey('raw', publicKey)));
}

describe('messages of another agreement', () => {
  test('an answer made for another session, connection or commitment is refused', async () => {
    const scope = newScope();
    for (const other of [
      { ...scope, sessionId: 'ses_zzzzzzzzzzzzzzzzzzzzzzzzzz' },
      { ...scope, agentConnectionNonce: randomBytes(16) },
    ])
      await assert.rejects(
        meet({ device, agent, deviceScope: scope, agentScope: other }),
        refused(/answer not signed/),
      );
    const { answer } = await meet({ device, agent, deviceScope: scope });
    const again = new DeviceHandshake(scope, device);
    await again.commit();
    await assert.rejects(again.reveal(answer, agent), refused(/answer not signed/));
  });

  test('a reveal of an earlier agreement of the same two is refused', async () => {
    const scope = newScope();
    const { reveal } = await meet({ device, agent, deviceScope: scope });
    await assert.rejects(
      meet({ device, agent, deviceScope: scope }, { reveal: () => reveal }),
      refused(/not what was committed/),
    );
  });

  test('an epoch wrapped in one agreement does not open in another', async () => {
    const scope = newScope();
    const [a, b] = [
      await meet({ device, agent, deviceScope: scope }),
      await meet({ device, agent, deviceScope: scope }),
    ];
    const message = await a.device.wrapEpoch(1, secrets(), randomBytes(16));
    await assert.rejects(b.agent.unwrapEpoch(message), refused(/epoch not signed/));
  });
});

describe('messages out of turn', () => {
  test('the device answers nothing before it has committed and wraps nothing before it has agreed', async () => {
    const scope = newScope();
    const fresh = new DeviceHandshake(scope, device);
    const { answer } = await meet({ device, agent, deviceScope: scope });
    await assert.rejects(fresh.reveal(answer, agent), refused(/out of turn/));
    await assert.rejects(fresh.wrapEpoch(1, secrets(), randomBytes(16)), refused(/no agreement/));
    await assert.rejects(fresh.matchCode(), refused(/no agreement/));
  });

  test('the agent takes each message once and in its place', async () => {
    const scope = newScope();
    const { commit, reveal, agent: done, device: made } = await meet({ device, agent, deviceScope: scope });
    const epoch = await made.wrapEpoch(1, secrets(), randomBytes(16));
    const fresh = new AgentHandshake(scope, agent);
    await assert.rejects(fresh.accept(reveal, device), refused(/reveal out of turn/));
    await assert.rejects(fresh.unwrapEpoch(epoch), refused(/epoch out of turn/));
    await fresh.answer(commit);
    await assert.rejects(fresh.answer(commit), refused(/commitment out of turn/));
    await assert.rejects(fresh.unwrapEpoch(epoch), refused(/epoch out of turn/));
    await assert.rejects(done.accept(reveal, device), refused(/reveal out of turn/));
  });

  test('a second commitment sent at the same moment is not answered', async () => {
    const scope = newScope();
    const { commit } = await meet({ device, agent, deviceScope: scope });
    const fresh = new AgentHandshake(scope, agent);
    const outcomes = await Promise.allSettled([fresh.answer(commit), fresh.answer(commit)]);
    assert.deepEqual(
      outcomes.map(({ status }) => status),
      ['fulfilled', 'rejected'],
    );
  });
});

describe('an epoch message', () => {
  let meeting: Meeting;
  let message: HandshakeEpoch;
  before(async () => {
    meeting = await meet({ device, agent });
    message = await meeting.device.wrapEpoch(7, secrets(), randomBytes(16));
  });

  test('altered in any field, at any byte, is refused', async () => {
    const flips = (['enc', 'sealed', 'connectionNonce', 'signature'] as const).flatMap((field) => {
      const length = Buffer.from(message[field], 'base64url').length;
      return Array.from({ length }, (_, at) => ({ ...message, [field]: turnBit(message[field], at * 8 + (at % 8)) }));
    });
    for (const forged of [...flips, { ...message, epoch: 8 }])
      await assert.rejects(meeting.agent.unwrapEpoch(forged), refused(/epoch not signed/));
  });

  test('signed by another key is refused', async () => {
    const signature = toBase64Url(await sign(middle.privateKey, await sha256(utf8('any'))));
    await assert.rejects(meeting.agent.unwrapEpoch({ ...message, signature }), refused(/epoch not signed/));
    const other = await meet({ device: middle, agent });
    const theirs = await other.device.wrapEpoch(7, secrets(), randomBytes(16));
    await assert.rejects(meeting.agent.unwrapEpoch(theirs), refused(/epoch not signed/));
  });

  test('is taken once: a repeated one would have its nonces used twice', async () => {
    const { agent: end, device: sharer } = await meet({ device, agent });
    const [first, second] = [
      await sharer.wrapEpoch(1, secrets(), randomBytes(16)),
      await sharer.wrapEpoch(2, secrets(), randomBytes(16)),
    ];
    const outcomes = await Promise.allSettled([end.unwrapEpoch(first), end.unwrapEpoch(first)]);
    assert.deepEqual(outcomes.map(({ status }) => status).toSorted(), ['fulfilled', 'rejected']);
    await end.unwrapEpoch(second);
    for (const replayed of [first, second]) await assert.rejects(end.unwrapEpoch(replayed), refused(/seen before/));
  });

  test('is not made for a number that does not follow the last', async () => {
    for (const epoch of [7, 6, 0])
      await assert.rejects(meeting.device.wrapEpoch(epoch, secrets(), randomBytes(16)), RangeError);
  });

  test('does not show its secrets to whoever carries it', async () => {
    const { agent: end, device: sharer } = await meet({ device, agent });
    const wrapped = secrets();
    const carried = await sharer.wrapEpoch(1, wrapped, randomBytes(16));
    const bytes = toHex(Uint8Array.from(Buffer.from(carried.sealed, 'base64url')));
    assert.ok(
      !bytes.includes(toHex(wrapped.epoch.subarray(0, 8))) && !bytes.includes(toHex(wrapped.pair.subarray(0, 8))),
    );
    assert.deepEqual((await end.unwrapEpoch(carried)).secrets, wrapped);
  });
});

describe('bytes of a hostile end', () => {
  /** An answer that a hostile agent signs as it should be signed, whatever it says. */
  async function signedAnswer(
    scope: HandshakeScope,
    commitment: string,
    kemPublicKey: Bytes,
  ): Promise<HandshakeAnswer> {
    const [nonce, commit] = [randomBytes(32), Uint8Array.from(Buffer.from(commitment, 'base64url'))];
    const text = [utf8('handrail/1 answer'), utf8(scope.sessionId), scope.agentConnectionNonce, commit];
    const hash = await sha256(frameParts(...text, await sha256(agent.certificateDer), kemPublicKey, nonce));
    return {
      type: 'handshake/answer',
      certificate: agent.certificatePem,
      kemPublicKey: toBase64Url(kemPublicKey),
      nonce: toBase64Url(nonce),
      signature: toBase64Url(await sign(agent.privateKey, hash)),
    };
  }

  test('a KEM key that is no point of the curve is refused, though its owner signed it', async () => {
    const good = Uint8Array.from(Buffer.from(await newKemKey(), 'base64url'));
    for (const [kem, isTaken] of [
      [good, true],
      [Uint8Array.of(...good.subarray(0, 64), (good[64] ?? 0) ^ 1), false],
      [new Uint8Array(65), false],
      [Uint8Array.of(2, ...good.subarray(1, 33)), false],
      [Uint8Array.of(0), false],
    ] as const) {
      const scope = newScope();
      const real = new DeviceHandshake(scope, device);
      const answer = await signedAnswer(scope, (await real.commit()).commitment, kem);
      const reveal = real.reveal(answer, agent);
      if (isTaken) await assert.doesNotReject(reveal);
      else await assert.rejects(reveal, refused(/not a point/));
    }
  });

  test('what is not base64url is a refusal, not a failure of another kind', async () => {
    const { reveal, commit, answer, device: made, agent: end } = await meet({ device, agent });
    const epoch = await made.wrapEpoch(1, secrets(), randomBytes(16));
    const [scope, bad] = [newScope(), 'A A*'];
    await assert.rejects(new AgentHandshake(scope, agent).answer({ ...commit, commitment: bad }), refused(/base64url/));
    for (const field of ['kemPublicKey', 'nonce', 'signature'] as const) {
      const fresh = new DeviceHandshake(scope, device);
      await fresh.commit();
      await assert.rejects(fresh.reveal({ ...answer, [field]: bad }, agent), refused(/base64url/));
    }
    for (const field of ['nonce', 'signature'] as const)
      await assert.rejects(
        meet({ device, agent }, { reveal: () => ({ ...reveal, [field]: bad }) }),
        refused(/base64url/),
      );
    for (const field of ['enc', 'sealed', 'connectionNonce', 'signature'] as const)
      await assert.rejects(end.unwrapEpoch({ ...epoch, [field]: bad }), refused(/base64url/));
  });
});

describe('the match code', () => {
  test('is seven digits, leading zeros kept', () => {
    assert.equal(formatMatchCode(0n), '000 0000');
    assert.equal(formatMatchCode(9_999_999n), '999 9999');
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 9_999_999n }), (value) => {
        const code = formatMatchCode(value);
        assert.match(code, /^\d{3} \d{4}$/);
        assert.equal(BigInt(code.replace(' ', '')), value);
      }),
    );
  });

  test('differs with the session and with every bit of the transcript, and favours no digit', async () => {
    const sessionId = 'ses_abcdefghijklmnopqrstuvwxyz';
    const hash = await sha256(utf8('transcript'));
    const codes = await Promise.all(
      Array.from({ length: 256 }, (_, bit) => {
        const other = hash.slice();
        other[bit >> 3] = (other[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        return matchCodeOf({ sessionId, hash: other });
      }),
    );
    codes.push(await matchCodeOf({ sessionId, hash }), await matchCodeOf({ sessionId: 'ses_other', hash }));
    assert.equal(new Set(codes).size, 258);
    const digits = codes.flatMap((code) => [...code.replace(' ', '')]);
    for (const digit of '0123456789') {
      const share = digits.filter((each) => each === digit).length / digits.length;
      assert.ok(share > 0.07 && share < 0.13, `${digit} makes up ${share}`);
    }
  });
});

describe('handshake messages as they are parsed', () => {
  test('a missing, further or mistyped field, another length or type is refused in both directions', async () => {
    const { commit, answer, reveal, device: made } = await meet({ device, agent });
    const epoch = await made.wrapEpoch(1, secrets(), randomBytes(16));
    for (const [schema, good] of [
      [handshakeFromDevice, commit],
      [handshakeFromDevice, reveal],
      [handshakeFromDevice, epoch],
      [handshakeAnswer, answer],
    ] as const) {
      const refuses = (changed: object) =>
        assert.equal(schema.safeParse(changed).success, false, JSON.stringify(changed));
      assert.deepEqual(schema.parse(good), good);
      refuses({ ...good, extra: 1 });
      refuses({ ...good, type: 'handshake/skip' });
      for (const [field, value] of Object.entries(good)) {
        refuses(Object.fromEntries(Object.entries(good).filter(([name]) => name !== field)));
        refuses({ ...good, [field]: typeof value === 'string' ? 1 : String(value) });
        if (field !== 'type' && field !== 'certificate' && typeof value === 'string') {
          refuses({ ...good, [field]: '' });
          refuses({ ...good, [field]: `${value.slice(0, -1)}*` });
          refuses({ ...good, [field]: value.repeat(4) });
          if (field !== 'signature') refuses({ ...good, [field]: value.slice(0, -1) });
        }
      }
      refuses({ ...good, certificate: 'x'.repeat(9000) });
    }
    for (const number of [0, -1, 1.5, 2 ** 32])
      assert.equal(handshakeFromDevice.safeParse({ ...epoch, epoch: number }).success, false);
  });

  test('neither end takes the messages of its own side', async () => {
    const { commit, answer, reveal } = await meet({ device, agent });
    assert.equal(handshakeFromDevice.safeParse(answer).success, false);
    for (const message of [commit, reveal]) assert.equal(handshakeAnswer.safeParse(message).success, false);
  });
});
