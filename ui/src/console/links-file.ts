import type { Imported } from '../../../protocol/api/people-import.ts';

/** As the server writes cells: never the beginning of a formula, whatever a name is. */
function cell(value: string): string {
  const safe = /^'*[=+\-@\t\r＝＋－＠]/.test(value) ? `'${value}` : value;
  return `"${safe.replaceAll('"', '""')}"`;
}

/** The one-time links of an import as CSV, to be handed out. */
export function linksFile(links: Imported['links'], header: readonly [string, string, string]): Blob {
  const rows = [header, ...links.map(({ employeeNumber, name, url }) => [employeeNumber, name, url])];
  const text = rows.map((row) => `${row.map(cell).join(',')}\r\n`).join('');
  return new Blob([`\ufeff${text}`], { type: 'text/csv' });
}
