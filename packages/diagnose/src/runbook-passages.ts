import type { Citation, FaultKind, TenantId } from '@heliosiq/model';
import type { PassageSearch, SearchedPassage } from '@heliosiq/ports';
import type { RankedHypothesis } from './diagnosis.ts';
import { oneLine } from './sentences.ts';

/** What of the library an investigation needs. */
export type RunbookSearch = Pick<PassageSearch, 'search'>;

/** What a runbook is wanted for. */
export interface RunbookWish {
  readonly fault: FaultKind;
  /** What kind of thing the asset is, such as `database`, where that is known. */
  readonly assetClass?: string;
  /** What is measured there and changed, and the pattern of a telling log line. */
  readonly metric?: string;
  readonly logPattern?: string;
}

/** What runbooks call each kind of fault. */
const WORDS: Readonly<Record<FaultKind, string>> = {
  cpu: 'cpu saturation processor load high',
  memory: 'memory leak out of memory',
  disk: 'disk full slow storage',
  network: 'network packet loss delay connection',
  latency: 'high latency slow dependency',
  errors: 'error rate failures availability',
  traffic: 'traffic surge requests load',
  dependency: 'slow failing dependency',
  config: 'configuration change roll back',
  deploy: 'bad deploy release roll back',
  data: 'data gaps duplicates quality',
  sensor: 'sensor drift stuck reading',
  unknown: '',
};
/** Generated documents tell what was, not what to do. */
const EXCEPT_KINDS = ['incident', 'postmortem', 'insight', 'setup'];
const SEARCHED = 20;
const CITED_MAX = 2;
/** Share of the wish that a passage must contain to be worth a look. */
const COVERAGE_MIN = 0.3;
/** Characters quoted of a passage, up to the end of a line where there is one. */
const QUOTE_MAX = 600;
/** The point behind the number of a list's item ends no sentence. */
const SENTENCE_END = /(?<!^\s*\d{1,9})\.(?= )/gm;
const PATTERN_MAX = 200;
const REMEDY = /\b(?:fix|remed|mitigat|resol|repair|recover|what to do|next steps?|actions?|response)/i;
const CHECK = /\b(?:check|diagnos|investigat|verif|confirm)/i;

/** What to look for, from a hypothesis and what is known of its asset; undefined where nothing says what the trouble is. */
export function runbookWish(hypothesis: RankedHypothesis, assetClass: string | undefined): RunbookWish {
  const told = hypothesis.evidence.filter(({ forOrAgainst }) => forOrAgainst === 'for');
  const metric = told.find(({ kind }) => kind === 'metric-change')?.metric;
  const logPattern = told.find((item) => item.logPattern !== undefined)?.logPattern;
  return {
    fault: hypothesis.faultKind,
    ...(assetClass === undefined ? {} : { assetClass }),
    ...(metric === undefined ? {} : { metric }),
    ...(logPattern === undefined ? {} : { logPattern }),
  };
}

function queryOf({ fault, assetClass = '', metric = '', logPattern = '' }: RunbookWish): string {
  // A known kind of fault says more than the name of a metric; names of assets and values in a pattern say nothing.
  const words = WORDS[fault] === '' ? metric : WORDS[fault];
  const pattern = logPattern.replaceAll(/<[^>]*>|[^\p{L}\s]+/gu, ' ').slice(0, PATTERN_MAX);
  return oneLine(`${words} ${assetClass} ${pattern}`.replaceAll(/[-_:/]+/g, ' '));
}

/** The beginning of a passage as exact words of its document, to the end of a line or sentence where it is long. */
function quoteOf(text: string): string {
  if (text.length <= QUOTE_MAX) return text;
  const head = text.slice(0, QUOTE_MAX);
  const lastPoint = [...head.matchAll(SENTENCE_END)].at(-1)?.index ?? -1;
  const end = Math.max(head.lastIndexOf('\n'), lastPoint + 1);
  return head.slice(0, end > QUOTE_MAX / 3 ? end : QUOTE_MAX);
}

function citationOf({ passage, title, source, sha256 }: SearchedPassage, n: number): Citation {
  const quote = quoteOf(passage.text);
  const span = { start: passage.span.start, end: passage.span.start + quote.length };
  return {
    n,
    kind: 'passage',
    title: [title, ...passage.headings.filter((heading) => heading !== title)].join(' > '),
    url: `/api/v1/documents/${passage.documentId}/text?start=${span.start}&end=${span.end}`,
    quote,
    document: { id: passage.documentId, source, headings: passage.headings, span, sha256 },
  };
}

/**
 * The passages of the runbook that fits best: what it says to do, then how to check. Searched by words alone, so that the same
 * documents give the same passages whether a model of meaning is loaded or not. Empty where none fits.
 */
export async function findRunbooks(library: RunbookSearch, tenantId: TenantId, wish: RunbookWish): Promise<Citation[]> {
  const query = queryOf(wish);
  if (query === '') return [];
  const found = await library.search(tenantId, query, {
    limit: SEARCHED,
    mode: 'lexical',
    filter: { exceptKinds: EXCEPT_KINDS },
    ...(wish.assetClass === undefined ? {} : { asset: { class: wish.assetClass } }),
  });
  const [best] = found;
  if (best === undefined || best.coverage < COVERAGE_MIN) return [];
  const inDocument = found.filter(({ passage }) => passage.documentId === best.passage.documentId);
  const under = (heading: RegExp): SearchedPassage | undefined =>
    inDocument.find(({ passage }) => heading.test(passage.headings.at(-1) ?? ''));
  const chosen = [under(REMEDY), under(CHECK)].filter((one) => one !== undefined);
  return [...new Set(chosen.length === 0 ? [best] : chosen)]
    .slice(0, CITED_MAX)
    .map((one, index) => citationOf(one, index + 1));
}

/** What is said where no runbook fits. */
export function noRunbookText({ fault, assetClass }: RunbookWish): string {
  const of = assetClass === undefined ? '' : ` at a ${oneLine(assetClass)}`;
  return `No runbook fits trouble of the kind ${fault}${of}: add one with heliosiq knowledge add.`;
}
