import assert from 'node:assert/strict';
import { test } from 'node:test';
import { elevatedRoot, isElevatedRun } from './elevated.run.ts';

test('a run is elevated when the launcher unpacked it where only administrators can, whatever arguments say', () => {
  assert.equal(
    elevatedRoot(String.raw`C:\Windows\Temp\handrail-run-elevated-0123456789abcdef01`),
    String.raw`C:\Windows\Temp`,
  );
  assert.equal(elevatedRoot(String.raw`C:\Users\mk\AppData\Local\Temp\handrail-run-0123456789abcdef01`), undefined);
  assert.equal(elevatedRoot(undefined), undefined);
  assert.equal(isElevatedRun(), false, 'from source');
});
