import type { Answer } from '@heliosiq/model';

type Sentence = Answer['sentences'][number];
type CitationKind = Answer['citations'][number]['kind'];

/** A part of an answer that rests on one sort of source. */
export interface AnswerSection {
  readonly title: 'What happened' | 'Why' | 'What to do';
  readonly sentences: readonly Sentence[];
}

const titles: readonly AnswerSection['title'][] = ['What happened', 'Why', 'What to do'];
const placeOfKind: Readonly<Record<CitationKind, number>> = {
  incident: 0,
  anomaly: 0,
  alert: 0,
  change: 1,
  evidence: 1,
  passage: 2,
};

/**
 * Parts an answer by what its sentences rest on: what was measured, what was concluded, what a document says. The order
 * of the sentences stays, so a later sentence never goes back to an earlier part.
 */
export function sectionsOf({
  sentences,
  citations,
}: Pick<Answer, 'sentences' | 'citations'>): readonly AnswerSection[] {
  const kinds = new Map(citations.map(({ n, kind }) => [n, kind]));
  const parts: Sentence[][] = titles.map(() => []);
  let place = 0;
  for (const sentence of sentences) {
    const kind = sentence.citations.map((n) => kinds.get(n)).find((found) => found !== undefined);
    place = Math.max(place, kind === undefined ? place : placeOfKind[kind]);
    parts[place]?.push(sentence);
  }
  return titles.flatMap((title, index) => {
    const own = parts[index] ?? [];
    return own.length === 0 ? [] : [{ title, sentences: own }];
  });
}
