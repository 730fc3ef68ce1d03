/**
 * Programs whose windows are hidden from the agent whatever was granted: by their executable, which the kernel vouches for.
 * Pure. The rules here come with the product; policy adds its own, for HR, banking or personal files.
 */
import type { DesktopWindow, Rect, SensitiveField } from '../platform/platform.ts';

/**
 * An entry of `executables` that begins with a slash is a whole path, any other the name of the file. Both are compared
 * as they are, upper and lower case apart: there are no patterns.
 */
export interface MaskRule {
  /** What the audit says instead of anything that is on the screen. */
  id: string;
  label?: string;
  executables: readonly string[];
}

export const PASSWORD_MANAGER: MaskRule = {
  id: 'password-manager',
  executables: [
    ...[
      'keepassxc',
      'keepass2',
      'keepassx',
      'bitwarden',
      'bitwarden-app',
      '1password',
      'Enpass',
      'buttercup',
      'nordpass',
    ],
    ...[
      'Proton Pass',
      'proton-pass',
      'keeperpasswordmanager',
      'RoboForm',
      'seahorse',
      'kwalletmanager',
      'kwalletmanager5',
    ],
    ...[
      'kwalletmanager6',
      'qtpass',
      'passky',
      'figaro-password-manager',
      'revelation',
      'gnome-passwordsafe',
      'secrets',
    ],
    ...['otpclient', 'authenticator', 'org.gnome.World.Secrets', 'password-gorilla', 'pwsafe', 'upm', 'kpassgen'],
  ],
};

/** Hidden and closed to remote input until the sharer grants files: with that grant, leave this rule out. */
export const FILE_MANAGER: MaskRule = {
  id: 'file-manager',
  executables: [
    ...[
      'nautilus',
      'org.gnome.Nautilus',
      'org.gnome.NautilusPreviewer',
      'nemo',
      'nemo-desktop',
      'caja',
      'thunar',
      'Thunar',
    ],
    ...['pcmanfm', 'pcmanfm-qt', 'dolphin', 'konqueror', 'krusader', 'spacefm', 'zzzfm', 'xfe', 'doublecmd', 'gentoo'],
    ...[
      'io.elementary.files',
      'pantheon-files',
      'dde-file-manager',
      'peony',
      'peony-qt',
      'cosmic-files',
      'ROX-Filer',
      'rox',
    ],
    ...['emelfm2', 'worker', 'index', 'xdg-desktop-portal-gtk', 'xdg-desktop-portal-gnome', 'xdg-desktop-portal-kde'],
    ...[
      'xdg-desktop-portal-xapp',
      'xdg-desktop-portal-lxqt',
      'xdg-desktop-portal-pantheon',
      'xdg-desktop-portal-cosmic',
    ],
  ],
};

/** Programs that ask for the password of an administrator, of a key or of the keyring. */
export const ELEVATION: MaskRule = {
  id: 'elevation',
  executables: [
    ...['polkit-gnome-authentication-agent-1', 'polkit-mate-authentication-agent-1', 'mate-polkit', 'lxpolkit'],
    ...['lxqt-policykit-agent', 'polkit-kde-authentication-agent-1', 'xfce-polkit', 'ukui-polkit', 'dde-polkit-agent'],
    ...['ts-polkitagent', 'cosmic-osd', 'polkit-dumb-agent', 'io.elementary.desktop.agent-polkit', 'soteria'],
    ...['gcr-prompter', 'gcr4-prompter', 'gnome-keyring-ask', 'kwalletd5', 'kwalletd6', 'ksecretd', 'gksu', 'gksudo'],
    ...[
      'kdesu',
      'kdesudo',
      'kdesu5',
      'lxqt-sudo',
      'lxsu',
      'lxsudo',
      'ktsuss',
      'beesu',
      'gnomesu',
      'xfsudo',
      'pinentry',
    ],
    ...[
      'pinentry-gtk',
      'pinentry-gtk-2',
      'pinentry-qt',
      'pinentry-qt4',
      'pinentry-qt5',
      'pinentry-qt6',
      'pinentry-gnome3',
    ],
    ...['pinentry-x11', 'pinentry-fltk', 'pinentry-efl', 'ssh-askpass', 'x11-ssh-askpass', 'gnome-ssh-askpass'],
    ...['gnome-ssh-askpass2', 'gnome-ssh-askpass3', 'ssh-askpass-fullscreen', 'ksshaskpass', 'lxqt-openssh-askpass'],
  ],
};

export const DEFAULT_RULES: readonly MaskRule[] = [PASSWORD_MANAGER, ELEVATION, FILE_MANAGER];

/** What runs a program is all that the kernel knows of it; the title can only add to what is hidden. */
const INTERPRETED: readonly { id: string; interpreter: RegExp; title: RegExp }[] = [
  { id: PASSWORD_MANAGER.id, interpreter: /^mono(-sgen)?$/, title: /\bKeePass\b/ },
  { id: PASSWORD_MANAGER.id, interpreter: /^python3(\.\d+)?$/, title: /^(Secrets|Password Safe|Revelation)$/ },
  { id: PASSWORD_MANAGER.id, interpreter: /^java$/, title: /\b(Password Safe|Universal Password Manager)\b/ },
];

/** What the kernel adds to the path of a program whose file was replaced by an update. */
const REPLACED = / \(deleted\)$/;
const FILE_DIALOG_ROLE = 'GtkFileChooserDialog';

/** The first rule that hides this window; undefined when none does. A program that is not known is hidden by none. */
export function ruleFor(window: DesktopWindow, rules: readonly MaskRule[]): string | undefined {
  const path = window.executable?.replace(REPLACED, '');
  if (path === undefined) return undefined;
  const name = path.slice(path.lastIndexOf('/') + 1);
  return rules.find(({ id, executables }) => {
    const isNamed = executables.some((entry) => entry === (entry.startsWith('/') ? path : name));
    return isNamed || isInterpreted({ id, name, title: window.title });
  })?.id;
}

/** A dialog to open or save files, in whichever program; `fields` are those of the accessibility interface. */
export function isFileDialog(window: DesktopWindow, fields: readonly SensitiveField[]): boolean {
  return (
    window.role === FILE_DIALOG_ROLE ||
    fields.some(
      ({ kind, pid, bounds }) =>
        kind === 'file-chooser' && pid !== undefined && pid === window.pid && overlaps(bounds, window.bounds),
    )
  );
}

function isInterpreted(program: { id: string; name: string; title: string }): boolean {
  return INTERPRETED.some(
    ({ id, interpreter, title }) => id === program.id && interpreter.test(program.name) && title.test(program.title),
  );
}

function overlaps(a: Rect, b: Rect): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}
