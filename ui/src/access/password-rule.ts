import { password } from '../../../protocol/api/access.ts';

/** Whether the server could take this password; it refuses common ones besides. */
export function isPasswordLongEnough(value: string): boolean {
  return password.safeParse(value).success;
}
