/** A question of the agent for one right, from the asking to the answer. Pure. */
import { randomBytes, toHex } from '../../../protocol/bytes.ts';
import type { ControlFromAgent, ControlFromDevice } from '../../../protocol/stream.ts';
import type { Choice } from './rights.ts';

export type QuestionMessage = Extract<ControlFromDevice, { type: 'question' }>;
export type QuestionState = 'sent' | QuestionMessage['state'];

export interface Question extends Choice {
  id: string;
  /** The agent's words. */
  reason: string;
  state: QuestionState;
}

export const MAX_REASON = 300;

const FOLLOWS: Readonly<Record<QuestionState, readonly QuestionState[]>> = {
  sent: ['shown', 'granted', 'declined', 'withdrawn', 'refused'],
  shown: ['granted', 'declined', 'withdrawn', 'refused'],
  granted: [],
  declined: [],
  withdrawn: [],
  refused: [],
};

/** Undefined when the reason is empty: a question without one is not asked. */
export function newQuestion({ capability, reach }: Choice, reason: string): Question | undefined {
  const words = reason.trim().slice(0, MAX_REASON);
  if (words === '') return undefined;
  return { id: toHex(randomBytes(8)), capability, reach, reason: words, state: 'sent' };
}

export function askMessage({ id, capability, reach, reason }: Question): ControlFromAgent {
  return { type: 'ask', id, capability, reach, reason };
}

/** Somebody may still answer it. Only one at a time is asked. */
export function isOpen(question: Question | undefined): question is Question {
  return question !== undefined && FOLLOWS[question.state].length > 0;
}

/** The question after what the device says; another one's answer and a second answer change nothing. */
export function answered(question: Question | undefined, message: QuestionMessage): Question | undefined {
  if (question?.id !== message.id || !FOLLOWS[question.state].includes(message.state)) return question;
  return { ...question, state: message.state };
}
