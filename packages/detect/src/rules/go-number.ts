/** A number as Go's `%g` writes it with so many digits: the shortest of plain and exponent form. */
export function goGeneral(value: number, digits: number): string {
  if (!Number.isFinite(value)) return goSpecial(value);
  if (value === 0) return '0';
  const exponent = Number(value.toExponential(digits - 1).split('e')[1]);
  if (exponent >= -4 && exponent < digits) return String(Number(value.toPrecision(digits)));
  return exponentForm(Number(value.toPrecision(digits)).toExponential());
}

/** A number as Go prints it without being told how: its shortest digits, from a million on with an exponent. */
export function goPlain(value: number): string {
  if (!Number.isFinite(value)) return goSpecial(value);
  if (value === 0) return '0';
  const text = goExponent(value);
  const exponent = Number(text.split('e')[1]);
  return exponent < -4 || exponent >= 6 ? text : String(value);
}

/** `%e` with the shortest digits that tell the number. */
export function goExponent(value: number): string {
  return Number.isFinite(value) ? exponentForm(value.toExponential()) : goSpecial(value);
}

/** `%f` with so many decimals. */
export function goFixed(value: number, decimals: number): string {
  return Number.isFinite(value) ? value.toFixed(Math.min(100, decimals)) : goSpecial(value);
}

function goSpecial(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  return value > 0 ? '+Inf' : '-Inf';
}

/** Go writes at least two digits of the exponent. */
function exponentForm(text: string): string {
  return text.replace(/e([+-])(\d)$/, 'e$10$2');
}
