/**
 * What a question wants: the cause of trouble, what is happening, what to do, which incidents there are, whether an
 * asset is well, or something from the documents.
 */
export type Intent = 'cause' | 'status' | 'fix' | 'list' | 'health' | 'knowledge';

interface IntentRow {
  readonly intent: Intent;
  readonly words: RegExp;
}

/** The first row that fits decides. */
const rows: readonly IntentRow[] = [
  {
    intent: 'list',
    words:
      /\b(list|show|which|how many|what|any|all|give me|recent|open|current|active)\b[^?]*\bincidents\b|^incidents\b/,
  },
  {
    intent: 'fix',
    words:
      /\b(fix|repair|remed\w*|mitigat\w*|runbook|next steps?|resolve|workaround)\b|\bwhat (should|can|could|do|must) (i|we) do\b|\bhow (do|can|should|could) (i|we) (stop|handle|recover|solve)\b|\bwhat to do\b/,
  },
  {
    intent: 'cause',
    words:
      /\b(why|cause[sd]?|reason|root|because|culprit|blame|explain|responsible)\b|\bwhat (broke|caused|made|went wrong)\b|\bwhere does .* come from\b/,
  },
  {
    intent: 'health',
    words:
      /\b(is|are|was|were)\b[^?]*\b(healthy|ok|okay|fine|well|up|down|working|alive|normal|broken|slow|degraded|alright)\b|\bhealth of\b|\bhow is\b|\bhow are\b/,
  },
  {
    intent: 'status',
    words:
      /\b(status|happening|happened|going on|wrong|summar\w*|situation|state|news|update|incident|outage|trouble|problem|affected|impact)\b/,
  },
];

/** Reads the intent from the words alone; a question that fits nothing is one for the documents. */
export function intentOf(question: string): Intent {
  const text = question.normalize('NFKC').toLowerCase();
  return rows.find(({ words }) => words.test(text))?.intent ?? 'knowledge';
}
