/** What the work comes to; rejects with `fault()` when that takes longer than this. */
export function withinTime<Value>(work: Promise<Value>, timeoutMs: number, fault: () => Error): Promise<Value> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(fault()), timeoutMs);
    work.then(
      (value) => {
        clearTimeout(timer);
        resolve(value);
      },
      (error: unknown) => {
        clearTimeout(timer);
        reject(error);
      },
    );
  });
}
