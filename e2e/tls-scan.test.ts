/**
 * testssl.sh against the running product: browsers' and helpers' ports at TLS 1.3, browsers' with 1.2 allowed and a
 * certificate of the company. Whatever it finds beyond information is in the reviewed list, with the reason, or fails.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { z } from 'zod';
import { createCompanyCa, type CompanyCa } from '../server/authority/test-company-ca.ts';
import { freePort, start } from './processes.ts';
import { Product } from './product.ts';

const findings = z.array(z.object({ id: z.string(), severity: z.string(), finding: z.string() }));
type Finding = z.infer<typeof findings>[number];

/** Everything that can be asked in half a minute; nothing is looked up in DNS and nobody outside is asked (no --phone-out). */
const OPTIONS = ['--quiet', '--color', '0', '--warnings', 'batch', '--nodns', 'none', '--ip', '127.0.0.1'];
const CHECKS = ['-p', '-s', '-f', '-P', '-S', '-h', '-U', '-g'];
const HARMLESS = new Set(['OK', 'INFO', 'DEBUG']);

/** What may be found, and why it stays. */
const REVIEWED: { id: RegExp; finding: RegExp; reason: string }[] = [
  {
    id: /^engine_problem$/,
    finding: /GOST/,
    reason: 'about the scanner: its OpenSSL has no GOST, and neither has ours',
  },
  {
    id: /^sessionresumption_ticket$/,
    finding: /connect problem/,
    reason: 'about the scanner: it tries tickets with TLS 1.2, which is not there',
  },
  {
    id: /^cert_revocation$/,
    finding: /Neither CRL nor OCSP/,
    reason:
      'the internal CA has one server certificate, on the machine of the CA itself: whoever has stolen the key has the CA, and then the answer is a new CA. Client certificates are looked up by serial number at each use',
  },
  {
    id: /^HSTS$/,
    finding: /not offered/,
    reason: 'only with a company certificate on port 443: see server/security-headers.ts',
  },
  {
    id: /^BREACH$/,
    finding: /gzip|br/i,
    reason: 'only files of the user interface are compressed, which are the same for everybody and hold no secret',
  },
];

describe('testssl.sh finds nothing worse than information', { timeout: 300_000 }, () => {
  let company: CompanyCa;
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'handrail-testssl-'));
    company = createCompanyCa();
    const { certificate, privateKey } = company.issue({ names: 'DNS:localhost', hasCrl: true });
    writeFileSync(join(folder, 'tls.crt'), certificate + company.intermediate);
    writeFileSync(join(folder, 'tls.key'), privateKey);
    writeFileSync(join(folder, 'root.crt'), company.root);
  });
  after(() => {
    company.close();
    rmSync(folder, { recursive: true });
  });

  async function scan(name: string, port: number, caFile: string): Promise<Finding[]> {
    const file = join(folder, `${name}.json`);
    const options = [...OPTIONS, '--add-ca', caFile, '--jsonfile', file, ...CHECKS];
    const running = start('testssl', [...options, `localhost:${port}`], { cwd: folder });
    await running.exited;
    const found = findings.parse(JSON.parse(readFileSync(file, 'utf8')));
    // The last check of all: a scan that broke off has found nothing either.
    assert.ok(
      found.some(({ id }) => id === 'RC4'),
      running.output(),
    );
    return found;
  }

  function judge(found: readonly Finding[], expected: Record<string, string>, allowed: readonly string[]): void {
    for (const [id, words] of Object.entries(expected))
      assert.equal(found.find((one) => one.id === id)?.finding, words, id);
    const worse = found.filter(({ severity }) => !HARMLESS.has(severity));
    const reviewed = REVIEWED.filter(({ id }) => allowed.some((one) => id.test(one)));
    const unreviewed = worse.filter(
      ({ id, finding }) => !reviewed.some((one) => one.id.test(id) && one.finding.test(finding)),
    );
    assert.deepEqual(unreviewed, []);
  }

  const ONLY_1_3 = { TLS1: 'not offered', TLS1_1: 'not offered', TLS1_2: 'not offered', TLS1_3: 'offered with final' };

  test('with TLS 1.3, for browsers and for helpers', async () => {
    const devicePort = await freePort();
    const product = await Product.start(undefined, { devicePort, env: { HANDRAIL_DEVICE_PORT: String(devicePort) } });
    try {
      const ca = join(product.dataDir, 'authority', 'ca.crt');
      const [browsers, helpers] = await Promise.all([
        scan('browsers', product.port, ca),
        scan('helpers', devicePort, ca),
      ]);
      const tool = ['engine_problem', 'sessionresumption_ticket'];
      judge(browsers, ONLY_1_3, [...tool, 'cert_revocation', 'HSTS', 'BREACH']);
      judge(helpers, ONLY_1_3, [...tool, 'cert_revocation', 'HSTS']);
    } finally {
      await product.stop();
    }
  });

  test('with TLS 1.2 allowed and the company’s certificate on port 443', async () => {
    const product = await Product.start(undefined, {
      publicPort: 443,
      env: {
        HANDRAIL_TLS_MIN_VERSION: '1.2',
        HANDRAIL_TLS_CERT_FILE: join(folder, 'tls.crt'),
        HANDRAIL_TLS_KEY_FILE: join(folder, 'tls.key'),
      },
    });
    try {
      const found = await scan('company', product.port, join(folder, 'root.crt'));
      judge(
        found,
        {
          TLS1: 'not offered',
          TLS1_1: 'not offered',
          TLS1_2: 'offered',
          HSTS_time: '180 days (=15552000 seconds) > 15552000 seconds',
        },
        ['engine_problem', 'BREACH'],
      );
    } finally {
      await product.stop();
    }
  });
});
