import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openLocalInput } from './heard.input.ts';
import type { HeardInput } from './heard.input.ts';

test('the local hand is heard by what it begins, not by what it ends, and programs are not heard', () => {
  const listeners = new Set<(input: HeardInput) => void>();
  const localInput = openLocalInput({
    isPointerInjected: () => false,
    listen: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  });
  const heard: string[] = [];
  localInput.onLocalInput((kind) => heard.push(kind));
  const tell = (input: HeardInput): void => listeners.forEach((listener) => listener(input));
  tell({ kind: 'pointer', isInjected: false, isAct: true });
  tell({ kind: 'key', isInjected: false, isAct: true });
  tell({ kind: 'key', isInjected: false, isAct: false });
  tell({ kind: 'key', isInjected: true, isAct: true });
  assert.deepEqual(heard, ['pointer', 'key']);
  localInput.close();
  assert.equal(listeners.size, 0);
});
