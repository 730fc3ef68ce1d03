/** Texts for what a person has to allow in the settings of macOS; settings are called what macOS calls them. */
import type { Language } from '../consent.views.ts';

const en = {
  permissionsTitle: 'macOS wants you to allow this first',
  permissionsReady: 'Everything is allowed',
  permissionsText: 'Without this, nobody could help you on this Mac. You decide on every session separately.',
  permissionsGoOn: 'This window goes on by itself.',
  permissionsHow:
    'In the settings, switch on this program. If you started it from Terminal, it is listed as Terminal. When macOS offers to quit and reopen it, choose Later.',
  permissionSeeScreen: 'Screen & System Audio Recording',
  permissionSeeScreenWhy: 'So that your screen can be shown. No sound is recorded.',
  permissionOperate: 'Accessibility',
  permissionOperateWhy: 'So that mouse and keyboard can be used if you allow it, and password fields be hidden.',
  permissionHearInput: 'Input Monitoring',
  permissionHearInputWhy: 'So that your own hand comes first and the Stop key works. What you type is not recorded.',
  permissionGiven: 'Allowed',
  permissionMissing: 'Not allowed yet',
  openSettings: 'Open settings',
  openSettingsNamed: 'Open settings: {setting}',
} as const;

const zhCN: Record<keyof typeof en, string> = {
  permissionsTitle: 'macOS 要求您先允许以下各项',
  permissionsReady: '已全部允许',
  permissionsText: '没有这些权限，就无法在这台 Mac 上为您提供协助。每次会话仍由您单独决定。',
  permissionsGoOn: '允许之后，此窗口会自动继续。',
  permissionsHow:
    '请在打开的设置中启用本程序。如果是从“终端”启动的，列表中显示的是“终端”。macOS 提示退出并重新打开时，请选择“稍后”。',
  permissionSeeScreen: '录屏与系统录音',
  permissionSeeScreenWhy: '用于显示您的屏幕，不会录音。',
  permissionOperate: '辅助功能',
  permissionOperateWhy: '您同意后才能操作鼠标和键盘，也用于遮住密码框。',
  permissionHearInput: '输入监控',
  permissionHearInputWhy: '让您自己的操作始终优先，并使停止快捷键有效。您输入的内容不会被记录。',
  permissionGiven: '已允许',
  permissionMissing: '尚未允许',
  openSettings: '打开设置',
  openSettingsNamed: '打开设置：{setting}',
};

export const PERMISSION_WORDS: Record<Language, Record<keyof typeof en, string>> = { en, 'zh-CN': zhCN };
