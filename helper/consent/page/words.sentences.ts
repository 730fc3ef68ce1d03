/** What a person agrees to. Hashed for the audit chain: a change here needs a new CONSENT_TEXT_VERSION. */
import type { Language } from '../consent.views.ts';

const en = {
  consentWho: '{name} ({employeeNumber}, {department}, {organisation}) may look at the screen I chose.',
  consentWhoPart:
    '{name} ({employeeNumber}, {department}, {organisation}) may look at what I chose, and at nothing else.',
  consentNoInput: '{name} may not use my mouse or keyboard.',
  consentInputPart: '{name} may use my mouse and keyboard only in what I chose.',
  consentInput: '{name} may use my mouse and keyboard.',
  consentStop: 'I can stop this at any moment.',
  grantView: '{name} ({employeeNumber}) may look at my whole screen.',
  grantViewPart: '{name} ({employeeNumber}) may also look at what I choose here.',
  grantInput: '{name} ({employeeNumber}) may use my mouse and keyboard.',
  grantInputPart:
    '{name} ({employeeNumber}) may use my mouse and keyboard in what I choose here, as far as they can see it.',
  grantFiles: '{name} ({employeeNumber}) may see and use folders and the windows for opening and saving files.',
  grantTakeBack: 'I can take this back at any moment.',
  grantTask: 'It ends by itself within 15 minutes.',
  grantSession: 'It holds until the session ends.',
} as const;

const zhCN: Record<keyof typeof en, string> = {
  consentWho: '{name}（{employeeNumber}，{department}，{organisation}）可以查看我选择的屏幕。',
  consentWhoPart: '{name}（{employeeNumber}，{department}，{organisation}）只能查看我选择的部分，看不到其他内容。',
  consentNoInput: '{name}不能使用我的鼠标和键盘。',
  consentInputPart: '{name}只能在我选择的范围内使用我的鼠标和键盘。',
  consentInput: '{name}可以使用我的鼠标和键盘。',
  consentStop: '我可以随时停止。',
  grantView: '{name}（{employeeNumber}）可以查看我的整个屏幕。',
  grantViewPart: '{name}（{employeeNumber}）还可以查看我选择的部分。',
  grantInput: '{name}（{employeeNumber}）可以使用我的鼠标和键盘。',
  grantInputPart: '{name}（{employeeNumber}）可以在我选择、且对方能看到的范围内使用我的鼠标和键盘。',
  grantFiles: '{name}（{employeeNumber}）可以查看和操作文件夹，以及打开和保存文件的窗口。',
  grantTakeBack: '我可以随时收回。',
  grantTask: '最多 15 分钟后自动失效。',
  grantSession: '在会话结束之前有效。',
};

export const SENTENCE_WORDS = { en, 'zh-CN': zhCN } as const satisfies Record<
  Language,
  Record<keyof typeof en, string>
>;
