/**
 * Whoever guesses at passwords, codes or tokens of the running product is told to slow down, from the address that they
 * guess from; whoever has the right one gets in meanwhile.
 */
import assert from 'node:assert/strict';
import { randomBytes, randomInt } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { makeSessionKey } from '../helper/enrol/csr.ts';
import { HELPER_PROTOCOL } from '../protocol/relay.ts';
import { AgentPeer } from './hostile/agent.peer.ts';
import { HttpPeer } from './hostile/http-peer.ts';
import { ADMIN, AGENT, EMPLOYEE } from './people.ts';
import { Product } from './product.ts';
import { openOffice, sendInvitation, type Office } from './session.ts';

const SLOWED = '429 auth.too-many-attempts';
const GUESSES = 10;
/** The guesser's address, and that of somebody who has done nothing wrong. */
const GUESSER = '127.0.0.66';
const OTHER = '127.0.0.7';

const newToken = (): string => randomBytes(32).toString('base64url');
/** Lower-case base 32, as helpers have it. */
const newHelperToken = (): string =>
  Array.from({ length: 26 }, () => 'abcdefghijklmnopqrstuvwxyz234567'[randomInt(32)]).join('');

describe('guessing', { timeout: 120_000 }, () => {
  let product: Product;
  let office: Office;
  const peers: HttpPeer[] = [];

  before(async () => {
    product = await Product.start();
  });
  after(async () => {
    // First what would keep this process alive, should something else have failed.
    await product.stop();
    for (const peer of peers) await peer.close();
    await office.close();
  });

  function peer(from: string, protocols?: readonly string[]): HttpPeer {
    const made = new HttpPeer(product, { from, ...(protocols !== undefined && { protocols }) });
    peers.push(made);
    return made;
  }

  async function outcome(who: HttpPeer, path: string, json: object): Promise<string> {
    const { status, code } = await who.send('POST', path, json);
    return `${status} ${code ?? ''}`.trim();
  }

  /** So many wrong ones are refused as wrong; the next is not looked at. */
  async function guess(
    who: HttpPeer,
    path: string,
    { body, wrong, count = GUESSES }: { body: () => object; wrong: string; count?: number },
  ): Promise<void> {
    for (let tried = 0; tried < count; tried++) assert.equal(await outcome(who, path, body()), wrong);
    assert.equal(await outcome(who, path, body()), SLOWED);
  }

  test('at the set-up token slows the guesser, and the administrator with the printed link sets it up', async () => {
    const { name, employeeNumber, password } = ADMIN;
    const body = () => ({ token: newToken(), organisation: 'Mine now', name, employeeNumber, password });
    await guess(peer(GUESSER), '/api/setup', { body, wrong: '403 setup.token-invalid' });
    assert.equal(await outcome(peer(OTHER), '/api/setup', body()), '403 setup.token-invalid');
    office = await openOffice(product);
  });

  test('at a password slows the guesser alone: its owner signs in from another address', async () => {
    const { employeeNumber, password } = EMPLOYEE;
    const body = () => ({ employeeNumber, password: newToken() });
    const path = '/api/sign-in';
    await guess(peer(GUESSER), path, { body, wrong: '401 auth.wrong-credentials', count: 5 });
    assert.equal(await outcome(peer(GUESSER), path, { employeeNumber, password }), SLOWED, 'with the right one');
    assert.equal(await outcome(peer(OTHER), path, { employeeNumber, password }), '200');
  });

  test('at a password a hundred times at the same moment is guessing five times', async () => {
    const guesser = peer('127.0.0.68');
    const { employeeNumber } = EMPLOYEE;
    const outcomes = await Promise.all(
      Array.from({ length: 100 }, () => outcome(guesser, '/api/sign-in', { employeeNumber, password: newToken() })),
    );
    assert.equal(outcomes.filter((each) => each === '401 auth.wrong-credentials').length, 5);
    assert.equal(outcomes.filter((each) => each === SLOWED).length, 95);
  });

  test('at a password from many addresses at once does not lock its owner out of a place where they have been', async () => {
    const { employeeNumber, password } = EMPLOYEE;
    const path = '/api/sign-in';
    const from = (last: number): Promise<string> =>
      outcome(peer(`127.0.1.${last}`), path, { employeeNumber, password: newToken() });
    const outcomes: string[] = [];
    for (let first = 1; first <= 40; first += 8)
      outcomes.push(...(await Promise.all(Array.from({ length: 8 }, (_, at) => from(first + at)))));
    assert.ok(outcomes.includes(SLOWED), 'the account is protected as a whole');
    assert.equal(await outcome(peer('127.0.1.99'), path, { employeeNumber, password }), SLOWED, 'from anywhere else');
    assert.equal(await outcome(peer(OTHER), path, { employeeNumber, password }), '200');
  });

  test('at spoken codes, links and the helper’s token slows the guesser, and each right one opens from elsewhere', async () => {
    const agent = await AgentPeer.signIn(product, AGENT);
    peers.push(agent.http);
    const { sessionId, spokenCode } = await sendInvitation(office, agent.http);
    const redeem = '/api/invitations/redeem';
    const wrongCode = () => ({
      code: String((Number(spokenCode) + randomInt(1, 1_000_000)) % 1_000_000_000).padStart(9, '0'),
    });
    await guess(peer(GUESSER), redeem, { body: wrongCode, wrong: '410 invitation.invalid' });
    assert.equal(await outcome(peer(GUESSER), redeem, { code: spokenCode }), SLOWED, 'with the right one');
    assert.equal(await outcome(peer(GUESSER), redeem, { secret: newToken() }), SLOWED);
    assert.equal(await outcome(peer(OTHER), redeem, { code: spokenCode }), '200');

    const { token } = await office.employee.post<{ token: string }>(`/api/sessions/${sessionId}/accept`);
    const { csrPem: csr } = await makeSessionKey();
    const device = { csr, helperVersion: '0.1.0', helperFile: null, platform: 'linux-x64' };
    const body = () => ({ ...device, token: newHelperToken() });
    await guess(peer(GUESSER, [HELPER_PROTOCOL]), '/enrol', { body, wrong: '403 enrolment.token-invalid' });
    assert.equal(await outcome(peer(OTHER, [HELPER_PROTOCOL]), '/enrol', { ...device, token }), '201');
  });

  test('at password links slows the guesser, and the one who was sent it opens theirs, even from the same address', async () => {
    const { departments } = await office.admin.get<{ departments: { id: string }[] }>('/api/departments');
    const person = { name: 'Sanna Lind', employeeNumber: 'E9', departmentId: departments[0]?.id, roles: ['employee'] };
    const added = await office.admin.post<{ passwordLink: { url: string } }>('/api/people', person);
    const open = '/api/password-links/open';
    const guesser = peer('127.0.0.67');
    await guess(guesser, open, { body: () => ({ token: newToken() }), wrong: '410 password.link-invalid' });
    const token = new URL(added.passwordLink.url).hash.slice(1);
    assert.equal(await outcome(guesser, open, { token }), '200');
  });

  test('is in the audit chain as often as it was looked at, and no more often', async () => {
    const countOf = async (action: string): Promise<number> =>
      (await office.admin.get<{ total: number }>(`/api/audit?action=${encodeURIComponent(action)}&limit=1`)).total;
    assert.equal(await countOf('invitation/refused'), GUESSES);
    assert.equal(await countOf('session/enrolment-refused'), GUESSES);
    const refused = await countOf('auth/refused');
    // The budget of the account, of which one comes back every half minute.
    assert.ok(refused >= 30 && refused <= 32, String(refused));
  });
});
