/** Joins that must fail in every state, for want of a ticket, a certificate or the right Origin. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { RELAY_PATHS } from '../../protocol/relay.ts';
import type { AgentPeer } from './agent.peer.ts';
import { asHelper } from './device.peer.ts';
import { dial, dialOpen, outcomeOf } from './stream-socket.ts';

const REFUSED = '4003 ticket.invalid';
const { control, bulk } = RELAY_PATHS.agent;
const { device } = RELAY_PATHS;

export async function assertNoWayIn(agent: AgentPeer, sessionId: string): Promise<void> {
  const { product } = agent;
  const madeUp = randomBytes(32).toString('base64url');
  const join = await agent.joinMessage(madeUp);
  const deviceJoin = { type: 'join', nonce: join.nonce };
  assert.equal(await outcomeOf(await dial(product, control), join), REFUSED);
  assert.equal(await outcomeOf(await dial(product, control), { ...join, sessionId }), REFUSED);
  assert.equal(await outcomeOf(await dial(product, control), deviceJoin), REFUSED);
  assert.equal(await outcomeOf(await dial(product, control), new Uint8Array(64)), '4002 join expected');
  assert.equal(await outcomeOf(await dial(product, bulk), { type: 'join', ticket: madeUp }), REFUSED);
  for (const origin of ['https://evil.example', 'null'])
    assert.equal(await outcomeOf(await dial(product, control, { origin }), join), '403');
  for (const path of [device.control, device.bulk]) {
    assert.equal(await outcomeOf(await dial(product, path), deviceJoin), '404');
    assert.equal(await outcomeOf(await dial(product, path, asHelper()), deviceJoin), '403');
    // A certificate of the internal CA, and yet no device's.
    const own = asHelper(await agent.credentials());
    assert.equal(await outcomeOf(await dial(product, path, own), deviceJoin), '403');
  }
}

/** What an agent may not do over HTTP either: be the sharer, or be in a session that is not theirs. */
export async function assertOwnSideOnly({ http }: AgentPeer, own: string, foreign: string): Promise<void> {
  for (const [method, path, code] of [
    ['POST', `${own}/accept`, 'auth.forbidden'],
    ['POST', `${own}/decline`, 'auth.forbidden'],
    ['POST', `${own}/downloads`, 'auth.forbidden'],
    ['GET', `${own}/helper/linux-x64`, 'auth.forbidden'],
    ['GET', foreign, 'not-found'],
    ['POST', `${foreign}/ticket`, 'not-found'],
    ['POST', `${foreign}/accept`, 'not-found'],
    ['POST', `${foreign}/end`, 'not-found'],
  ] as const) {
    const answer = await http.send(method, `/api/sessions/${path}`, method === 'POST' ? {} : undefined);
    assert.equal(answer.code, code, path);
  }
}

export async function assertNoTicket({ http }: AgentPeer, sessionId: string): Promise<void> {
  const answer = await http.send('POST', `/api/sessions/${sessionId}/ticket`, {});
  assert.equal(`${answer.status} ${answer.code ?? ''}`, '409 session.state-changed');
}

/** Returns how often a ticket that was good was shown with a false proof. */
export async function assertTicketsAreUsedUpByLies(
  agent: AgentPeer,
  sessionId: string,
  foreign: CryptoKey,
): Promise<number> {
  const lies = [
    { key: foreign },
    { signedTicket: randomBytes(32).toString('base64url') },
    { signedNonce: randomBytes(16).toString('base64url') },
  ];
  for (const lie of lies) {
    const ticket = await agent.ticket(sessionId);
    assert.equal(await outcomeOf(await dial(agent.product, control), await agent.joinMessage(ticket, lie)), REFUSED);
    assert.equal(await outcomeOf(await dial(agent.product, control), await agent.joinMessage(ticket)), REFUSED);
  }
  return lies.length;
}

/** Both tickets of a join, shown where and as often as they should not be. The join itself succeeds, and is dropped. */
export async function assertTicketsWorkOnce(agent: AgentPeer, sessionId: string): Promise<void> {
  const { product } = agent;
  const elsewhere = await agent.ticket(sessionId);
  assert.equal(await outcomeOf(await dial(product, bulk), { type: 'join', ticket: elsewhere }), REFUSED);
  const message = await agent.joinMessage(await agent.ticket(sessionId));
  const first = await dialOpen(product, control);
  first.send(message);
  const { bulkTicket } = await first.hears('a welcome', ({ type }) => type === 'welcome');
  const bulkJoin = { type: 'join', ticket: bulkTicket };
  assert.equal(await outcomeOf(await dial(product, control), message), REFUSED);
  assert.equal(await outcomeOf(await dial(product, device.bulk, asHelper(await agent.credentials())), bulkJoin), '403');
  const second = await dialOpen(product, bulk);
  second.send(bulkJoin);
  await first.hears('the second connection', ({ type }) => type === 'bulk-ready');
  assert.equal(await outcomeOf(await dial(product, bulk), bulkJoin), REFUSED);
  first.drop();
  await second.closed;
}
