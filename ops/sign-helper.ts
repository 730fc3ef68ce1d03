/**
 * npm run sign:helper -- --certificate FILE --key FILE [--password-file FILE] [--timestamp URL] [--out FOLDER]
 * Signs the packaged helper for Windows (Authenticode) by `osslsigncode`, and writes its new size and digest into
 * `manifest.json`. docs/signing.md.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { openShelf, type PackagedHelper } from './package/shelf.ts';

const PLATFORM = 'win-x64';

export interface SignOptions {
  /** The company's certificate with its issuers, PEM. */
  certificate: string;
  key: string;
  /** File with the password of the key. */
  passwordFile?: string | undefined;
  /** Of a server for time stamps (RFC 3161): with one the signature outlives the certificate. */
  timestamp?: string | undefined;
  /** Folder of the packaged helpers. */
  out: string;
}

/** Throws when there is no helper for Windows, or `osslsigncode` is missing or refuses; then nothing has changed. */
export function signHelper({ certificate, key, passwordFile, timestamp, out }: SignOptions): PackagedHelper {
  const shelf = openShelf(out);
  const helper = shelf.list().find(({ platform }) => platform === PLATFORM);
  if (helper === undefined) throw new Error(`no helper for ${PLATFORM} in ${out}: package it first`);
  const scratch = mkdtempSync(join(tmpdir(), 'sign-helper-'));
  try {
    const signed = join(scratch, helper.file);
    const args = ['sign', '-h', 'sha256', '-certs', certificate, '-key', key, '-n', 'Handrail helper'];
    if (passwordFile !== undefined) args.push('-readpass', passwordFile);
    if (timestamp !== undefined) args.push('-ts', timestamp);
    execFileSync('osslsigncode', [...args, '-in', join(out, helper.file), '-out', signed], { stdio: 'pipe' });
    return shelf.replace(PLATFORM, readFileSync(signed));
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function main(): void {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    options: { certificate: text, key: text, 'password-file': text, timestamp: text, out: text },
  });
  const { certificate, key, timestamp } = values;
  if (certificate === undefined || key === undefined) throw new Error('--certificate and --key are needed');
  const out = resolve(values.out ?? join(import.meta.dirname, '../dist/helper'));
  const helper = signHelper({ certificate, key, timestamp, out, passwordFile: values['password-file'] });
  console.log(`${helper.file}: signed, SHA-256 ${helper.sha256}`);
}

if (import.meta.main) {
  try {
    main();
  } catch (error) {
    // What osslsigncode says of a wrong password or certificate is in its message.
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
