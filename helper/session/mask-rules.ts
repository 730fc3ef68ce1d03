import { basename } from 'node:path';
import type { MaskRule } from '../../protocol/capabilities.ts';
import type { DesktopWindow, SensitiveField } from '../platform/platform.ts';

export const BUILT_IN_RULES: readonly MaskRule[] = [
  { id: 'password-manager', executables: ['keepassxc'] },
  { id: 'file-manager', executables: ['nautilus', 'thunar', 'pcmanfm'] },
  { id: 'elevation', executables: ['pinentry-gtk-2'] },
];

export function ruleFor(
  { executable, role }: DesktopWindow,
  { rules }: { rules: readonly MaskRule[]; fields: readonly SensitiveField[] },
): string | undefined {
  if (role === 'GtkFileChooserDialog') return 'file-dialog';
  if (executable === undefined) return undefined;
  return rules.find(({ executables }) =>
    executables.some((each) => each === executable || each === basename(executable)),
  )?.id;
}
