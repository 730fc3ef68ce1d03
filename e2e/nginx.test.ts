/**
 * The product behind nginx, in each way of docs/deploy.md: pages, live updates, both ends of the relay, a helper that
 * enrols with its own certificate; and the product knows who the clients are.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { enrol } from '../helper/enrol/enrol.ts';
import { RelayConnection } from '../helper/transport/relay.connection.ts';
import { createCompanyCa, type CompanyCa, type IssuedPair } from '../server/authority/test-company-ca.ts';
import { Nginx, NGINX_ADDRESS } from './nginx.ts';
import { eventually, freePort } from './processes.ts';
import { newPerson, openBrowser, Product } from './product.ts';
import { invite, openOffice, signInAgent, type Office } from './session.ts';

const CLIENT_ADDRESS = '127.0.0.1';
const ABOUT = { helperVersion: '0.1.0', helperFile: null, platform: 'linux-x64' };

interface Way {
  title: string;
  examples: { stream: string; site?: string };
  hasDevicePort?: true;
  /** Whose certificate browsers see. */
  issuer: RegExp;
}

const WAYS: Way[] = [
  {
    title: 'everything passed through',
    examples: { stream: 'passed-through' },
    issuer: /^Handrail internal CA/,
  },
  {
    title: 'browsers end at nginx, helpers are passed through, on one port',
    examples: { stream: 'split', site: 'split-site' },
    issuer: /^intermediate$/,
  },
  {
    title: 'browsers end at nginx, helpers have a port of their own',
    examples: { stream: 'own-port', site: 'own-port-site' },
    hasDevicePort: true,
    issuer: /^intermediate$/,
  },
];

describe('behind nginx', { timeout: 240_000 }, () => {
  let browser: Browser;
  let company: CompanyCa;
  let shown: IssuedPair;
  before(async () => {
    browser = await openBrowser();
    company = createCompanyCa();
    shown = company.issue({ names: 'DNS:localhost' });
  });
  after(async () => {
    await browser.close();
    company.close();
  });

  for (const way of WAYS) test(way.title, () => worksBehind(way));

  async function worksBehind(way: Way): Promise<void> {
    const publicPort = await freePort();
    const publicDevicePort = way.hasDevicePort === true ? await freePort() : publicPort;
    const devicePort = way.hasDevicePort === true ? await freePort() : undefined;
    const product = await Product.start(undefined, {
      publicPort,
      devicePort: publicDevicePort,
      env: {
        HANDRAIL_TRUSTED_PROXIES: NGINX_ADDRESS,
        HANDRAIL_LOG: 'json',
        HANDRAIL_LOG_LEVEL: 'debug',
        ...(devicePort !== undefined && { HANDRAIL_DEVICE_PORT: String(devicePort) }),
      },
    });
    const innerPort = await freePort();
    const nginx = await Nginx.start(way.examples, {
      ports: [publicPort, publicDevicePort],
      files: {
        ...shown,
        productCa: readFileSync(join(product.dataDir, 'authority', 'ca.crt'), 'utf8'),
      },
      changes: {
        'listen 443': `listen ${CLIENT_ADDRESS}:${publicPort}`,
        'listen 8444': `listen ${CLIENT_ADDRESS}:${publicDevicePort}`,
        '10.0.0.10:8443': `127.0.0.1:${product.port}`,
        '10.0.0.10:8444': `127.0.0.1:${devicePort ?? 0}`,
        '127.0.0.1:4430': `127.0.0.1:${innerPort}`,
        // The way from nginx to itself.
        'set_real_ip_from 127.0.0.1': `set_real_ip_from ${NGINX_ADDRESS}`,
        'desk.example': 'localhost',
      },
    });
    try {
      const office = await openOffice(product);
      await holdsSession(office, way);
      await office.close();
      knowsItsClients(product);
    } catch (cause) {
      throw new Error(`nginx: ${nginx.output()}\nproduct: ${product.output().slice(-4000)}`, { cause });
    } finally {
      await nginx.stop();
      await product.stop();
    }
  }

  async function holdsSession(office: Office, way: Way): Promise<void> {
    const { product } = office;
    const { context, page, problems } = await newPerson(browser);
    const first = await page.goto(`${product.url}/sign-in`);
    assert.match((await first?.securityDetails())?.issuer ?? '', way.issuer);
    const agent = await signInAgent(product, page);
    await page.getByRole('heading').first().waitFor();
    // The desk is open: what the employee asks appears without a reload, by the live socket.
    const symptom = 'The scanner hums behind a proxy';
    const session = await invite(office, agent, { symptom });
    await page.getByText(symptom).first().waitFor();

    await page.goto(`${product.url}/desk/session/${session.id}`);
    const address = {
      host: 'localhost',
      port: product.devicePort,
      caFingerprint: office.caPrefix,
      token: session.token,
    };
    const { pinnedCa: ca, certificate, key } = await enrol(address, ABOUT);
    const { host, port } = address;
    const device = new RelayConnection({ host, port, ca, certificate, privateKey: key.privateKeyPem });
    const heard: string[] = [];
    device.onSignal((signal) => heard.push(signal.type));
    assert.deepEqual(await device.open(), { sessionId: session.id });
    await eventually('both connections of the device', () => heard.includes('bulk-ready'));
    await eventually('the agent, on the relay', () => heard.includes('agent/joined'));
    await agent.post(`/api/sessions/${session.id}/end`);
    await eventually('the end, told over the relay', () => heard.includes('session'));
    device.close();
    assert.deepEqual(problems, []);
    await context.close();
  }
});

/** Every request, of browsers and of the helper, is logged with the address of the client and not with nginx's. */
function knowsItsClients(product: Product): void {
  const answered = product
    .output()
    .split('\n')
    .filter((line) => line.includes('"http/answered"'))
    // The product writes one object a line.
    .map((line) => JSON.parse(line) as { path: string; address: string });
  assert.ok(answered.length > 20, `${answered.length} requests`);
  assert.ok(answered.some(({ path }) => path === '/enrol'));
  assert.deepEqual([...new Set(answered.map(({ address }) => address))], [CLIENT_ADDRESS]);
}
