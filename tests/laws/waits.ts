import { type Breach, isCode, isTest, lineAt, partsOf, type SourceFile } from './source-text.ts';

const law = 'no wait without a limit of its own';
const cure = 'give vi.waitFor or vi.waitUntil a limit that a busy machine keeps to, such as { timeout: 30_000 }';

/** The library gives up after a second, which is too soon for a busy machine. */
export function waitLaw(files: readonly SourceFile[]): Breach[] {
  return files
    .filter(({ path }) => isCode(path) && isTest(path))
    .flatMap(({ path, text }) => {
      const { code } = partsOf(text);
      return [...code.matchAll(/\bvi\.wait(?:For|Until)\(/g)]
        .filter((match) => !hasSecondArgument(code, match.index + match[0].length))
        .map((match) => ({ path: `${path}:${lineAt(text, match.index)}`, law, cure }));
    });
}

/** True when the call whose arguments begin there has more than one of them; a comma at the end is none. */
function hasSecondArgument(code: string, start: number): boolean {
  let depth = 0;
  for (let at = start; at < code.length && depth >= 0; at += 1) {
    const sign = code[at] ?? '';
    if ('([{'.includes(sign)) depth += 1;
    else if (')]}'.includes(sign)) depth -= 1;
    else if (sign === ',' && depth === 0) return !/^\s*\)/.test(code.slice(at + 1));
  }
  return false;
}
