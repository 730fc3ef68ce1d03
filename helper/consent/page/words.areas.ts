/** Texts for choosing parts of the screen, and names of the rules by which something is hidden. */
import type { Language } from '../consent.views.ts';

const en = {
  nothing: 'Nothing yet',
  quoted: '“{title}”',
  allOf: 'all windows of {application}',
  areaOne: 'one area',
  areaMany: '{count} areas',
  choiceAllOf: 'All windows of {application}, also later ones',
  included: 'included',
  hiddenBy: 'Hidden: {rule}',
  hiddenByRule: 'Hidden by a rule of your organisation: {rule}',
  otherRule: '{rule} (a rule of your organisation)',
  noWindows: 'No window is open on this screen. Windows appear here as soon as you open them.',
  chosen: 'Chosen: {parts}',
  areasFull: 'That is as much as can be chosen.',
  partOnlyView: 'Your organisation lets only a part of a screen be seen. You choose which.',
  partOnlyInput: 'Your organisation lets mouse and keyboard be used only in what you choose.',
  drawAreas: 'Draw an area …',
  drawMore: 'Draw or change areas …',
  drawTitle: 'Draw an area',
  drawHelp:
    'Drag across the picture. With the keyboard: add an area, then move it with the arrow keys, change its size with Shift and arrow keys, remove it with Delete.',
  drawPicture: 'Picture of {screen}',
  areaName: 'Area {number}',
  areaAt: 'Area {number}: {x} from the left, {y} from the top, {width} wide, {height} high',
  areaAdd: 'Add an area',
  remove: 'Remove',
  left: 'Left',
  top: 'Top',
  width: 'Width',
  height: 'Height',
  hide: 'Hide',
  hideNamed: 'Hide {title}',
  unhide: 'Show',
  unhideNamed: 'Show {title}',
  hiddenFromThem: 'Hidden from them',
  hidden: '{title} is hidden.',
  shown: '{title} is shown.',
} as const;

const zhCN: Record<keyof typeof en, string> = {
  nothing: '尚未选择',
  quoted: '“{title}”',
  allOf: '{application}的所有窗口',
  areaOne: '1 个区域',
  areaMany: '{count} 个区域',
  choiceAllOf: '{application}的所有窗口，包括以后打开的',
  included: '已包括',
  hiddenBy: '已遮挡：{rule}',
  hiddenByRule: '按您单位的规则遮挡：{rule}',
  otherRule: '{rule}（您单位的规则）',
  noWindows: '这个屏幕上没有打开的窗口。窗口打开后会立即出现在这里。',
  chosen: '已选择：{parts}',
  areasFull: '已达到可选择的上限。',
  partOnlyView: '您单位只允许查看屏幕的一部分，由您选择是哪一部分。',
  partOnlyInput: '您单位只允许在您选择的范围内使用鼠标和键盘。',
  drawAreas: '画一个区域……',
  drawMore: '画出或修改区域……',
  drawTitle: '画一个区域',
  drawHelp:
    '在图上拖动即可画出。也可以用键盘：先添加一个区域，用方向键移动，用 Shift 加方向键改变大小，用 Delete 键删除。',
  drawPicture: '{screen}的画面',
  areaName: '区域 {number}',
  areaAt: '区域 {number}：距左边 {x}，距上边 {y}，宽 {width}，高 {height}',
  areaAdd: '添加一个区域',
  remove: '删除',
  left: '左',
  top: '上',
  width: '宽',
  height: '高',
  hide: '遮挡',
  hideNamed: '遮挡{title}',
  unhide: '显示',
  unhideNamed: '显示{title}',
  hiddenFromThem: '对方看不到',
  hidden: '{title}已遮挡。',
  shown: '{title}不再遮挡。',
};

export const AREA_WORDS = { en, 'zh-CN': zhCN } as const satisfies Record<Language, Record<keyof typeof en, string>>;

/** Rules that every helper has, and usual names of an organisation's own; any other is shown by its name. */
const RULES = {
  en: {
    'password-field': 'password field',
    'terminal-password': 'password in a terminal',
    elevation: 'administrator question',
    'file-manager': 'folders and files',
    'file-dialog': 'file window',
    'password-manager': 'password manager',
    'personal-files': 'personal files',
    hr: 'personnel program',
    banking: 'banking',
    'sharer-window': 'window hidden by you',
    'sharer-rectangle': 'area hidden by you',
    'hide-now': 'everything, by you',
  },
  'zh-CN': {
    'password-field': '密码框',
    'terminal-password': '终端中的密码',
    elevation: '管理员授权提示',
    'file-manager': '文件夹和文件',
    'file-dialog': '文件窗口',
    'password-manager': '密码管理器',
    'personal-files': '个人文件',
    hr: '人事程序',
    banking: '网上银行',
    'sharer-window': '您遮挡的窗口',
    'sharer-rectangle': '您遮挡的区域',
    'hide-now': '您遮挡的全部内容',
  },
} as const satisfies Record<Language, Record<string, string>>;

/** Name of a rule for people; undefined when it is one of the organisation's own. */
export function ruleName(language: Language, rule: string): string | undefined {
  const names: Readonly<Record<string, string>> = RULES[language];
  return Object.hasOwn(names, rule) ? names[rule] : undefined;
}
