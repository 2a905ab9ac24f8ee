/** The sentences of documents that answer a question, chosen and ordered without a language model. */

import type { RelevantSentence, SearchedPassage } from '@heliosiq/ports';
import { answerConfidence, KNOWN_ABOVE } from './answer-confidence.ts';

/** A sentence with the passage that it stands in. */
export interface ChosenSentence {
  readonly found: SearchedPassage;
  readonly sentence: RelevantSentence;
}

/** What the documents say to a question. */
export interface DocumentAnswer {
  /** Whether the evidence is good enough to answer at all. */
  readonly known: boolean;
  /** 0 to 1. */
  readonly confidence: number;
  /** Best document first, each document's sentences in its order. */
  readonly sentences: readonly ChosenSentence[];
}

/** What a search has to be asked for, so that its passages can be answered from. */
export const ANSWER_SEARCH = { limit: 8, sentencesMax: 6 } as const;

const SENTENCES_MAX = 4;
/** What a sentence must have of the best one's score to stand beside it. */
const WORTH_SHARE = 0.45;
/** What a place further down the ranking takes off. */
const RANK_PENALTY = 0.02;
const SECTION_BONUS = 0.15;
/** Sentences taken from the section that a question is for, where none was chosen by its words. */
const SECTION_SENTENCES = 2;
/** A sentence whose words are all in one that was chosen says nothing new. */
const SAME_WORDS_SHARE = 0.8;

interface SectionRow {
  readonly asked: RegExp;
  readonly heading: RegExp;
}

/** Which section of a runbook a question is for. */
const SECTIONS: readonly SectionRow[] = [
  { asked: /\b(prevent\w*|avoid\w*)\b/i, heading: /\bprevent/i },
  {
    asked:
      /\b(how (?:do|can|should) (?:i|we) (?:see|check|find|list|tell|measure|detect|recogni[sz]e)|which command|how to (?:check|find))\b/i,
    heading: /\b(check|diagnos|investigat|verif)/i,
  },
  { asked: /\b(causes?|caused|reasons?|why|what (?:could|can) it be)\b/i, heading: /\b(cause|reason)/i },
  {
    asked:
      /\b(fix|repair\w*|cure|remedy|solve|recover|help(?:s)?|what (?:can|do|should|must) (?:i|we) do|what now|should|how (?:do|can) (?:i|we))\b/i,
    heading: /\b(fix|remed|mitigat|resol|repair|recover)/i,
  },
];

/**
 * Chooses up to four sentences: those that share most of the question, from the section that it asks for where there is one,
 * none that only repeats another. `names` must all stand in the passage that is answered from.
 */
export function answerFromDocuments(
  question: string,
  found: readonly SearchedPassage[],
  names: readonly string[] = [],
): DocumentAnswer {
  const candidates = found.filter((passage) => names.every((name) => namesIt(passage, name)));
  const confidence = answerConfidence(candidates);
  if (confidence <= KNOWN_ABOVE) return { known: false, confidence, sentences: [] };
  const section = SECTIONS.find(({ asked }) => asked.test(question))?.heading;
  const scored = candidates.flatMap((passage, rank) =>
    (passage.sentences ?? []).map((sentence) => {
      const isInSection = section?.test(passage.passage.headings.at(-1) ?? '') === true;
      return {
        found: passage,
        sentence,
        isInSection,
        value: sentence.score - RANK_PENALTY * rank + (isInSection ? SECTION_BONUS : 0),
      };
    }),
  );
  scored.sort((a, b) => b.value - a.value || a.sentence.span.start - b.sentence.span.start);
  const best = scored[0];
  if (best === undefined) return { known: false, confidence, sentences: [] };
  const chosen: typeof scored = [];
  for (const candidate of scored) {
    if (chosen.length === SENTENCES_MAX || candidate.value < WORTH_SHARE * best.value) break;
    if (chosen.some((each) => repeats(each.sentence.text, candidate.sentence.text))) continue;
    chosen.push(candidate);
  }
  const isLackingSection = section !== undefined && !chosen.some(({ isInSection }) => isInSection);
  if (isLackingSection) {
    // The section that was asked for, of the document that knows the subject, need not repeat the question's words.
    const more = scored.filter(
      (each) => each.isInSection && each.found.passage.documentId === best.found.passage.documentId,
    );
    chosen.splice(SENTENCES_MAX - SECTION_SENTENCES, Infinity, ...more.slice(0, SECTION_SENTENCES));
  }
  const order = [...new Set(chosen.map((each) => each.found.passage.documentId))];
  chosen.sort(
    (a, b) =>
      order.indexOf(a.found.passage.documentId) - order.indexOf(b.found.passage.documentId) ||
      a.sentence.span.start - b.sentence.span.start,
  );
  return { known: true, confidence, sentences: chosen };
}

/** What other documents that hold as well say otherwise than the chosen sentences; each once. */
export function contradicting(
  chosen: readonly ChosenSentence[],
  found: readonly SearchedPassage[],
): readonly { readonly found: SearchedPassage; readonly quote: string; readonly isContradiction: true }[] {
  const said = new Set(chosen.map(({ sentence }) => sentence.text));
  const quotes = new Map<string, SearchedPassage>();
  for (const { found: own, sentence } of chosen) {
    for (const { says, otherwise, passageId } of own.contradictions ?? []) {
      const other = found.find(({ passage }) => passage.id === passageId);
      if (says === sentence.text && other !== undefined && !said.has(otherwise)) quotes.set(otherwise, other);
    }
  }
  return [...quotes].map(([quote, passage]) => ({ found: passage, quote, isContradiction: true }));
}

function namesIt({ title, passage }: SearchedPassage, name: string): boolean {
  return `${title} ${passage.headings.join(' ')} ${passage.text}`.toLowerCase().includes(name.toLowerCase());
}

function repeats(said: string, text: string): boolean {
  const words = new Set(said.toLowerCase().split(/[^\p{L}\p{N}]+/u));
  const own = text.toLowerCase().split(/[^\p{L}\p{N}]+/u);
  return own.filter((word) => words.has(word)).length >= SAME_WORDS_SHARE * own.length;
}
