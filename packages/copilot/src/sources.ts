import type { Anomaly, Evidence, FoundPassage, Incident } from '@heliosiq/model';
import { jsonQuote, type Source } from './answer-draft.ts';

/** Cites an anomaly by its explanation. */
export function anomalySource(anomaly: Anomaly): Source | undefined {
  const quote = jsonQuote(anomaly.explanation);
  if (quote === undefined) return undefined;
  const title = `${anomaly.series.asset} ${anomaly.series.metric}`;
  return { kind: 'anomaly', title, url: `/api/v1/anomalies/${anomaly.id}`, quote };
}

/** Cites one piece of evidence by its sentence. */
export function evidenceSource(evidence: Evidence): Source | undefined {
  const quote = jsonQuote(evidence.text);
  if (quote === undefined) return undefined;
  const kind = evidence.kind === 'change' || evidence.kind === 'alert' ? evidence.kind : 'evidence';
  return {
    kind,
    title: evidence.metric === undefined ? evidence.asset : `${evidence.asset} ${evidence.metric}`,
    url: evidence.url,
    quote,
  };
}

/** Cites an incident, which is answered together with its diagnosis, by its title or other words of it. */
export function incidentSource(incident: Incident, words: string = incident.title): Source | undefined {
  const quote = jsonQuote(words);
  if (quote === undefined) return undefined;
  return { kind: 'incident', title: incident.title, url: `/api/v1/incidents/${incident.id}`, quote };
}

/**
 * Cites exact words of a passage. The URL answers with exactly these words as plain text; words that do not stand in the
 * passage are cited as the whole of it.
 */
export function passageSource({ passage, title, source, sha256 }: FoundPassage, quote: string): Source {
  const { documentId, headings } = passage;
  const at = passage.text.indexOf(quote);
  const start = passage.span.start + Math.max(0, at);
  const span = at < 0 ? passage.span : { start, end: start + quote.length };
  return {
    kind: 'passage',
    title: [title, ...headings.filter((heading) => heading !== title)].join(' > '),
    url: `/api/v1/documents/${documentId}/text?start=${span.start}&end=${span.end}`,
    quote: at < 0 ? passage.text : quote,
    document: { id: documentId, source, headings, span, sha256 },
  };
}
