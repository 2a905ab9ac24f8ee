/** A schema issue's path as people write it: `["edges", 3, "kind"]` is `edges[3].kind`. */
export function fieldPathOf(path: readonly PropertyKey[]): string {
  let text = '';
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`;
    else text += text === '' ? String(step) : `.${String(step)}`;
  }
  return text;
}
