import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { z } from 'zod';
import { CONFIGURATION_DOCS, makeConfigurationDocs } from '../ops/configuration-docs.ts';
import { readConfig } from './config.ts';
import { readSettings, SettingsError, type Settings } from './platform/settings.ts';

function problemsOf(work: () => unknown): readonly string[] {
  try {
    work();
  } catch (error) {
    assert.ok(error instanceof SettingsError);
    return error.problems;
  }
  return [];
}

describe('settings', () => {
  test('without any, the server is reachable under the machine’s name', () => {
    const config = readConfig({}, 'Desk01');
    assert.equal(config.publicUrl, 'https://desk01:8443');
    assert.deepEqual([config.port, config.devicePort, config.publicDevicePort], [8443, null, 8443]);
    assert.deepEqual(config.hosts, ['desk01', 'localhost', '127.0.0.1', '::1']);
    assert.ok(Object.isFrozen(config));
  });

  test('a machine name that no certificate can carry is replaced by localhost', () => {
    assert.equal(readConfig({}, 'my_machine!').publicUrl, 'https://localhost:8443');
  });

  test('all wrong ones are named at once, each with what is expected', () => {
    const problems = problemsOf(() =>
      readConfig({
        HANDRAIL_PORT: '0x50',
        HANDRAIL_DEVICE_PORT: '70000',
        HANDRAIL_BIND: 'eth0',
        HANDRAIL_PUBLIC_HOST: 'https://desk.example/',
        HANDRAIL_EXTRA_HOSTS: 'a.example, b example',
        HANDRAIL_TRUSTED_PROXIES: '10.0.0.0/33',
        HANDRAIL_TLS_MIN_VERSION: '1.1',
        HANDRAIL_LOG: 'xml',
      }),
    );
    const names = [
      'PORT',
      'DEVICE_PORT',
      'BIND',
      'PUBLIC_HOST',
      'EXTRA_HOSTS',
      'TRUSTED_PROXIES',
      'TLS_MIN_VERSION',
      'LOG',
    ];
    assert.equal(problems.length, names.length);
    for (const name of names)
      assert.ok(
        problems.some((problem) => problem.startsWith(`HANDRAIL_${name} is `) && problem.includes('expected')),
        name,
      );
  });

  test('a misspelt name stops the start, names of other programs do not', () => {
    assert.match(problemsOf(() => readConfig({ HANDRAIL_PROT: '443' }))[0] ?? '', /^HANDRAIL_PROT is not a setting/);
    assert.deepEqual(
      problemsOf(() => readConfig({ PORT: 'x', HOME: '/' })),
      [],
    );
  });

  test('helpers share the port of browsers or have another one', () => {
    assert.match(problemsOf(() => readConfig({ HANDRAIL_DEVICE_PORT: '8443' }))[0] ?? '', /DEVICE_PORT is 8443/);
    assert.equal(readConfig({ HANDRAIL_DEVICE_PORT: '8444' }).publicDevicePort, 8444);
  });

  test('links and file names carry the ports that the network sees', () => {
    const mapped = readConfig({ HANDRAIL_PUBLIC_HOST: 'desk.example', HANDRAIL_PUBLIC_PORT: '443' });
    assert.deepEqual([mapped.publicUrl, mapped.publicDevicePort, mapped.port], ['https://desk.example', 443, 8443]);
    const both = { HANDRAIL_DEVICE_PORT: '8444', HANDRAIL_PUBLIC_PORT: '443', HANDRAIL_PUBLIC_DEVICE_PORT: '4430' };
    assert.equal(readConfig(both).publicDevicePort, 4430);
  });

  test('a certificate comes with its key, or not at all', () => {
    assert.equal(readConfig({ HANDRAIL_TLS_CERT_FILE: '' }).companyCertificate, null);
    const both = { HANDRAIL_TLS_CERT_FILE: '/etc/desk.crt', HANDRAIL_TLS_KEY_FILE: '/etc/desk.key' };
    assert.deepEqual(readConfig(both).companyCertificate, { certFile: '/etc/desk.crt', keyFile: '/etc/desk.key' });
    for (const [one, other] of [
      ['CERT', 'KEY'],
      ['KEY', 'CERT'],
    ] as const) {
      const [problem] = problemsOf(() => readConfig({ [`HANDRAIL_TLS_${one}_FILE`]: '/etc/desk' }));
      assert.match(problem ?? '', new RegExp(`^HANDRAIL_TLS_${other}_FILE is missing`));
    }
  });

  test('proxies are addresses and networks', () => {
    const listed = readConfig({ HANDRAIL_TRUSTED_PROXIES: '10.0.0.5, 10.1.0.0/16,2001:DB8::/32,' }).trustedProxies;
    assert.deepEqual(listed, ['10.0.0.5', '10.1.0.0/16', '2001:db8::/32']);
    assert.equal(problemsOf(() => readConfig({ HANDRAIL_TRUSTED_PROXIES: 'proxy.example' })).length, 1);
  });

  test('an IPv6 address is written as URLs write it', () => {
    const { publicUrl, hosts } = readConfig({ HANDRAIL_PUBLIC_HOST: '2001:db8::7', HANDRAIL_PORT: '443' }, 'desk');
    assert.equal(publicUrl, 'https://[2001:db8::7]');
    assert.equal(hosts[0], '2001:db8::7');
  });

  test('a secret may come from a file, and is never repeated in a message', () => {
    const settings = {
      KEY: {
        doc: 'a key',
        expected: '8 characters',
        schema: z.string().length(8),
        default: 'x'.repeat(8),
        isSecret: true,
      },
    } as const satisfies Settings;
    const folder = mkdtempSync(join(tmpdir(), 'handrail-config-'));
    const file = join(folder, 'key');
    writeFileSync(file, 'hunter22\n');
    assert.deepEqual(readSettings(settings, 'H_', { H_KEY_FILE: file }), { KEY: 'hunter22' });
    assert.deepEqual(readSettings(settings, 'H_', { H_KEY: 'hunter23' }), { KEY: 'hunter23' });
    const wrong = problemsOf(() => readSettings(settings, 'H_', { H_KEY: 'hunter' }));
    assert.equal(wrong.length, 1);
    assert.doesNotMatch(wrong[0] ?? '', /hunter/);
    assert.match(
      problemsOf(() => readSettings(settings, 'H_', { H_KEY_FILE: join(folder, 'no') }))[0] ?? '',
      /H_KEY_FILE/,
    );
    rmSync(folder, { recursive: true });
  });

  test('docs/configuration.md says what the table says', async () => {
    assert.equal(readFileSync(CONFIGURATION_DOCS, 'utf8'), await makeConfigurationDocs());
  });
});
