import { useMemo } from 'react';
import { usePalette } from '../charts/palette.ts';

/** Hues that stay apart on the card of either theme, also for most who see few colours; the first eight after Okabe and Ito (2008). */
const colors: readonly (readonly [light: string, dark: string])[] = [
  ['#0b5cad', '#6cb2ff'],
  ['#b45309', '#f5a524'],
  ['#08775b', '#37c8a0'],
  ['#a3336b', '#f08bbd'],
  ['#6d28d9', '#b794f6'],
  ['#0e7490', '#4dd0e1'],
  ['#a11d2e', '#ff7b86'],
  ['#4d6b12', '#a6cf4d'],
  ['#5b5f66', '#aab2bd'],
  ['#8a5a2b', '#d6a36a'],
];

/** The colour of a line in the present theme, by its place; after the last the first again. */
export function useLineColors(): (place: number) => string {
  const palette = usePalette();
  return useMemo(() => {
    const resolved = resolveColors(palette.card);
    return (place) => resolved[place % resolved.length] ?? palette.ink;
  }, [palette]);
}

/** Depends on the card so that it is done again when that changes with the theme. */
function resolveColors(_card: string): readonly string[] {
  const probe = document.createElement('span');
  document.body.append(probe);
  const resolved = colors.map(([light, dark]) => {
    probe.style.color = `light-dark(${light}, ${dark})`;
    return getComputedStyle(probe).color;
  });
  probe.remove();
  return resolved;
}
