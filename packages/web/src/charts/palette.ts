import { useEffect, useState } from 'react';

const names = ['ink', 'soft', 'line', 'link', 'critical', 'accent', 'good', 'card'] as const;

/** Colours of the present theme as a canvas needs them. */
export type Palette = Readonly<Record<(typeof names)[number], string>>;

function readPalette(): Palette {
  const probe = document.createElement('span');
  document.body.append(probe);
  const entries = names.map((name) => {
    probe.style.color = `var(--color-${name})`;
    return [name, getComputedStyle(probe).color] as const;
  });
  probe.remove();
  return Object.fromEntries(entries) as Palette; // one entry for each name
}

/** The palette, read again whenever the theme changes. */
export function usePalette(): Palette {
  const [palette, setPalette] = useState(readPalette);
  useEffect(() => {
    const update = (): void => setPalette(readPalette());
    const system = matchMedia('(prefers-color-scheme: dark)');
    const attribute = new MutationObserver(update);
    system.addEventListener('change', update);
    attribute.observe(document.documentElement, { attributeFilter: ['data-theme'] });
    return () => {
      system.removeEventListener('change', update);
      attribute.disconnect();
    };
  }, []);
  return palette;
}

/** A colour of the palette with an opacity in [0, 1]. */
export function faded(color: string, opacity: number): string {
  return `color-mix(in srgb, ${color} ${Math.round(opacity * 100)}%, transparent)`;
}
