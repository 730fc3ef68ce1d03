/**
 * Every route of the running product in every other spelling of its path, by somebody who has not signed in: unknown, or
 * answered as the route itself would be, and never better.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { HELPER_PROTOCOL, RELAY_PATHS } from '../protocol/relay.ts';
import { LIVE_PATH } from '../server/access/live.gateway.ts';
import { createDeviceApp } from '../server/app.ts';
import { createTestServer, type TestServer } from '../server/test-server.ts';
import { HttpPeer, type Answer } from './hostile/http-peer.ts';
import { Product } from './product.ts';
import { openOffice, type Office } from './session.ts';

interface Route {
  method: string;
  path: string;
}

/** Each parameter as an id of the right form that names nothing. */
function routesOf({ routes }: TestServer['app']): Route[] {
  const known = routes.filter(({ method, path }) => method !== 'ALL' && !path.includes('*') && path !== '/');
  const made = known.map(({ method, path }) => ({ method, path: path.replace(/:\w+/g, `per_${'a'.repeat(26)}`) }));
  return [...new Map(made.map((route) => [`${route.method} ${route.path}`, route])).values()];
}

/** As they go over the wire. */
function variantsOf(path: string): string[] {
  const cut = path.lastIndexOf('/');
  const [parent, last] = [path.slice(0, cut), path.slice(cut + 1)];
  const encoded = `%${Buffer.from(last.slice(0, 1)).toString('hex')}${last.slice(1)}`;
  return [
    `${path}/`,
    `${path}//`,
    `/${path}`,
    `${parent}//${last}`,
    `${parent}%2f${last}`,
    `${parent}%2F${last}`,
    `${path}%2f`,
    `${parent}/${encoded}`,
    `${path};x`,
    `${path};x=1`,
    `${parent};x/${last}`,
    path.toUpperCase(),
    `${parent}/${last.slice(0, 1).toUpperCase()}${last.slice(1)}`,
    `${path}/.`,
    `${path}/..`,
    `${path}/../${last}`,
    `/x/..${path}`,
    `${parent}/./${last}`,
    `${path}/%2e%2e/${last}`,
    `${path}/x`,
    `${path}/x/y`,
    `${path}%00`,
    `${path}%20`,
    `${path}.json`,
    `${path}\\`,
    `${parent}\\${last}`,
    `https://localhost${path}`,
  ];
}

const nameOf = ({ status, code }: Answer): string => `${status} ${code ?? ''}`.trim();

/** No such route; or no path at all, which is said before anything of ours has looked at it. */
const isNowhere = ({ status, body }: Answer): boolean => status === 404 || (status === 400 && body.length === 0);

describe('no other spelling of a path is a way around', { timeout: 120_000 }, () => {
  let server: TestServer;
  let product: Product;
  let office: Office;
  before(async () => {
    // In process, for its list of routes alone.
    server = createTestServer();
    product = await Product.start();
    office = await openOffice(product);
  });
  after(async () => {
    server.close();
    // First what would keep this process alive, should something else have failed.
    await product.stop();
    await office.close();
  });

  /** One segment more may be another route, whose answer to somebody unknown is then the same. */
  async function assertNoWayAround(peer: HttpPeer, { method, path }: Route): Promise<void> {
    const body = method === 'GET' ? undefined : {};
    const canonical = await peer.send(method, path, body);
    const variants = variantsOf(path).filter((variant) => variant !== path);
    await Promise.all(
      variants.map(async (variant) => {
        const answer = await peer.send(method, variant, body);
        const isSame = nameOf(answer) === nameOf(canonical);
        const outcomes = `${method} ${variant}: ${nameOf(answer)}, and ${path}: ${nameOf(canonical)}`;
        assert.ok(isNowhere(answer) || isSame, outcomes);
      }),
    );
  }

  test('of the portal, for browsers', async () => {
    const peer = new HttpPeer(product);
    const routes = routesOf(server.app);
    assert.ok(routes.length > 80, String(routes.length));
    for (const route of routes) await assertNoWayAround(peer, route);
    await peer.close();
  });

  test('of enrolment, for helpers', async () => {
    const peer = new HttpPeer(product, { protocols: [HELPER_PROTOCOL] });
    const routes = routesOf(createDeviceApp(server.services));
    assert.deepEqual(routes.map(({ path }) => path).sort(), ['/ca.crt', '/enrol']);
    for (const route of routes) await assertNoWayAround(peer, route);
    for (const { method, path } of routesOf(server.app).filter((route) => route.path !== '/ca.crt'))
      assert.equal((await peer.send(method, path, method === 'GET' ? undefined : {})).status, 404, path);
    await peer.close();
  });

  test('of the set-up, which is over: it does not exist in any spelling', async () => {
    const peer = new HttpPeer(product);
    for (const method of ['GET', 'POST'])
      for (const path of ['/api/setup', ...variantsOf('/api/setup')])
        assert.ok(isNowhere(await peer.send(method, path, method === 'GET' ? undefined : {})), path);
    await peer.close();
  });

  test('of the sockets: each is known by its one path, to whom it is meant for', async () => {
    const { agent, device } = RELAY_PATHS;
    const [browser, helper] = [new HttpPeer(product), new HttpPeer(product, { protocols: [HELPER_PROTOCOL] })];
    for (const path of [LIVE_PATH, agent.control, agent.bulk, device.control, device.bulk]) {
      const [own, other] = path.startsWith('/device') ? [helper, browser] : [browser, helper];
      assert.notEqual(await own.upgrade(path), 404, path);
      assert.equal(await other.upgrade(path), 404, path);
      for (const variant of variantsOf(path)) assert.ok([400, 404].includes(await own.upgrade(variant)), variant);
    }
  });
});
