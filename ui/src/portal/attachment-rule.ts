const MAX_BYTES = 10 * 1024 * 1024;
const MAX_FILES = 10;
const EXTENSIONS = 'png jpg jpeg webp txt log csv json xml ini conf zip gz'.split(' ');

/** For the file chooser. */
export const ACCEPTED = EXTENSIONS.map((extension) => `.${extension}`).join(',');

export interface FileRefusal {
  readonly name: string;
  readonly reason: 'type' | 'size' | 'count';
}

/** Which files may be sent. The server decides again, by content; this only spares somebody a useless upload. */
export function checkFiles<F extends { name: string; size: number }>(
  files: readonly F[],
  alreadyThere: number,
): { accepted: F[]; refused: FileRefusal[] } {
  const accepted: F[] = [];
  const refused: FileRefusal[] = [];
  for (const file of files) {
    const extension = file.name.toLowerCase().split('.').at(-1) ?? '';
    if (!EXTENSIONS.includes(extension)) refused.push({ name: file.name, reason: 'type' });
    else if (file.size > MAX_BYTES) refused.push({ name: file.name, reason: 'size' });
    else if (alreadyThere + accepted.length >= MAX_FILES) refused.push({ name: file.name, reason: 'count' });
    else accepted.push(file);
  }
  return { accepted, refused };
}
