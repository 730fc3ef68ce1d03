import assert from 'node:assert/strict';
import { test } from 'node:test';
import { controlFromAgent } from '../../../protocol/stream.ts';
import { answered, askMessage, isOpen, newQuestion, type Question, type QuestionState } from './question.ts';

const CHOICE = { capability: 'input', reach: 'limited' } as const;

function ask(reason = 'To try the fix'): Question {
  const question = newQuestion(CHOICE, reason);
  assert.ok(question);
  return question;
}

const hear = (question: Question | undefined, state: Exclude<QuestionState, 'sent'>, id = question?.id ?? '') =>
  answered(question, { type: 'question', id, state });

test('is not asked without a reason', () => {
  for (const reason of ['', '   ', '\n']) assert.equal(newQuestion(CHOICE, reason), undefined);
});

test('is a message that the device accepts, however long the reason that was written', () => {
  for (const reason of ['  kurz ', '长'.repeat(900)]) {
    const message = askMessage(ask(reason));
    assert.deepEqual(controlFromAgent.parse(message), message);
  }
  assert.notEqual(ask().id, ask().id);
});

test('is open until somebody has answered it', () => {
  const sent = ask();
  const shown = hear(sent, 'shown');
  assert.deepEqual([isOpen(undefined), isOpen(sent), isOpen(shown)], [false, true, true]);
  for (const state of ['granted', 'declined', 'withdrawn', 'refused'] as const) {
    const over = hear(shown, state);
    assert.deepEqual([over?.state, isOpen(over)], [state, false]);
    assert.equal(hear(sent, state)?.state, state);
  }
});

test('is not answered by the answer to another one, nor twice, nor shown again once answered', () => {
  const question = ask();
  assert.equal(hear(question, 'granted', 'f'.repeat(16)), question);
  assert.equal(hear(undefined, 'granted', question.id), undefined);
  const declined = hear(question, 'declined');
  assert.equal(hear(declined, 'granted'), declined);
  assert.equal(hear(declined, 'shown'), declined);
});
