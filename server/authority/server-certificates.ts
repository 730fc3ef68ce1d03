import type { Clock } from '../platform/clock.ts';
import type { Database } from '../platform/database.ts';
import type { Authority } from './authority.ts';
import type { CertificateFiles } from './certificate-files.ts';
import { loadOrIssueServerCertificate } from './server-certificate.ts';

export interface ShownCertificate {
  /** PEM, the server's own first. */
  certificate: string;
  privateKey: string;
}

/** Which certificate who gets to see. */
export interface ServerCertificates {
  /** Always the internal CA's: it is the one that helpers pin. */
  forHelpers(): ShownCertificate;
  /** The company's for the names that it covers, and for whoever asks for none; otherwise the internal CA's. */
  forBrowsers(serverName: string | null): ShownCertificate;
  /** True when it was made anew. */
  renewInternal(): Promise<boolean>;
}

export async function openServerCertificates(
  deps: { authority: Authority; database: Database; clock: Clock },
  from: { dataDir: string; hosts: readonly string[]; company: CertificateFiles | null },
): Promise<ServerCertificates> {
  let internal = await loadOrIssueServerCertificate(deps, from);
  return {
    forHelpers: () => internal,
    forBrowsers: (serverName) => {
      const company = from.company?.current();
      return company !== undefined && (serverName === null || company.covers(serverName)) ? company : internal;
    },
    renewInternal: async () => {
      const { isNew, ...loaded } = await loadOrIssueServerCertificate(deps, from);
      if (isNew) internal = { ...loaded, isNew };
      return isNew;
    },
  };
}
