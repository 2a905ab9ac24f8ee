import type { AlertSource } from './alert-episode.ts';

/** Senders that are known at once; with one more all are learnt anew. */
const sourcesMax = 100;

/** Gives the same words as one object: thousands of alerts come from few senders. */
export function createSharedSources(): (source: AlertSource) => AlertSource {
  const known = new Map<string, AlertSource>();
  return (source) => {
    const words = `${source.way} ${source.origin}`;
    const same = known.get(words);
    if (same !== undefined) return same;
    if (known.size === sourcesMax) known.clear();
    known.set(words, source);
    return source;
  };
}
