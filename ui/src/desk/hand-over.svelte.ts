import type { HandOver } from '../../../protocol/api/queues.ts';
import { Task } from '../resource.svelte.ts';

/** A hand-over being written: to whom, and what they should know. */
export class HandOverForm {
  readonly requestId: string;
  /** A person's id or a queue's; empty: nobody yet. */
  target = $state('');
  note = $state('');
  isTargetMissing = $state(false);
  readonly task = new Task();

  constructor(requestId: string) {
    this.requestId = requestId;
  }

  /** True: done. */
  submit = async (hand: (to: HandOver, task: Task) => Promise<boolean>): Promise<boolean> => {
    this.isTargetMissing = this.target === '';
    if (this.isTargetMissing) return false;
    const { target, note } = this;
    return hand(target.startsWith('que_') ? { queueId: target, note } : { agentId: target, note }, this.task);
  };
}
