import { writeCsv } from '../../../protocol/csv.ts';
import type { Imported } from '../../../protocol/api/people-import.ts';

/** The one-time links of an import as CSV, to be handed out. */
export function linksFile(links: Imported['links'], header: readonly [string, string, string]): Blob {
  const rows = links.map(({ employeeNumber, name, url }) => [employeeNumber, name, url]);
  return new Blob([writeCsv([header, ...rows])], { type: 'text/csv' });
}
