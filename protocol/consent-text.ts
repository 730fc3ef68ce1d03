/**
 * The sentences of every consent text that a helper has ever shown. The helper shows those of the newest version, a server
 * looks up here what a name and a hash stand for. Also a module of the helper's page, so that it imports types alone.
 */
import type { Language } from './api/shared.ts';

/** Counts up with every text that changes: a new list below, of new sentences. A test holds the hashes of each version. */
export const CONSENT_TEXT_VERSION = 3;

/** Whom a text is about. */
export interface ConsentSubject {
  name: string;
  employeeNumber: string;
  department: string;
  organisation: string;
}

/** Never changed and never removed: a changed sentence is another one, with a key of its own. */
const en = {
  who: '{name} ({employeeNumber}, {department}, {organisation}) may look at the screen I chose.',
  whoPart: '{name} ({employeeNumber}, {department}, {organisation}) may look at what I chose, and at nothing else.',
  noInput: '{name} may not use my mouse or keyboard.',
  inputPart: '{name} may use my mouse and keyboard only in what I chose.',
  input: '{name} may use my mouse and keyboard.',
  stop: 'I can stop this at any moment.',
  rightView: '{name} ({employeeNumber}) may look at my whole screen.',
  rightViewPart: '{name} ({employeeNumber}) may also look at what I choose here.',
  rightInput: '{name} ({employeeNumber}) may use my mouse and keyboard.',
  rightInputPart:
    '{name} ({employeeNumber}) may use my mouse and keyboard in what I choose here, as far as they can see it.',
  rightFiles: '{name} ({employeeNumber}) may see and use folders and the windows for opening and saving files.',
  rightElevated:
    '{name} ({employeeNumber}) may use my mouse and keyboard in programs with administrator rights as well, which can change everything on this computer.',
  takeBack: 'I can take this back at any moment.',
  task: 'It ends by itself within 15 minutes.',
  session: 'It holds until the session ends.',
} as const;
type Sentence = keyof typeof en;

const zhCN: Record<Sentence, string> = {
  who: '{name}（{employeeNumber}，{department}，{organisation}）可以查看我选择的屏幕。',
  whoPart: '{name}（{employeeNumber}，{department}，{organisation}）只能查看我选择的部分，看不到其他内容。',
  noInput: '{name}不能使用我的鼠标和键盘。',
  inputPart: '{name}只能在我选择的范围内使用我的鼠标和键盘。',
  input: '{name}可以使用我的鼠标和键盘。',
  stop: '我可以随时停止。',
  rightView: '{name}（{employeeNumber}）可以查看我的整个屏幕。',
  rightViewPart: '{name}（{employeeNumber}）还可以查看我选择的部分。',
  rightInput: '{name}（{employeeNumber}）可以使用我的鼠标和键盘。',
  rightInputPart: '{name}（{employeeNumber}）可以在我选择、且对方能看到的范围内使用我的鼠标和键盘。',
  rightFiles: '{name}（{employeeNumber}）可以查看和操作文件夹，以及打开和保存文件的窗口。',
  rightElevated:
    '{name}（{employeeNumber}）还可以在具有管理员权限的程序中使用我的鼠标和键盘，这些程序可以更改这台电脑上的所有内容。',
  takeBack: '我可以随时收回。',
  task: '最多 15 分钟后自动失效。',
  session: '在会话结束之前有效。',
};

const SENTENCES: Readonly<Record<Language, Readonly<Record<Sentence, string>>>> = { en, 'zh-CN': zhCN };

type Texts = Readonly<Record<string, readonly Sentence[]>>;

/** Ids without the language at their end. Of a right the last sentence is the one that depends on the purpose. */
const FIRST: Texts = {
  'consent/view': ['who', 'noInput', 'stop'],
  'consent/control': ['who', 'input', 'stop'],
};
const SECOND: Texts = {
  ...FIRST,
  'consent/view-part': ['whoPart', 'noInput', 'stop'],
  'consent/limited': ['who', 'inputPart', 'stop'],
  'consent/limited-part': ['whoPart', 'inputPart', 'stop'],
  'consent/right/view-all-task': ['rightView', 'takeBack', 'task'],
  'consent/right/view-all-session': ['rightView', 'takeBack', 'session'],
  'consent/right/view-limited-task': ['rightViewPart', 'takeBack', 'task'],
  'consent/right/view-limited-session': ['rightViewPart', 'takeBack', 'session'],
  'consent/right/input-all-task': ['rightInput', 'takeBack', 'task'],
  'consent/right/input-all-session': ['rightInput', 'takeBack', 'session'],
  'consent/right/input-limited-task': ['rightInputPart', 'takeBack', 'task'],
  'consent/right/input-limited-session': ['rightInputPart', 'takeBack', 'session'],
  'consent/right/files-all-task': ['rightFiles', 'takeBack', 'task'],
  'consent/right/files-all-session': ['rightFiles', 'takeBack', 'session'],
};
const THIRD: Texts = {
  ...SECOND,
  'consent/right/elevated-all-session': ['rightElevated', 'takeBack', 'session'],
};

/** By version. */
export const CONSENT_TEXTS: ReadonlyMap<number, Texts> = new Map([
  [1, FIRST],
  [2, SECOND],
  [3, THIRD],
]);

/** `id` without the language. Undefined when that version has no such text. */
export function consentSentencesOf(
  { id, version, language }: { id: string; version: number; language: Language },
  { name, employeeNumber, department, organisation }: ConsentSubject,
): string[] | undefined {
  const texts = CONSENT_TEXTS.get(version) ?? {};
  if (!Object.hasOwn(texts, id)) return undefined;
  const blanks = { name, employeeNumber, department, organisation };
  return texts[id]?.map((sentence) => fill(SENTENCES[language][sentence], blanks));
}

/** Fills `{name}`; a value is text and stays as it is. */
export function fill(text: string, values: Readonly<Record<string, string>> = {}): string {
  return text.replace(/\{(\w+)\}/g, (whole, key: string) => values[key] ?? whole);
}

/** The wording that somebody agreed to, as a grant names it. */
export interface ConsentTextName {
  id: string;
  version: number;
  language: Language;
  /** Of the sentences as they were shown, in UTF-8, hex. */
  sha256: string;
}

/** `consent/control/en v1 sha256:…`; undefined when it is not put like that. */
export function readConsentTextName(stated: string): ConsentTextName | undefined {
  const match = /^(\S+\/(en|zh-CN)) v(\d{1,6}) sha256:([0-9a-f]{64})$/.exec(stated);
  if (match === null) return undefined;
  const [, id = '', language, version, sha256 = ''] = match;
  return { id, version: Number(version), language: language === 'zh-CN' ? 'zh-CN' : 'en', sha256 };
}
