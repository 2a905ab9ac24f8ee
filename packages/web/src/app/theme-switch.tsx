import { useEffect, useState } from 'react';

type Theme = 'system' | 'light' | 'dark';

const storageKey = 'heliosiq-theme';
const next: Readonly<Record<Theme, Theme>> = { system: 'light', light: 'dark', dark: 'system' };
const signs: Readonly<Record<Theme, string>> = { system: '◐', light: '☀', dark: '☾' };

/** Cycles system, light and dark; remembered on this device. */
export function ThemeSwitch() {
  const [theme, setTheme] = useState<Theme>(rememberedTheme);
  useEffect(() => {
    if (theme === 'system') {
      document.documentElement.removeAttribute('data-theme');
      localStorage.removeItem(storageKey);
    } else {
      document.documentElement.dataset['theme'] = theme;
      localStorage.setItem(storageKey, theme);
    }
  }, [theme]);
  return (
    <button
      className="quiet-button px-2"
      onClick={() => setTheme(next[theme])}
      title={`Theme: ${theme}`}
      aria-label={`Theme: ${theme}`}
    >
      {signs[theme]}
    </button>
  );
}

function rememberedTheme(): Theme {
  const kept = localStorage.getItem(storageKey);
  return kept === 'light' || kept === 'dark' ? kept : 'system';
}
