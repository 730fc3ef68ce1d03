import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fillReply } from './canned.ts';

const names = { employee: '王芳', agent: 'Li Wei' };

describe('a canned reply', () => {
  test('names the two people where its text says so', () => {
    assert.equal(fillReply('{employee}，您好！我是 {agent}。', names), '王芳，您好！我是 Li Wei。');
    assert.equal(fillReply('{agent} {agent}', names), 'Li Wei Li Wei');
  });
  test('keeps every other brace, and a name that looks like one', () => {
    assert.equal(fillReply('{path} {constructor} {}', names), '{path} {constructor} {}');
    assert.equal(fillReply('{employee}', { ...names, employee: '{agent} $&' }), '{agent} $&');
  });
});
