/**
 * Cells of files that spreadsheets open. A cell that begins like a formula is run by them, wherever its text came from,
 * so it is written behind an apostrophe (OWASP, CSV injection); reading takes exactly that apostrophe away again.
 */
const FORMULA = /^'*[=+\-@\t\r＝＋－＠]/;

export function writeCell(value: string): string {
  const safe = FORMULA.test(value) ? `'${value}` : value;
  return `"${safe.replaceAll('"', '""')}"`;
}

/** Lines as RFC 4180 has them, behind the mark by which spreadsheets know UTF-8. */
export function writeCsv(rows: readonly (readonly string[])[]): string {
  return `\ufeff${rows.map((row) => `${row.map(writeCell).join(',')}\r\n`).join('')}`;
}

export function readFormulaSafe(cell: string): string {
  if (cell.startsWith("'") && FORMULA.test(cell)) return cell.slice(1);
  // The other apostrophe: how people keep the zeros of `00123` in a spreadsheet.
  return /^="([^"]*)"$/.exec(cell)?.[1] ?? cell;
}
