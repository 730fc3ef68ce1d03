import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { readFormulaSafe, writeCell, writeCsv } from './csv.ts';

describe('a cell for a spreadsheet', () => {
  for (const formula of ['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', '＝1', "=cmd|' /C calc'!A0"])
    test(`that begins like a formula is text: ${JSON.stringify(formula)}`, () => {
      assert.equal(writeCell(formula)[1], "'");
    });

  test('that is none stays as it is', () => {
    assert.equal(writeCell('Li "Wei", 李伟'), '"Li ""Wei"", 李伟"');
    assert.equal(writeCell("O'Brien"), `"O'Brien"`);
  });

  test('of any text never begins a formula, and is read as what was written', () => {
    const text = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.stringMatching(/^'{0,3}[=+@-]?[a-z;,"\n]*$/).filter((value) => !/^="[^"]*"$/.test(value)),
    );
    fc.assert(
      fc.property(fc.array(text, { minLength: 1, maxLength: 5 }), (cells) => {
        // A cell with nothing in it, alone in its line, is an empty line.
        const row = ['x', ...cells];
        const [read] = parse(writeCsv([row]), { bom: true });
        assert.ok(read?.every((cell) => !/^[=+\-@\t\r]/.test(cell)));
        assert.deepEqual(read?.map(readFormulaSafe), row);
      }),
    );
  });

  test('keeps the zeros of a number that a spreadsheet was made to keep', () => {
    assert.equal(readFormulaSafe('="00123"'), '00123');
  });
});
