/** Every text of the consent window, in both languages. Words in braces are filled in. Imported by the page: no I/O. */
import type { Language } from '../consent.views.ts';
import { AREA_WORDS } from './words.areas.ts';
import { ASK_WORDS } from './words.ask.ts';
import { LIVE_WORDS } from './words.live.ts';
import { PERMISSION_WORDS } from './words.permissions.ts';

const en = {
  title: 'Handrail',
  verified: 'Verified by {organisation}',
  verifiedShort: 'Verified',
  photoOf: 'Photo of {name}',
  nothingShared: 'Nothing is shared yet.',
  waitingTitle: 'Waiting for {name}',
  waitingText: '{name} is not there yet. You will be asked here before anything is shared.',
  closeMeansNo: 'Closing this window means no.',
  reason: 'Why',
  next: 'Continue',
  back: 'Back',
  done: 'Done',
  cancel: 'Cancel',
  decline: 'No thanks',
  recorded: 'This session is recorded. Only auditors of {organisation} can open it.',
  notRecorded: 'This session is not recorded.',
  refused: 'That did not go through, because something has changed meanwhile. Please look at it again.',
  endedTitle: 'Sharing has ended',
  endedText: 'Nothing is shared any more. This program now removes itself.',
  failedTitle: 'This did not work',
  failedText: 'Nothing was shared.',
  failedLater: 'Nothing is shared any more.',
  failedCode: 'Code for your IT department',
  close: 'Close this window',
  cleanedTitle: 'What a helper left is gone',
  cleanedNothing: 'Nothing was left behind',
  cleanedPrograms: 'Programs that were still running and were ended: {count}',
  cleanedRemoved: 'Removed',
  cleanedKept: 'Could not be removed. Please tell your IT department:',
  cleanedSelf: 'This program now removes itself.',
} as const;

const zhCN: Record<keyof typeof en, string> = {
  title: '扶手',
  verified: '已由{organisation}验证身份',
  verifiedShort: '身份已验证',
  photoOf: '{name}的照片',
  nothingShared: '目前没有共享任何内容。',
  waitingTitle: '正在等待{name}',
  waitingText: '{name}还没有连接。共享之前，会先在这里征求您的同意。',
  closeMeansNo: '关闭此窗口即表示不同意。',
  reason: '原因',
  next: '继续',
  back: '返回',
  done: '完成',
  cancel: '取消',
  decline: '不用了',
  recorded: '本次会话会被记录，只有{organisation}的审计员可以打开。',
  notRecorded: '本次会话不会被记录。',
  refused: '情况有变，刚才的操作没有生效，请再看一下。',
  endedTitle: '共享已结束',
  endedText: '现在不再共享任何内容，本程序会自行删除。',
  failedTitle: '没有成功',
  failedText: '没有共享任何内容。',
  failedLater: '现在不再共享任何内容。',
  failedCode: '告诉 IT 部门的代码',
  close: '关闭此窗口',
  cleanedTitle: '协助程序的残留已清除',
  cleanedNothing: '没有发现残留',
  cleanedPrograms: '仍在运行并已结束的程序：{count}',
  cleanedRemoved: '已清除',
  cleanedKept: '无法清除，请告知您的 IT 部门：',
  cleanedSelf: '本程序现在会自行删除。',
};

const allEn = { ...en, ...ASK_WORDS.en, ...AREA_WORDS.en, ...LIVE_WORDS.en, ...PERMISSION_WORDS.en };
export type WordKey = keyof typeof allEn;

export const WORDS: Record<Language, Record<WordKey, string>> = {
  en: allEn,
  'zh-CN': {
    ...zhCN,
    ...ASK_WORDS['zh-CN'],
    ...AREA_WORDS['zh-CN'],
    ...LIVE_WORDS['zh-CN'],
    ...PERMISSION_WORDS['zh-CN'],
  },
};
