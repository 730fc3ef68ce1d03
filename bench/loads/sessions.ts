/** Ten sessions one after the other, both ends scripted: what a server that has worked for a while holds in memory. */
import { createHash, X509Certificate } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import * as protocol from '../../protocol/api/sessions.ts';
import { PlainClient } from '../../e2e/plain-client.ts';
import * as office from '../../e2e/plain-office.ts';
import * as stream from '../../e2e/plain-stream.ts';
import { eventually } from '../../e2e/processes.ts';
import { Product } from '../../e2e/product.ts';
import { residentMb } from '../processes.ts';
import type { Series } from '../rows.ts';
import type { Load } from './load.ts';

const SESSIONS = 10;
/** Frames of a picture of 20 kB, at 100 a second: two seconds of a busy screen. */
const FRAMES = 200;
const FRAME_BYTES = 20_000;
const EVERY_MS = 10;

export const sessions: Load = {
  name: 'sessions',
  measure: async ({ restMs }) => {
    const folder = await mkdtemp(join(tmpdir(), 'handrail-load-'));
    const product = await Product.start(join(folder, 'data'));
    try {
      const start = await residentMb([product.pid]);
      const client = await holdSessions(product);
      await delay(restMs);
      const after = await residentMb([product.pid]);
      client.close();
      const one = (metric: string, sample: number): Series => ({ metric, unit: 'MB', samples: [sample] });
      return [one('server_rss_start', start), one('server_rss_after', after)];
    } finally {
      await product.stop();
      await rm(folder, { recursive: true, force: true });
    }
  },
};

async function holdSessions(product: Product): Promise<PlainClient> {
  const ca = readFileSync(join(product.dataDir, 'authority', 'ca.crt'), 'utf8');
  const client = new PlainClient(product.url, { ca });
  const token = await eventually('the set-up link', () => /setup#([\w-]{43})/.exec(product.output())?.[1]);
  const made = await office.foundPlainOffice(client, token);
  const caFingerprint = createHash('sha256').update(new X509Certificate(ca).raw).digest('hex').slice(0, 32);
  const device = { host: 'localhost', port: product.devicePort, caFingerprint };
  for (let turn = 0; turn < SESSIONS; turn += 1) await holdSession(made, device);
  return client;
}

async function holdSession(made: office.PlainOffice, device: Omit<stream.DeviceAddress, 'token'>): Promise<void> {
  const invitation = await office.takeAndInvite(made.agent, await office.askForHelp(made.employee, 'A session'));
  const { token } = await office.acceptInvitation(made.employee, invitation.sessionId);
  const address = { ...device, token };
  const enrolment = await stream.enrolDevice(address);
  const agentEnd = await stream.joinAgent(made.agent, invitation);
  const deviceEnd = await stream.joinDevice(address, enrolment);
  const grant = await stream.grantView(deviceEnd, enrolment, invitation.identity.serialNumber);
  for (let seq = 0; seq < FRAMES; seq += 1) {
    stream.sendPicture(deviceEnd, { grant, seq: BigInt(seq), bytes: FRAME_BYTES });
    await delay(EVERY_MS);
  }
  await made.employee.client.post(`/api/sessions/${invitation.sessionId}/end`, protocol.session, {});
  for (const end of [agentEnd, deviceEnd]) end.close();
}
