/** The place in a document that an address points at: half-open range of UTF-16 code units. */
export interface CitedPlace {
  readonly start?: number;
  readonly end?: number;
  /** SHA-256 of the document's text when it was cited. */
  readonly sha256?: string;
  /** The words that stood there then. */
  readonly quote?: string;
}

const quoteLengthMax = 2000;

/** Reads a place from an address; what makes no sense is left out. */
export function citedPlaceOf(search: Record<string, unknown>): CitedPlace {
  const start = Number(search['start']);
  const end = Number(search['end']);
  if (!Number.isInteger(start) || !Number.isInteger(end) || end <= start) return {};
  const { sha256, quote } = search;
  if (typeof sha256 !== 'string' || !/^[0-9a-f]{64}$/.test(sha256)) return { start, end };
  if (typeof quote !== 'string' || quote === '' || quote.length > quoteLengthMax) return { start, end, sha256 };
  return { start, end, sha256, quote };
}
