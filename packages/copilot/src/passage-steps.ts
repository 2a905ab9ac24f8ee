import type { FoundPassage, TenantId } from '@heliosiq/model';
import type { PassageSearch } from '@heliosiq/ports';

/** A passage with the exact sentences to quote from it. */
export interface PassageSteps {
  readonly found: FoundPassage;
  readonly quotes: readonly string[];
}

const remedyHeading = /\b(fix|remed|mitigat|resol|repair|recover|what to do|next steps?|actions?|response)/i;
const checkHeading = /\b(check|diagnos|investigat|verif|confirm)/i;
const quoteLengthMax = 400;
/** What was written about the past tells no steps, and setting something up is none of them. */
const KINDS_WITHOUT_STEPS = ['incident', 'insight', 'setup'] as const;

/**
 * Finds the best document for a query and quotes steps from it: from its part on checking and its part on fixing,
 * as many sentences as asked for of each, in the document's order.
 */
export async function findSteps(
  tenantId: TenantId,
  search: PassageSearch,
  wanted: { readonly query: string; readonly checks: number; readonly remedies: number },
): Promise<readonly PassageSteps[]> {
  const filter = { exceptKinds: KINDS_WITHOUT_STEPS };
  const found = await search.search(tenantId, wanted.query, { limit: 20, filter });
  const best = found[0];
  if (best === undefined) return [];
  const sameDocument = (passage: FoundPassage): boolean => passage.passage.documentId === best.passage.documentId;
  const inDocument = found.filter(sameDocument);
  const underHeading = (heading: RegExp): FoundPassage | undefined =>
    inDocument.find(({ passage }) => heading.test(passage.headings.at(-1) ?? ''));
  if (underHeading(remedyHeading) === undefined || underHeading(checkHeading) === undefined) {
    // The part that helps need not be the part that matched: look for it by the document's own title.
    const more = await search.search(tenantId, `${best.title} fix check`, { limit: 50, filter });
    inDocument.push(
      ...more.filter(sameDocument).filter(({ passage }) => !inDocument.some((one) => one.passage.id === passage.id)),
    );
  }
  const check = wanted.checks > 0 ? underHeading(checkHeading) : undefined;
  const remedy = wanted.remedies > 0 ? underHeading(remedyHeading) : undefined;
  const steps = [
    ...(check === undefined ? [] : [{ found: check, quotes: sentencesOf(check.passage.text).slice(0, wanted.checks) }]),
    ...(remedy === undefined
      ? []
      : [{ found: remedy, quotes: sentencesOf(remedy.passage.text).slice(0, wanted.remedies) }]),
  ];
  if (steps.length > 0) return steps.filter(({ quotes }) => quotes.length > 0);
  return [{ found: best, quotes: sentencesOf(best.passage.text).slice(0, wanted.checks + wanted.remedies) }];
}

/** Sentences and list items of a passage as they stand in it, without list marks; headings and code are left out. */
export function sentencesOf(text: string): readonly string[] {
  const prose = text.replaceAll(/```[\s\S]*?(```|$)/g, (code) => '\n'.repeat(code.split('\n').length - 1 || 1));
  const sentences: string[] = [];
  for (const block of prose.split(/\n\s*\n|\n(?=\s*(?:[-*+]|\d+[.)])\s)/)) {
    const body = block.replace(/^\s*(?:[-*+]|\d+[.)])\s+/, '').trim();
    if (body === '' || body.startsWith('#') || body.startsWith('|') || body.startsWith('>')) continue;
    for (const match of body.matchAll(/[^.!?]*(?:[.!?](?!\s|$)[^.!?]*)*(?:[.!?]+|$)/g)) {
      const sentence = match[0].trim();
      if (sentence.length >= 12 && sentence.length <= quoteLengthMax && text.includes(sentence))
        sentences.push(sentence);
    }
  }
  return sentences;
}
