/** What is downloaded, and how long it takes from its start to the consent window: the helper as employees get it. */
import { chmod, copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Desktop } from '../../e2e/desktop.ts';
import { AgentPeer } from '../../e2e/hostile/agent.peer.ts';
import { AGENT } from '../../e2e/people.ts';
import { Product } from '../../e2e/product.ts';
import { openOffice, sendInvitation, type Office } from '../../e2e/session.ts';
import { packageHelper } from '../../ops/package-helper.ts';
import type { Series } from '../rows.ts';
import type { Load } from './load.ts';

const PLATFORMS = ['linux-x64', 'win-x64'] as const;

export const packaged: Load = {
  name: 'package',
  measure: async ({ helperStarts }) => {
    const folder = await mkdtemp(join(tmpdir(), 'handrail-load-'));
    try {
      const entry = join(import.meta.dirname, '../../helper/main.ts');
      const { made } = await packageHelper({ entry, out: folder, isSmall: false, platforms: PLATFORMS });
      const sizes = made.map(({ helper: { platform, bytes } }): Series => {
        return { metric: `download_${platform.replace('-', '_')}`, unit: 'MB', samples: [bytes / 1e6] };
      });
      const file = join(folder, 'started');
      await copyFile(join(folder, 'handrail-helper-linux-x64'), file);
      await chmod(file, 0o755);
      return [...sizes, { metric: 'start_to_consent', unit: 'ms', samples: await measureStarts(file, helperStarts) }];
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};

async function measureStarts(file: string, count: number): Promise<number[]> {
  const folder = await mkdtemp(join(tmpdir(), 'handrail-load-'));
  const product = await Product.start(join(folder, 'data'));
  const office = await openOffice(product);
  const samples: number[] = [];
  try {
    for (let turn = 0; turn < count; turn += 1) samples.push(await measureStart(file, office));
  } finally {
    await office.close();
    await product.stop();
    await rm(folder, { recursive: true, force: true });
  }
  return samples;
}

async function measureStart(file: string, office: Office): Promise<number> {
  const { product, caPrefix, employee } = office;
  const desktop = await Desktop.open();
  const peer = await AgentPeer.signIn(product, AGENT);
  try {
    const { sessionId } = await sendInvitation(office, peer.http);
    const { token } = await employee.post<{ token: string }>(`/api/sessions/${sessionId}/accept`);
    const startedAt = performance.now();
    desktop.start(file, ['--server', `localhost:${product.devicePort}`, '--ca', caPrefix, '--token', token]);
    await desktop.consentPage();
    const took = performance.now() - startedAt;
    await employee.post(`/api/sessions/${sessionId}/end`);
    return took;
  } finally {
    await peer.http.close();
    await desktop.close();
  }
}
