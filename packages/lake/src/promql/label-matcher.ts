import { compileRegex } from './regex-automaton.ts';

export type MatchOperator = '=' | '!=' | '=~' | '!~';

/** One condition on a label; a label that is absent has the empty text. */
export interface LabelMatcher {
  readonly name: string;
  readonly operator: MatchOperator;
  readonly value: string;
}

/** Whether a label's text meets a condition. */
export type TextTest = (text: string) => boolean;

/** Texts whose answer a regular expression remembers, so that each host is looked at once and not once a series. */
const rememberedMax = 10_000;

/** The conditions as tests; regular expressions match the whole text. Throws `invalid-request` where one is not understood. */
export function compileMatchers(
  matchers: readonly LabelMatcher[],
): readonly { readonly name: string; readonly test: TextTest }[] {
  return matchers.map((matcher) => ({ name: matcher.name, test: testOf(matcher) }));
}

function testOf({ operator, value }: LabelMatcher): TextTest {
  switch (operator) {
    case '=':
      return (text) => text === value;
    case '!=':
      return (text) => text !== value;
    case '=~':
      return remembering(compileRegex(value));
    case '!~': {
      const test = remembering(compileRegex(value));
      return (text) => !test(text);
    }
  }
}

function remembering(test: TextTest): TextTest {
  const known = new Map<string, boolean>();
  return (text) => {
    const before = known.get(text);
    if (before !== undefined) return before;
    if (known.size >= rememberedMax) known.clear();
    const answer = test(text);
    known.set(text, answer);
    return answer;
  };
}
