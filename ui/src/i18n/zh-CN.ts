import type { MessageKey } from './en.ts';
import type { Message } from './message.ts';
import { access } from './zh-CN/access.ts';
import { common } from './zh-CN/common.ts';
import { console as administration } from './zh-CN/console.ts';
import { desk } from './zh-CN/desk.ts';
import { edition } from './zh-CN/edition.ts';
import { people } from './zh-CN/people.ts';
import { portal } from './zh-CN/portal.ts';
import { queues } from './zh-CN/queues.ts';
import { receipt } from './zh-CN/receipt.ts';
import { sharer } from './zh-CN/sharer.ts';
import { status } from './zh-CN/status.ts';
import { viewer } from './zh-CN/viewer.ts';

export const zhCN: Record<MessageKey, Message> = {
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
};
