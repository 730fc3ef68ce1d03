import { access } from './en/access.ts';
import { common } from './en/common.ts';
import { console as administration } from './en/console.ts';
import { desk } from './en/desk.ts';
import { edition } from './en/edition.ts';
import { people } from './en/people.ts';
import { portal } from './en/portal.ts';
import { queues } from './en/queues.ts';
import { receipt } from './en/receipt.ts';
import { sharer } from './en/sharer.ts';
import { status } from './en/status.ts';
import { viewer } from './en/viewer.ts';

/** Every text of the user interface. The English catalogue says which keys there are and what they need. */
export const en = {
  ...common,
  ...access,
  ...portal,
  ...sharer,
  ...desk,
  ...queues,
  ...viewer,
  ...administration,
  ...people,
  ...status,
  ...edition,
  ...receipt,
} as const;

export type MessageKey = keyof typeof en;
