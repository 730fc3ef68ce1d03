/** Something that whoever runs a backup or a restore must know; the message says what and, where one can, what to do. */
export class BackupError extends Error {
  override readonly name = 'BackupError';
}
