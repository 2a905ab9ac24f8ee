import type { FoundPassage } from '@heliosiq/model';
import type { GroundingCheck } from '@heliosiq/ports';
import type { AnswerDraft } from './answer-draft.ts';
import { passageSource } from './sources.ts';

/** Exact words of a passage. */
export interface Quoted {
  readonly found: FoundPassage;
  readonly quote: string;
  /** It says otherwise than what was quoted before. */
  readonly isContradiction?: boolean;
}

/**
 * Puts quotes into an answer, each passage introduced once by its document and heading. What the check does not find in its
 * own source is left out.
 */
export function quoteInto(
  draft: AnswerDraft,
  quoted: readonly Quoted[],
  check: GroundingCheck,
): { readonly said: number } {
  let said = 0;
  let before: string | undefined;
  for (const { found, quote, isContradiction = false } of quoted) {
    const source = passageSource(found, quote);
    const [support] = check([{ text: quote, quotes: [source.quote] }]);
    if (support === undefined || support.verdict === 'unsupported') continue;
    const heading = found.passage.headings.at(-1);
    const where = heading === undefined || heading === found.title ? found.title : `${found.title}, ${heading}`;
    const lead = isContradiction
      ? `But the document "${where}" says otherwise: `
      : found.passage.id === before
        ? ''
        : `The document "${where}" says: `;
    draft.quote(lead, source, support);
    before = found.passage.id;
    said += 1;
  }
  return { said };
}
