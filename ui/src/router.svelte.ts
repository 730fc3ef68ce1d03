/** The address of the page, as state. Links inside the application are followed without loading the page again. */
class Router {
  #url = $state.raw(new URL(location.href));
  #isArriving = false;

  constructor() {
    addEventListener('popstate', () => {
      this.#url = new URL(location.href);
    });
  }

  get path(): string {
    return this.#url.pathname;
  }

  get query(): URLSearchParams {
    return this.#url.searchParams;
  }

  /** Goes to a path of this application. `replace`: the page left behind is not kept in the history. */
  go(to: string, options: { replace?: boolean; keepFocus?: boolean } = {}): void {
    const url = new URL(to, location.href);
    if (url.origin !== location.origin) throw new Error('the router goes to addresses of this application only');
    const isOtherPage = url.pathname !== this.#url.pathname && options.keepFocus !== true;
    if (options.replace === true) history.replaceState(null, '', url);
    else if (url.href !== location.href) history.pushState(null, '', url);
    this.#url = url;
    if (isOtherPage) {
      this.#isArriving = true;
      scrollTo(0, 0);
    }
  }

  /** Whether somebody has just come to a page of ours from another: its heading then takes the focus, once. */
  takeArrival(): boolean {
    const isArriving = this.#isArriving;
    this.#isArriving = false;
    return isArriving;
  }

  /** Changes single query parameters; empty ones are dropped. */
  setQuery(changes: Readonly<Record<string, string | null>>): void {
    const url = new URL(this.#url);
    for (const [name, value] of Object.entries(changes)) {
      if (value === null || value === '') url.searchParams.delete(name);
      else url.searchParams.set(name, value);
    }
    this.go(url.pathname + url.search, { replace: true });
  }

  /** Reads the secret of a link and takes it out of the address bar and the history. */
  takeFragment(): string {
    const fragment = location.hash.slice(1);
    if (fragment !== '') this.go(this.#url.pathname + this.#url.search, { replace: true });
    return fragment;
  }

  /** Follows a click on a link of ours; leaves new tabs, downloads and everything the server answers to the browser. */
  followClick = (event: MouseEvent): void => {
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = event.target instanceof Element ? event.target.closest('a') : null;
    if (!link || link.target !== '' || link.hasAttribute('download') || !isOurs(link)) return;
    event.preventDefault();
    this.go(link.pathname + link.search + link.hash);
  };
}

function isOurs(link: HTMLAnchorElement): boolean {
  if (link.origin !== location.origin || link.getAttribute('href')?.startsWith('#') === true) return false;
  return !link.pathname.startsWith('/api/') && link.pathname !== '/ca.crt';
}

export const router = new Router();
