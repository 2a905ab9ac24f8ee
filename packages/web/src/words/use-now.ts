import { useEffect, useState } from 'react';

const tickMs = 30_000;

/** The present moment, in milliseconds, renewed often enough for words such as `5 min ago`. */
export function useNow(): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), tickMs);
    return () => clearInterval(timer);
  }, []);
  return now;
}
