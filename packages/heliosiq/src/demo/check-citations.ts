/** A citation as the demo reports it: a full address and the words that must stand there. */
export interface ReportedCitation {
  readonly kind: string;
  readonly url: string;
  readonly quote: string;
}

/** Opens every citation as a reader would; returns those whose address does not answer 200 with the quoted words. */
export async function failedCitations(citations: readonly ReportedCitation[]): Promise<readonly ReportedCitation[]> {
  const failed: ReportedCitation[] = [];
  for (const citation of citations) {
    const response = await fetch(citation.url, { signal: AbortSignal.timeout(10_000) });
    const text = await response.text();
    if (response.status !== 200 || !stands(citation.quote, text)) failed.push(citation);
  }
  return failed;
}

/** True when the words stand in the text as they are, or as JSON writes them. */
function stands(quote: string, text: string): boolean {
  return text.includes(quote) || text.includes(JSON.stringify(quote).slice(1, -1));
}
