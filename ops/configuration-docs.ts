/** Prints docs/configuration.md from the table of settings: `node ops/configuration-docs.ts`. A test proves it fresh. */
import { writeFileSync } from 'node:fs';
import { format, resolveConfig } from 'prettier';
import { SETTINGS, SETTINGS_PREFIX } from '../server/config.ts';
import { describeSettings } from '../server/platform/settings.ts';

export const CONFIGURATION_DOCS = new URL('../docs/configuration.md', import.meta.url);

export async function makeConfigurationDocs(): Promise<string> {
  const text = `# Configuration

Settings are environment variables, read once at the start. A wrong or unknown one stops the start with a message that
names it. This page is printed from \`server/config.ts\`; do not edit it.

${describeSettings(SETTINGS, SETTINGS_PREFIX)}

Browsers and helpers share one port: a helper says what it is before the TLS handshake (ALPN \`handrail-device/1\`), gets the
internal certificate and is asked for its own; a browser is never asked for one. [deploy.md](deploy.md) has worked examples.

TLS is 1.3, AES-256-GCM preferred. With \`HANDRAIL_TLS_MIN_VERSION=1.2\` browsers may also speak 1.2, with ephemeral keys and
authenticated encryption only; helpers never do.

The internal certificate carries the public name, the extra names, the host name, \`localhost\`, \`127.0.0.1\` and \`::1\`; it is
made anew when these change and a month before it ends. The company's certificate is shown to browsers for the names that
it covers. Its files are looked at every 30 seconds and on SIGHUP (when there is no terminal); what cannot be used is
logged, and the former certificate stays.

The data directory holds the database (\`handrail.db\`), the keys of the internal CA, of the server and of the audit
checkpoints (\`authority/\`, readable by the owner alone) and dropped files. One server runs on it at a time.
`;
  const file = CONFIGURATION_DOCS.pathname;
  return format(text, { ...(await resolveConfig(file)), filepath: file });
}

if (import.meta.main) writeFileSync(CONFIGURATION_DOCS, await makeConfigurationDocs());
