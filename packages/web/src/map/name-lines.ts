/** An asset's name in at most `linesMax` lines, broken where a word ends; too long a rest loses its middle. */
export function nameLines(name: string, lengthMax = 19, linesMax = 2): readonly string[] {
  if (name.length <= lengthMax) return [name];
  if (linesMax <= 1) return [shorten(name, lengthMax)];
  const breaks = [...name.matchAll(/(?<=[a-z0-9])(?=[A-Z])|(?<=[._:/@-])(?=[^._:/@-])|(?=@)/g)]
    .map(({ index }) => index)
    .filter((index) => index > 3 && index <= lengthMax);
  const at = breaks.at(-1) ?? lengthMax;
  return [name.slice(0, at), ...nameLines(name.slice(at), lengthMax, linesMax - 1)];
}

function shorten(text: string, lengthMax: number): string {
  const kept = Math.floor((lengthMax - 1) / 2);
  return `${text.slice(0, kept)}…${text.slice(-kept)}`;
}
