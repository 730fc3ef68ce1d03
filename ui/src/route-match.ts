/** What an address names: one thing, or nothing. */
export interface RouteParams {
  readonly id?: string;
}

/** The parameters of `path` if it fits `pattern`, else null. One trailing slash is the same page. */
export function matchPath(pattern: string, path: string): RouteParams | null {
  const wanted = pattern.split('/');
  const given = (path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path).split('/');
  if (wanted.length !== given.length) return null;
  const params: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    const value = given[index] ?? '';
    if (part.startsWith(':')) {
      if (!/^[A-Za-z0-9_-]+$/.test(value)) return null;
      params[part.slice(1)] = value;
    } else if (part !== value) return null;
  }
  return params;
}
