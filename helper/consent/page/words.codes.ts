/** Texts that belong to a code of the protocol, so that a new code without words does not compile. */
import type { EndReason, PauseReason } from '../../../protocol/lifecycle.ts';
import type { ConnectingMessage, FailureCode, Language } from '../consent.views.ts';

interface CodeWords {
  connecting: Record<ConnectingMessage, string>;
  paused: Record<PauseReason, string>;
  ended: Record<EndReason, string>;
  failed: Record<FailureCode | 'other', string>;
}

const enCodes: CodeWords = {
  connecting: {
    starting: 'Getting ready …',
    'checking-server': 'Checking that this is your organisation …',
    connecting: 'Connecting …',
  },
  paused: {
    'agent-away': 'The connection to the other side was lost.',
    sharer: 'You paused the session.',
    agent: 'The other side paused the session.',
    network: 'The network connection was lost.',
    'screen-lock': 'Your screen was locked.',
    'screen-disconnected': 'Your desktop was on no screen: Remote Desktop ended, or somebody else signed in.',
    'sharer-away': 'Nobody used this computer for a while.',
    restarting: 'It was paused to start this program again with administrator rights.',
    sleep: 'This computer was asleep.',
  },
  ended: {
    'sharer-declined': 'You said no.',
    'sharer-stopped': 'You stopped it.',
    'agent-stopped': 'The other side ended the session.',
    'invitation-expired': 'The invitation is too old.',
    'invitation-withdrawn': 'The invitation was withdrawn.',
    'enrolment-timeout': 'This program was started too late. Ask for a new invitation.',
    'consent-timeout': 'Nobody answered in time, which counts as no.',
    'match-code-mismatch':
      'The codes did not match. Somebody may have been in between: please tell your IT department.',
    'connection-lost': 'The connection could not be restored.',
    'pause-timeout': 'The pause was too long.',
    'time-limit': 'The time for one session is over.',
    'agent-deactivated': 'The other side is no longer allowed to help.',
    'sharer-deactivated': 'Your account was deactivated.',
    'device-failed': 'This program had a fault.',
    'server-restarted': 'The server was restarted.',
    'switched-off': 'Your organisation has switched remote assistance off.',
    'protocol-violation': 'Something arrived that should not have, so the session was ended to be safe.',
  },
  failed: {
    'server-unreachable':
      'The server of your organisation cannot be reached. Check the network, then download this program again.',
    'wrong-ca': 'The server is not the one that gave you this program. Do not go on; please tell your IT department.',
    'token-refused': 'This download was used before or is too old. Download it again from the portal.',
    'helper-too-old': 'This program is too old. Download it again from the portal.',
    'helper-revoked':
      'Your organisation has withdrawn this program. Delete it and download it again from the portal. Nothing was shared.',
    'switched-off': 'Your organisation has switched remote assistance off.',
    'server-error':
      'The server gave an answer that this program does not understand. Download this program again, or tell your IT department.',
    'address-missing': 'The name of the file was changed, so this program does not know its server. Download it again.',
    'address-invalid': 'The name of the file is damaged. Download it again from the portal.',
    'display-unavailable': 'This program cannot see a screen here. Share from the browser instead.',
    'display-lost': 'The screen is gone, so sharing has stopped.',
    'capture-failed': 'The screen could not be captured. Share from the browser instead.',
    'file-changed': 'This program was changed or damaged. Do not use it; download it again from the portal.',
    'window-disconnected': 'The helper behind this window has ended. You can close the window.',
    other: 'Something went wrong. Download this program again, or tell your IT department the code below.',
  },
};

const zhCNCodes: CodeWords = {
  connecting: {
    starting: '正在准备……',
    'checking-server': '正在确认这是您单位的服务器……',
    connecting: '正在连接……',
  },
  paused: {
    'agent-away': '与对方的连接曾断开。',
    sharer: '您暂停了会话。',
    agent: '对方暂停了会话。',
    network: '网络连接曾断开。',
    'screen-lock': '您的屏幕已锁定。',
    'screen-disconnected': '您的桌面未显示在任何屏幕上：远程桌面已断开，或有其他人登录。',
    'sharer-away': '这台电脑有一段时间无人使用。',
    restarting: '为了以管理员权限重新启动本程序，会话已暂停。',
    sleep: '这台电脑曾进入睡眠。',
  },
  ended: {
    'sharer-declined': '您没有同意。',
    'sharer-stopped': '您停止了共享。',
    'agent-stopped': '对方结束了会话。',
    'invitation-expired': '邀请已过期。',
    'invitation-withdrawn': '邀请已撤回。',
    'enrolment-timeout': '程序启动得太晚，请重新索取邀请。',
    'consent-timeout': '没有及时答复，视为不同意。',
    'match-code-mismatch': '核对码不一致，可能有人冒充，请告知您的 IT 部门。',
    'connection-lost': '连接无法恢复。',
    'pause-timeout': '暂停时间过长。',
    'time-limit': '已到一次会话的时间上限。',
    'agent-deactivated': '对方已无权提供协助。',
    'sharer-deactivated': '您的账号已停用。',
    'device-failed': '本程序出现故障。',
    'server-restarted': '服务器已重新启动。',
    'switched-off': '您的单位已关闭远程协助。',
    'protocol-violation': '收到了不应有的数据，为安全起见会话已结束。',
  },
  failed: {
    'server-unreachable': '无法连接您单位的服务器。请检查网络，然后重新下载本程序。',
    'wrong-ca': '这不是向您提供本程序的服务器。请不要继续，并告知您的 IT 部门。',
    'token-refused': '此下载已使用过或已过期，请从门户重新下载。',
    'helper-too-old': '本程序版本过旧，请从门户重新下载。',
    'helper-revoked': '您所在的组织已停用本程序。请删除后从门户重新下载。未共享任何内容。',
    'switched-off': '您的单位已关闭远程协助。',
    'server-error': '本程序无法理解服务器的答复。请重新下载本程序，或告知您的 IT 部门。',
    'address-missing': '文件名已被更改，本程序无法得知服务器地址，请重新下载。',
    'address-invalid': '文件名已损坏，请从门户重新下载。',
    'display-unavailable': '本程序在这里看不到屏幕，请改用浏览器共享。',
    'display-lost': '屏幕已不可用，共享已停止。',
    'capture-failed': '无法截取屏幕，请改用浏览器共享。',
    'file-changed': '本程序已被更改或损坏，请不要使用，并从门户重新下载。',
    'window-disconnected': '此窗口背后的协助程序已结束，可以关闭窗口。',
    other: '出现问题。请重新下载本程序，或把下面的代码告诉您的 IT 部门。',
  },
};

export const CODE_WORDS: Record<Language, CodeWords> = { en: enCodes, 'zh-CN': zhCNCodes };
