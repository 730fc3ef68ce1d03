import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fill } from './message.ts';

const with_ = (text: string, name: string | number) => fill(text, { name }, (n) => n.toLocaleString('en'));

describe('a message with a name in it', () => {
  test('has a space between Chinese and a Latin name or a number, however the message was typed', () => {
    assert.equal(with_('正在等待 {name} 回应邀请。', 'Tom'), '正在等待 Tom 回应邀请。');
    assert.equal(with_('与{name}的会话', 'Tom'), '与 Tom 的会话');
    assert.equal(with_('前面还有{name}个求助', 1200), '前面还有 1,200 个求助');
  });
  test('has none between Chinese and a Chinese name', () => {
    assert.equal(with_('正在等待 {name} 回应邀请。', '王芳'), '正在等待王芳回应邀请。');
    assert.equal(with_('{name} 的全部操作', '李伟'), '李伟的全部操作');
    assert.equal(with_('邀请 {name} 共享', '王芳 Fang'), '邀请王芳 Fang 共享');
  });
  test('is otherwise left as it was written', () => {
    assert.equal(with_('Waiting for {name}.', '王芳'), 'Waiting for 王芳.');
    assert.equal(with_('欢迎，{name}', 'Tom'), '欢迎，Tom');
    assert.equal(fill('{a}{b} {c}', { a: 'x', c: 'z' }, String), 'x{b} z');
  });
  test('shows a name that looks like a placeholder as it is', () => {
    assert.equal(fill('{name} and {other}', { name: '{other}', other: '$&' }, String), '{other} and $&');
  });
});
