import { useState } from 'react';
import { applyTheme, rememberedTheme } from './theme.ts';
import type { Theme } from './theme.ts';

const next: Readonly<Record<Theme, Theme>> = { system: 'light', light: 'dark', dark: 'system' };
const signs: Readonly<Record<Theme, string>> = { system: '◐', light: '☀', dark: '☾' };

/** Cycles system, light and dark. */
export function ThemeSwitch() {
  const [theme, setTheme] = useState<Theme>(rememberedTheme);
  const change = (): void => {
    applyTheme(next[theme]);
    setTheme(next[theme]);
  };
  const words = `Theme: ${theme}; change to ${next[theme]}`;
  return (
    <button className="quiet-button w-9 px-0" onClick={change} title={words} aria-label={words}>
      {signs[theme]}
    </button>
  );
}
