import { useCallback, useEffect, useState } from 'react';

/**
 * The moment that moving ranges end at: that of the last run, and of each renewal. Nothing is renewed while the page is
 * not seen.
 */
export function useEvaluatedAt(everyS: number | undefined): {
  readonly at: number;
  readonly renew: () => void;
} {
  const [at, setAt] = useState(() => Date.now());
  const renew = useCallback(() => setAt(Date.now()), []);
  useEffect(() => {
    if (everyS === undefined) return undefined;
    const timer = setInterval(() => {
      if (document.visibilityState === 'visible') renew();
    }, everyS * 1000);
    return () => clearInterval(timer);
  }, [everyS, renew]);
  return { at, renew };
}
