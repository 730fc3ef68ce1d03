/**
 * Which windows are hidden by rule: those of programs that keep secrets, of file managers and file dialogs, and prompts
 * for a higher password. Pure. A program is its executable; what a window says of itself can only make more be hidden.
 */
import type { MaskRule } from '../../protocol/capabilities.ts';
import { intersect } from '../pipeline/rects.ts';
import type { DesktopWindow, SensitiveField } from '../platform/platform.ts';

/** In every session, whatever the policy says; `file-manager` is lifted by the right to use files. */
export const BUILT_IN_RULES: readonly MaskRule[] = [
  {
    id: 'password-manager',
    executables: [
      'keepassxc',
      'keepass2',
      'keepassx',
      'bitwarden',
      'bitwarden-desktop',
      '1password',
      'enpass',
      'Enpass',
      'dashlane',
      'lastpass',
      'nordpass',
      'pass-manager',
      'proton-pass',
      'qtpass',
      'secrets',
      'gnome-passwordsafe',
      'seahorse',
      'kwalletmanager5',
      'kwalletmanager',
      'kwalletd5',
      'kwalletd6',
      'revelation',
      'gopass-ui',
      'authenticator',
      'bitwarden-app',
      'buttercup',
      'keeperpasswordmanager',
      'Proton Pass',
      'kwalletmanager6',
      'org.gnome.World.Secrets',
      'otpclient',
      'password-gorilla',
      'pwsafe',
      'ksecretd',
      // On Windows.
      'keepass',
      'roboform',
      'stickypassword',
      // On macOS.
      'Passwords',
      'Keychain Access',
      '1Password',
      'Bitwarden',
      'KeePassXC',
      'MacPass',
      'Strongbox',
      'Dashlane',
      'LastPass',
      'NordPass',
    ],
  },
  {
    id: 'elevation',
    executables: [
      'polkit-gnome-authentication-agent-1',
      'polkit-mate-authentication-agent-1',
      'polkit-kde-authentication-agent-1',
      'polkit-agent-1',
      'lxpolkit',
      'lxqt-policykit-agent',
      'lxqt-sudo',
      'xfce-polkit',
      'cinnamon-polkit',
      'gcr-prompter',
      'gcr4-ssh-askpass',
      'gnome-keyring-prompt-3',
      'gksu',
      'gksudo',
      'kdesu',
      'kdesudo',
      'ksshaskpass',
      'ssh-askpass',
      'x11-ssh-askpass',
      'gnome-ssh-askpass',
      'pinentry',
      'pinentry-gtk-2',
      'pinentry-gtk',
      'pinentry-gnome3',
      'pinentry-qt',
      'pinentry-qt5',
      'pinentry-x11',
      'pinentry-fltk',
      'mate-polkit',
      'ukui-polkit',
      'dde-polkit-agent',
      'soteria',
      'gcr4-prompter',
      'kdesu5',
      'lxsudo',
      'gnomesu',
      'lxqt-openssh-askpass',
      'gnome-ssh-askpass2',
      'gnome-ssh-askpass3',
      'pinentry-qt4',
      'pinentry-qt6',
      'pinentry-efl',
      // On Windows: the question for an administrator, and that for a password.
      'consent',
      'CredentialUIBroker',
      // On macOS.
      'SecurityAgent',
      'coreauthd',
      'authorizationhost',
    ],
  },
  {
    id: 'file-manager',
    executables: [
      'nautilus',
      'org.gnome.Nautilus',
      'nemo',
      'nemo-desktop',
      'caja',
      'thunar',
      'Thunar',
      'pcmanfm',
      'pcmanfm-qt',
      'dolphin',
      'konqueror',
      'spacefm',
      'xfe',
      'rox',
      'doublecmd',
      'krusader',
      'xdg-desktop-portal-gtk',
      'xdg-desktop-portal-gnome',
      'xdg-desktop-portal-kde',
      'xdg-desktop-portal-lxqt',
      'xdg-desktop-portal-xapp',
      'org.gnome.NautilusPreviewer',
      'io.elementary.files',
      'pantheon-files',
      'dde-file-manager',
      'peony',
      'peony-qt',
      'zzzfm',
      'ROX-Filer',
      'emelfm2',
      'worker',
      'xdg-desktop-portal-pantheon',
      // On Windows; for Explorer see below.
      'totalcmd',
      'totalcmd64',
      'freecommander',
      'dopus',
      'xyplorer',
      // On macOS.
      'Finder',
      'ForkLift',
      'Path Finder',
      'Commander One',
    ],
  },
];

