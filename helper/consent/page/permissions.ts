/** What the system's settings have to allow before anything can be asked. Goes on by itself. */
import type { Permission } from '../../platform/platform.ts';
import type { ConsentView } from '../consent.views.ts';
import { el, icon } from './dom.ts';
import { button, heading, note, say, type DrawnStep, type StepContext } from './parts.ts';
import type { WordKey } from './words.ts';

type PermissionsView = Extract<ConsentView, { step: 'permissions' }>;

const NAMES = {
  'see-screen': { name: 'permissionSeeScreen', why: 'permissionSeeScreenWhy' },
  operate: { name: 'permissionOperate', why: 'permissionOperateWhy' },
  'hear-input': { name: 'permissionHearInput', why: 'permissionHearInputWhy' },
} as const satisfies Record<Permission, Record<'name' | 'why', WordKey>>;

export function drawPermissions(context: StepContext, { needed, missing }: PermissionsView): DrawnStep {
  const title = say(context, missing.length === 0 ? 'permissionsReady' : 'permissionsTitle');
  const rows = needed.map((permission) => permissionRow(context, permission, !missing.includes(permission)));
  const states = needed.map((permission) => {
    const state = say(context, missing.includes(permission) ? 'permissionMissing' : 'permissionGiven');
    return `${say(context, NAMES[permission].name)}: ${state}`;
  });
  return {
    place: 'permissions',
    heading: heading(title, missing.length === 0 ? 'verified' : 'lock'),
    body: [
      el('p', {}, say(context, 'permissionsText')),
      el('div', { class: 'rights' }, el('ul', {}, ...rows)),
      note(say(context, 'permissionsHow'), { icon: 'question' }),
      el('p', { class: 'quiet' }, say(context, 'nothingShared'), ' ', say(context, 'permissionsGoOn')),
    ],
    actions: [button(say(context, 'decline'), { id: 'decline', onclick: () => context.act({ type: 'decline' }) })],
    announce: states.join('. '),
  };
}

function permissionRow(context: StepContext, permission: Permission, isGiven: boolean): HTMLElement {
  const { name, why } = NAMES[permission];
  const setting = say(context, name);
  const state = say(context, isGiven ? 'permissionGiven' : 'permissionMissing');
  const words = el(
    'span',
    { class: 'right' },
    setting,
    el('span', { class: 'choice-text' }, say(context, why)),
    el('span', { class: 'choice-text', id: `state-${permission}` }, state),
  );
  const open = button(say(context, 'openSettings'), {
    id: `open-${permission}`,
    label: say(context, 'openSettingsNamed', { setting }),
    isNarrowing: true,
    onclick: () => context.act({ type: 'open-settings', permission }),
  });
  return el('li', {}, icon(isGiven ? 'verified' : 'lock'), words, isGiven ? null : open);
}
