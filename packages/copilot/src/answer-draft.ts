import type { Answer, AnswerSentence, Citation, Support } from '@heliosiq/model';

/** What a sentence rests on: a citation that has no number yet. */
export type Source = Omit<Citation, 'n'>;

/** An answer in the making. */
export interface AnswerDraft {
  /** Adds a sentence; a source that was cited before keeps its number, one that cannot be quoted is left out. */
  say(text: string, ...sources: readonly (Source | undefined)[]): void;
  /** Adds exact words of a source behind `lead`, with the verdict of the check of these words. */
  quote(lead: string, source: Source, support: Support): void;
  finish(outcome: Omit<Answer, 'sentences' | 'citations' | 'text'>): Answer;
}

export function createAnswerDraft(): AnswerDraft {
  const sentences: AnswerSentence[] = [];
  const citations: Citation[] = [];

  function numberOf(source: Source): number {
    const known = citations.find(({ url, quote }) => url === source.url && quote === source.quote);
    if (known !== undefined) return known.n;
    const n = citations.length + 1;
    citations.push({ ...source, n });
    return n;
  }

  return {
    say(text, ...sources) {
      const numbers = sources.flatMap((source) => (source === undefined ? [] : [numberOf(source)]));
      sentences.push({ text: oneLine(text), citations: [...new Set(numbers)] });
    },
    quote(lead, source, support) {
      sentences.push({ text: oneLine(`${lead}${source.quote}`), citations: [numberOf(source)], support });
    },
    finish: (outcome) => ({
      ...outcome,
      sentences,
      citations,
      text: sentences
        .map((sentence) => [sentence.text, ...sentence.citations.map((n) => `[${n}]`)].join(' '))
        .join('\n'),
    }),
  };
}

/**
 * The part of a text that stands in a JSON response as it is: all of it, or the longest piece between characters that
 * JSON escapes. Undefined when nothing is left to quote.
 */
export function jsonQuote(text: string): string | undefined {
  const pieces = [''];
  for (const character of text) {
    const isPlain = JSON.stringify(character).length === character.length + 2;
    if (isPlain) pieces.push(`${pieces.pop() ?? ''}${character}`);
    else pieces.push('');
  }
  const longest = pieces
    .map((piece) => piece.trim())
    .reduce((best, piece) => (piece.length > best.length ? piece : best), '');
  return longest === '' ? undefined : longest;
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}
