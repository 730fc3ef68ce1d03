import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  cpuSeconds,
  descendantsIn,
  parseBusySeconds,
  parseResidentMb,
  parseStat,
  residentMb,
  withDescendants,
} from './processes.ts';

const stat = '4711 (tool (x) y) S 42 4711 4711 0 -1 4194304 900 0 0 0 250 50 7 3 20 0 4 0 1000 1000000 500';

describe('process figures', () => {
  test('CPU time is user and system time, ended children included, whatever the command is called', () => {
    assert.deepEqual(parseStat(stat), { parent: 42, cpuS: 3.1, command: 'tool (x) y' });
  });

  test('memory is the resident set in megabytes of a million bytes', () => {
    assert.equal(parseResidentMb('Name:\tx\nVmPeak:\t  900 kB\nVmRSS:\t  125000 kB\n'), 128);
    assert.equal(parseResidentMb('Name:\tzombie\n'), 0);
  });

  test('busy time of the machine leaves out idle and waiting for disks', () => {
    assert.equal(parseBusySeconds('cpu  100 10 50 9000 800 5 5 30 0 0\ncpu0 1 1 1 1\n'), 2);
  });

  test('descendants are found at any depth, and a browser among them is left out with everything below it', () => {
    const table = new Map(
      [
        [1, 0, 'init'],
        [5, 1, 'helper'],
        [6, 5, 'guardian'],
        [7, 6, 'encoder'],
        [8, 5, 'chromium'],
        [9, 8, 'zygote'],
        [10, 1, 'other'],
      ].map(([id, parent, command]) => [Number(id), { parent: Number(parent), cpuS: 0, command: String(command) }]),
    );
    assert.deepEqual(descendantsIn(table, [5], /chrom/), [5, 6, 7]);
    assert.deepEqual(descendantsIn(table, [5, 404], /^$/), [5, 6, 8, 7, 9]);
  });

  test('this very process has used CPU and memory', async () => {
    assert.ok((await cpuSeconds([process.pid])) > 0);
    assert.ok((await residentMb([process.pid])) > 10);
    assert.ok((await withDescendants([process.pid])).includes(process.pid));
  });

  test('a process that is gone counts nothing', async () => {
    assert.equal(await cpuSeconds([2 ** 30]), 0);
    assert.equal(await residentMb([2 ** 30]), 0);
  });
});
