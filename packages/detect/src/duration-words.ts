const steps = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
] as const;

/**
 * A length of time as people say it, exact for whole seconds: `90 s` and below in seconds, else the two largest units,
 * e.g. `4 minutes`, `2 hours 5 minutes`; what is smaller is rounded.
 */
export function durationWords(seconds: number): string {
  if (seconds < 120) return `${Number(seconds.toPrecision(3))} s`;
  // To the smaller of two units first: what rounds up to a whole larger one is called so.
  const grain = seconds >= 86_400 - 1800 ? 3600 : 60;
  const rounded = Math.round(seconds / grain) * grain;
  const at = steps.findIndex(([, size]) => rounded >= size);
  const [name, size] = steps[at] ?? steps[2];
  const below = steps[at + 1];
  const whole = Math.floor(rounded / size);
  const rest = below === undefined ? 0 : Math.round((rounded % size) / below[1]);
  return rest === 0 || below === undefined
    ? counted(whole, name)
    : `${counted(whole, name)} ${counted(rest, below[0])}`;
}

const counted = (amount: number, name: string): string => `${amount} ${name}${amount === 1 ? '' : 's'}`;
