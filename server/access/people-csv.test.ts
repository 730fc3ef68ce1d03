import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { MAX_IMPORT_ROWS } from '../../protocol/api/people-import.ts';
import { readPeopleCsv, readRoles } from './people-csv.ts';

const read = (text: string) => readPeopleCsv(Buffer.from(text));
const rowsOf = (text: string) => read(text).rows.map(({ line, cells }) => [line, ...Object.values(cells)]);
const faultsOf = (text: string) => read(text).errors.map(({ line, fault, column }) => [line, fault, column]);
const HEAD = 'Number,Name,Department,Roles\n';

describe('a file of people', () => {
  test('names its columns in English or Chinese, in any order, case and width', () => {
    assert.deepEqual(rowsOf('姓名,部门,工号\n王芳,财务部,E1'), [[2, '王芳', '财务部', 'E1']]);
    assert.deepEqual(rowsOf('DEPARTMENT,employee_number,Ｆull　Name\nIT,E1,Li'), [[2, 'IT', 'E1', 'Li']]);
  });

  for (const separator of [',', ';', '\t'])
    test(`is separated by ${JSON.stringify(separator)}, seen by itself`, () => {
      const text = ['Number', 'Name', 'Department', 'Roles'].join(separator);
      const file = read(`${text}\nE1${separator}"Li, Wei; 李"${separator}IT${separator}\n`);
      assert.equal(file.separator, separator);
      assert.deepEqual(file.rows, [
        { line: 2, cells: { employeeNumber: 'E1', name: 'Li, Wei; 李', department: 'IT', roles: '' } },
      ]);
    });

  test('may say its separator as Excel does, and lines still count as in an editor', () => {
    assert.deepEqual(rowsOf('sep=;\r\nNumber;Name;Department\r\nE1;Li;IT\r\n'), [[3, 'E1', 'Li', 'IT']]);
  });

  test('may have empty lines, line ends of any kind and quotes around line ends: the line of a row is its first', () => {
    assert.deepEqual(rowsOf(`${HEAD}\nE1,"Li\nWei",IT,\r\n,,,\r\nE2,Anna,IT,`), [
      [3, 'E1', 'Li\nWei', 'IT', ''],
      [6, 'E2', 'Anna', 'IT', ''],
    ]);
  });

  test('may have columns that are not used; they are named', () => {
    const file = read('Number,Name,Department,Shoe size\nE1,Li,IT,42');
    assert.deepEqual([file.ignoredColumns, file.errors, file.rows.length], [['Shoe size'], [], 1]);
  });

  test('without a column that must be there, or with one twice, is refused by name', () => {
    assert.deepEqual(faultsOf('Number,Name\nE1,Li'), [[1, 'header.missing', 'department']]);
    assert.deepEqual(faultsOf('E1,Li,IT').length, 3);
    assert.deepEqual(faultsOf('Number,Name,Department,工号\nE1,Li,IT,E2'), [[1, 'header.twice', 'employeeNumber']]);
  });

  test('with a row that is too short or too long says so, and the others are read', () => {
    const text = `${HEAD}E1,Li\nE2,Anna,IT,,extra\nE3,Bo,IT\nE4,Cho,IT,,,,`;
    assert.deepEqual(faultsOf(text), [
      [2, 'row.too-few', null],
      [3, 'row.too-many', null],
    ]);
    assert.equal(rowsOf(text).length, 2);
  });

  test('whose quotes do not end says where they began', () => {
    assert.deepEqual(faultsOf(`${HEAD}E1,Li,IT,\nE2,"Anna,IT,\nE3,Bo,IT,\n`), [[3, 'row.quotes', null]]);
    assert.deepEqual(faultsOf(`${HEAD}E1,"Li" Wei,IT,\n`), [[2, 'row.quotes', null]]);
  });

  test('with a row of endless length stops there', () => {
    assert.deepEqual(faultsOf(`${HEAD}E1,${'x'.repeat(100_000)},IT,`), [[2, 'row.too-long', null]]);
  });

  test('with too many rows is refused before any of them is looked at', () => {
    const rows = (count: number) => HEAD + Array.from({ length: count }, (_, index) => `E${index},Li,IT,\n`).join('');
    assert.deepEqual(faultsOf(rows(MAX_IMPORT_ROWS + 1)), [[MAX_IMPORT_ROWS + 2, 'file.too-many-rows', null]]);
    assert.equal(rowsOf(rows(MAX_IMPORT_ROWS)).length, MAX_IMPORT_ROWS);
  });

  test('that is empty, or no text at all, says so', () => {
    for (const text of ['', '\n\n', '\ufeff']) assert.deepEqual(faultsOf(text), [[1, 'file.empty', null]]);
    assert.deepEqual(faultsOf(HEAD), [[1, 'file.empty', null]]);
    const workbook = Buffer.from('504b030414000600080000002100', 'hex');
    assert.equal(readPeopleCsv(workbook).errors[0]?.fault, 'file.unreadable');
  });

  test('of any bytes is read or refused, never a fault of ours', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 400 }),
      fc
        .string({ unit: fc.constantFrom(...'E1,;\t"\r\n工= '), maxLength: 200 })
        .map((text) => Buffer.from(HEAD + text)),
    );
    fc.assert(
      fc.property(bytes, (given) => {
        const { rows, errors } = readPeopleCsv(given);
        assert.ok(rows.length > 0 || errors.length > 0);
      }),
    );
  });
});

describe('a cell of roles', () => {
  test('has words in both languages, whatever stands between them', () => {
    assert.deepEqual(readRoles('Agent; employee').roles, ['employee', 'agent']);
    assert.deepEqual(readRoles('支持人员、组长').roles, ['agent', 'lead']);
    assert.deepEqual(readRoles('ADMIN|管理员/auditor').roles, ['auditor', 'admin']);
  });
  test('with a word that is no role names it', () => {
    assert.deepEqual(readRoles('agent root, constructor __proto__').unknown, ['root', 'constructor', '__proto__']);
  });
});