/** Of these the kernel knows only what runs them, so that interpreter and title count together. */
const INTERPRETED: readonly { id: string; interpreter: RegExp; title: RegExp }[] = [
  { id: 'password-manager', interpreter: /^mono(-sgen)?$/, title: /\bKeePass\b/ },
  { id: 'password-manager', interpreter: /^python3(\.\d+)?$/, title: /^(Secrets|Password Safe|Revelation)$/ },
];

/**
 * Explorer is Windows' task bar as well. Of its windows these show files: folders, the desktop, its dialogs, and what it is
 * copying.
 */
const EXPLORER_FILES: ReadonlySet<string> = new Set([
  ...['CabinetWClass', 'ExploreWClass', 'Progman', 'WorkerW', '#32770', 'OperationStatusWindow'],
]);

/**
 * Windows' questions for an administrator and for a password, where an organisation lets them stand on the person's own
 * desktop. They may be of a program that we are told nothing of.
 */
const WINDOWS_PROMPTS: ReadonlySet<string> = new Set([
  'Credential Dialog Xaml Host',
  '$$$Secure UAP Dummy Window Class For Interim Dialog',
]);

/** What GTK calls its dialogs to open and to save, by WM_WINDOW_ROLE. */
const FILE_DIALOG_ROLES: ReadonlySet<string> = new Set(['GtkFileChooserDialog', 'GtkFileChooserNative']);
export const FILE_DIALOG_RULE = 'file-dialog';

/** Id of the rule that hides a window; undefined when none does. Of several the first in the list. */
export function ruleFor(
  window: DesktopWindow,
  { rules, fields }: { rules: readonly MaskRule[]; fields: readonly SensitiveField[] },
): string | undefined {
  const { executable, title, role } = window;
  if (WINDOWS_PROMPTS.has(role)) return 'elevation';
  if (executable !== undefined) {
    const { name, isSame } = programOf(executable);
    const interpreted = INTERPRETED.filter((program) => program.interpreter.test(name) && program.title.test(title));
    const rule = rules.find(
      ({ id, executables }) => executables.some(isSame) || interpreted.some((program) => program.id === id),
    );
    if (rule !== undefined) return rule.id;
    if (isSame('explorer.exe') && EXPLORER_FILES.has(role)) return 'file-manager';
  }
  return isFileDialog(window, fields) ? FILE_DIALOG_RULE : undefined;
}

interface Program {
  name: string;
  /** Does that name or path mean this program? */
  isSame: (named: string) => boolean;
}

/** Windows knows programs by any mixture of large and small letters, and rules may leave `.exe` out. */
function programOf(executable: string): Program {
  if (!/^([a-z]:|\\)\\/i.test(executable)) {
    // A program that was updated while it runs.
    const path = executable.replace(/ \(deleted\)$/, '');
    const name = path.slice(path.lastIndexOf('/') + 1);
    return { name, isSame: (named) => named === path || named === name };
  }
  const plain = (text: string): string => text.toLowerCase().replace(/\.exe$/, '');
  const path = plain(executable);
  const name = path.slice(path.lastIndexOf('\\') + 1);
  return { name, isSame: (named) => plain(named) === path || plain(named) === name };
}

/** By role, or because a file chooser that the platform reports fills most of the window. */
function isFileDialog({ role, pid, bounds }: DesktopWindow, fields: readonly SensitiveField[]): boolean {
  if (FILE_DIALOG_ROLES.has(role)) return true;
  return fields.some((field) => {
    if (field.kind !== 'file-chooser' || field.pid === undefined || field.pid !== pid) return false;
    const common = intersect(field.bounds, bounds);
    return common !== undefined && common.width * common.height > (bounds.width * bounds.height) / 2;
  });
}
