/** One line for a terminal on Linux: the downloads folder has another name in other languages, so the system is asked. */
export function startCommand(fileName: string): string {
  const quoted = `'${fileName.replaceAll("'", `'\\''`)}'`;
  return `cd "$(xdg-user-dir DOWNLOAD)" && chmod +x ./${quoted} && ./${quoted}`;
}
