/** Held against the headers of MinGW, which come from Wine's description of the same interfaces: nothing is from memory. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, test } from 'node:test';
import { missing } from '../linux/xvfb.testing.ts';
import { UNKNOWN, guid, type ComMethod } from './com.object.ts';
import * as interfaces from './graphics.interfaces.ts';

const COMPILER = 'x86_64-w64-mingw32-gcc';
const HEAD = [
  '#define COBJMACROS',
  '#define CINTERFACE',
  '#include <d3d11.h>',
  '#include <dxgi1_2.h>',
  '#include <stddef.h>',
];

/** Each must be true when it is compiled. */
function claims(): string[] {
  const { FACTORY, ADAPTER, OUTPUT, DUPLICATION, DEVICE, CONTEXT, TEXTURE, LAYOUT, VALUE, CODE } = interfaces;
  const methods = [UNKNOWN, FACTORY, ADAPTER, OUTPUT, DUPLICATION, DEVICE, CONTEXT, TEXTURE].flatMap((table) =>
    Object.entries<ComMethod>(table),
  );
  return [
    ...methods.flatMap(([name, method]) => methodClaims(name, method)),
    ...Object.entries(LAYOUT).flatMap(([struct, { size, ...fields }]) => [
      `sizeof(${struct}) == ${size}`,
      ...Object.entries(fields).map(([field, at]) => `offsetof(${struct}, ${field}) == ${at}`),
    ]),
    ...Object.entries({ ...VALUE, ...CODE }).map(([name, value]) => `(unsigned)${name} == ${value}u`),
  ];
}

/** The place, and that the method takes as many arguments as we give. */
function methodClaims(name: string, [place, declaration]: ComMethod): string[] {
  const found = /(\w+)_\w+\((.*)\)$/.exec(declaration);
  assert.ok(found?.[1] && found[2], declaration);
  const args = found[2].split(',').map((argument) => (argument.includes('*') ? '(void *)0' : '0'));
  const [, ...others] = args;
  const call = `((${found[1]} *)0)->lpVtbl->${name}(${['(void *)0', ...others].join(', ')})`;
  return [`offsetof(${found[1]}Vtbl, ${name}) == ${place} * sizeof(void *)`, `sizeof(__typeof__((${call}, 1))) > 0`];
}

/** What the compiler says to them, empty when all are true. */
function compile(lines: readonly string[], head: readonly string[] = HEAD): string {
  const source = [...head, ...lines.map((claim) => `_Static_assert(${claim}, ${JSON.stringify(claim)});`)].join('\n');
  const options = ['-x', 'c', '-fsyntax-only', '-Wall', '-Wno-unused-value', '-Werror', '-'];
  const { stderr, status } = spawnSync(COMPILER, options, { input: `${source}\n`, encoding: 'utf8' });
  return status === 0 ? '' : stderr;
}

describe('what is called of Direct3D and DXGI', { skip: missing(COMPILER) }, () => {
  test('lies where the headers say, takes what they say, and has their values', () => {
    assert.ok(claims().length > 60);
    assert.equal(compile(claims()), '');
  });

  test('the check notices a wrong place, offset or value', () => {
    for (const wrong of ['offsetof(IDXGIOutput1Vtbl, DuplicateOutput) == 21 * sizeof(void *)', 'sizeof(RECT) == 17'])
      assert.match(compile([wrong]), /static assertion failed/);
  });

  test('interfaces have the identifiers of the headers', () => {
    const { stdout } = spawnSync(COMPILER, ['-x', 'c', '-E', '-'], { input: HEAD.join('\n'), encoding: 'utf8' });
    const path = /"(.*\/)d3d11\.h"/.exec(stdout)?.[1];
    assert.ok(path);
    const names = Object.keys(interfaces.IID);
    const { stdout: lines } = spawnSync('grep', ['-rhE', `DEFINE_GUID\\(IID_(${names.join('|')}),`, path], {
      encoding: 'utf8',
    });
    for (const [name, iid] of Object.entries(interfaces.IID)) {
      const defined = new RegExp(`IID_${name},(.*)\\)`).exec(lines)?.[1];
      assert.ok(defined, name);
      assert.deepEqual(iid, memoryOf(defined), name);
    }
    assert.equal(guid('00112233-4455-6677-8899-aabbccddeeff').toString('hex'), '33221100554477668899aabbccddeeff');
  });
});

/** `0x770aae78, 0xf26f, 0x4dba, 0xa8,0x29, …` as it lies in memory. */
function memoryOf(defined: string): Buffer {
  const numbers = defined.split(',').map(Number);
  const bytes = Buffer.alloc(16);
  bytes.writeUInt32LE(numbers[0] ?? 0, 0);
  bytes.writeUInt16LE(numbers[1] ?? 0, 4);
  bytes.writeUInt16LE(numbers[2] ?? 0, 6);
  bytes.set(numbers.slice(3), 8);
  return bytes;
}
