export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

const STORAGE_KEY = 'handrail.theme';

function storedTheme(): Theme {
  const stored = localStorage.getItem(STORAGE_KEY);
  return THEMES.find((known) => known === stored) ?? 'system';
}

class ThemeChoice {
  current = $state<Theme>(storedTheme());

  constructor() {
    this.#apply();
  }

  choose(theme: Theme): void {
    this.current = theme;
    localStorage.setItem(STORAGE_KEY, theme);
    this.#apply();
  }

  #apply(): void {
    const root = document.documentElement;
    if (this.current === 'system') root.removeAttribute('data-theme');
    else root.dataset['theme'] = this.current;
  }
}

export const theme = new ThemeChoice();
