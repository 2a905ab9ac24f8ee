/**
 * A PostgreSQL array of numbers, booleans or words without special characters (such as hexadecimal ids) as text. The
 * driver's own way quotes and escapes every element, at ten times the cost.
 */
export function arrayLiteral(values: readonly (number | boolean | string | null)[]): string {
  let text = '{';
  for (let index = 0; index < values.length; index += 1) {
    const value = values[index];
    text += `${index === 0 ? '' : ','}${value ?? 'null'}`;
  }
  return `${text}}`;
}

/** A PostgreSQL array of any texts as text. Only those that need it are escaped. */
export function textArrayLiteral(values: readonly (string | null)[]): string {
  let text = '{';
  for (let index = 0; index < values.length; index += 1) {
    if (index > 0) text += ',';
    const value = values[index];
    if (value === undefined || value === null) text += 'null';
    else text += `"${/["\\]/.test(value) ? value.replaceAll('\\', '\\\\').replaceAll('"', '\\"') : value}"`;
  }
  return `${text}}`;
}
