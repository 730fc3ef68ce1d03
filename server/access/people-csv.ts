/** A file of people as rows of cells. The one place that knows csv-parse. */
import { CsvError, parse } from 'csv-parse/sync';
import {
  COLUMN_WORDS,
  IMPORT_COLUMNS,
  MAX_IMPORT_ROWS,
  REQUIRED_COLUMNS,
  ROLE_WORDS,
  SEPARATORS,
  type Encoding,
  type ImportColumn,
  type ImportError,
  type ImportFault,
} from '../../protocol/api/people-import.ts';
import { ROLES, type Role } from '../../protocol/api/access.ts';
import { readFormulaSafe } from '../../protocol/csv.ts';
import { decodeText, detectEncoding } from './text-encoding.ts';

/** Longer than four cells of text can honestly be. */
const MAX_ROW_LENGTH = 4000;

type Separator = (typeof SEPARATORS)[number];

export interface CsvRow {
  line: number;
  /** Missing: the file has no such column. */
  cells: Partial<Record<ImportColumn, string>>;
}

export interface PeopleCsv {
  encoding: Encoding;
  separator: Separator;
  rows: CsvRow[];
  ignoredColumns: string[];
  errors: ImportError[];
}

export function faultOf(
  fault: ImportFault,
  at: { line: number; column?: ImportColumn; value?: string; seeLine?: number },
): ImportError {
  const { line, column = null, value = '', seeLine = null } = at;
  return { line, column, fault, value: value.slice(0, 100), seeLine };
}

/** Never throws: whatever is wrong with the file is among the errors. */
export function readPeopleCsv(bytes: Uint8Array, wanted?: Encoding): PeopleCsv {
  const encoding = wanted ?? detectEncoding(bytes);
  const file: PeopleCsv = { encoding, separator: ',', rows: [], ignoredColumns: [], errors: [] };
  const text = decodeText(bytes, encoding);
  if (text === undefined || isNoText(text)) file.errors.push(faultOf('file.unreadable', { line: 1 }));
  else readText(text, file);
  return file;
}

function readText(text: string, file: PeopleCsv): void {
  // Excel's own way to name the separator; kept as an empty line so that lines count as in an editor.
  const body = text.replace(/\r\n?/g, '\n').replace(/^sep=.(?=\n)/i, '');
  file.separator = detectSeparator(body);
  const { records, broken } = splitRecords(body, file.separator);
  const [header, ...rest] = records;
  const tooMany = rest[MAX_IMPORT_ROWS];
  if (header !== undefined && tooMany === undefined) {
    const columns = readHeader(header, file);
    if (file.errors.length > 0) return;
    for (const record of rest) readRow(record, columns, file);
  }
  if (tooMany !== undefined) file.errors.push(faultOf('file.too-many-rows', { line: tooMany.line }));
  if (broken !== undefined) file.errors.push(broken);
  if (rest.length === 0 && file.errors.length === 0) file.errors.push(faultOf('file.empty', { line: 1 }));
}

/** A workbook, a picture: bytes that no text has. */
function isNoText(text: string): boolean {
  return /[\u0000-\u0008\u000e-\u001f]/.test(text.slice(0, 4096));
}

interface CsvRecord {
  line: number;
  cells: string[];
}

/** All records up to the first whose quotes cannot be followed; after that nothing would be certain. */
function splitRecords(text: string, separator: Separator): { records: CsvRecord[]; broken?: ImportError } {
  const records: CsvRecord[] = [];
  let lastLine = 0;
  try {
    parse(text, {
      delimiter: separator,
      record_delimiter: '\n',
      trim: true,
      relax_quotes: true,
      relax_column_count: true,
      skip_empty_lines: true,
      max_record_size: MAX_ROW_LENGTH,
      on_record: (cells: string[], { lines }) => {
        lastLine = lines;
        // A cell may have line ends in it; the row begins where the first of them does.
        const breaks = cells.join('').split('\n').length - 1;
        if (cells.some((cell) => cell !== '')) records.push({ line: lines - breaks, cells });
        return null;
      },
    });
    return { records };
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const fault = error.code === 'CSV_MAX_RECORD_SIZE' ? 'row.too-long' : 'row.quotes';
    return { records, broken: faultOf(fault, { line: lastLine + 1 }) };
  }
}

/** The one by which the most columns of the first line are known; else the most frequent. */
function detectSeparator(text: string): Separator {
  const first = /[^\n]+/.exec(text)?.[0] ?? '';
  const score = (separator: Separator): number => {
    const cells = first.split(separator);
    return cells.filter((cell) => columnOf(cell.replaceAll('"', '')) !== undefined).length * 1000 + cells.length;
  };
  return [...SEPARATORS].sort((a, b) => score(b) - score(a))[0] ?? ',';
}

/** What each place of a row is; unknown ones are left out and named. */
function readHeader(header: CsvRecord, file: PeopleCsv): (ImportColumn | undefined)[] {
  const { line } = header;
  const columns = header.cells.map(columnOf);
  file.ignoredColumns = header.cells.filter((cell, place) => columns[place] === undefined && cell !== '');
  for (const column of IMPORT_COLUMNS)
    if (columns.filter((one) => one === column).length > 1) file.errors.push(faultOf('header.twice', { line, column }));
  for (const column of REQUIRED_COLUMNS)
    if (!columns.includes(column)) file.errors.push(faultOf('header.missing', { line, column }));
  return columns;
}

function readRow({ line, cells }: CsvRecord, columns: readonly (ImportColumn | undefined)[], file: PeopleCsv): void {
  const extra = cells.slice(columns.length).find((cell) => cell !== '');
  if (extra !== undefined) {
    file.errors.push(faultOf('row.too-many', { line, value: extra }));
    return;
  }
  const required = Math.max(...REQUIRED_COLUMNS.map((column) => columns.indexOf(column)));
  if (cells.length <= required) {
    file.errors.push(faultOf('row.too-few', { line, value: cells.join(' ') }));
    return;
  }
  const row: CsvRow = { line, cells: {} };
  for (const [place, column] of columns.entries())
    if (column !== undefined) row.cells[column] = readFormulaSafe(cells[place] ?? '');
  file.rows.push(row);
}

/** Case, width, and what stands for a space do not matter. */
function foldWord(word: string): string {
  return word
    .normalize('NFKC')
    .trim()
    .toLowerCase()
    .replace(/[\s_-]+/g, ' ');
}

/** By folded word; made from the table once. */
function tableOf<Key extends string>(
  keys: readonly Key[],
  words: Readonly<Record<Key, Readonly<Record<string, readonly string[]>>>>,
): ReadonlyMap<string, Key> {
  return new Map(
    keys.flatMap((key) => [key, ...Object.values(words[key]).flat()].map((word) => [foldWord(word), key] as const)),
  );
}

const COLUMNS_BY_WORD = tableOf(IMPORT_COLUMNS, COLUMN_WORDS);
const ROLES_BY_WORD = tableOf(ROLES, ROLE_WORDS);

function columnOf(word: string): ImportColumn | undefined {
  return COLUMNS_BY_WORD.get(foldWord(word));
}

/** The roles that a cell names, and the words in it that name none. */
export function readRoles(cell: string): { roles: Role[]; unknown: string[] } {
  const words = cell.split(/[\s,;|/、，；]+/).filter((word) => word !== '');
  const found = words.map((word) => ({ word, role: ROLES_BY_WORD.get(foldWord(word)) }));
  return {
    roles: ROLES.filter((role) => found.some((one) => one.role === role)),
    unknown: found.filter(({ role }) => role === undefined).map(({ word }) => word),
  };
}
