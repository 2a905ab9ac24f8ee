/** Saving takes at most this share of the time while samples stream in. */
const savingShare = 0.05;

/** Without a change for this long nothing streams in any more. */
const quietMs = 250;

/** Decides when what has changed is saved. */
export interface SaveSchedule {
  /** Says that something has changed. */
  changed(): void;
  /** Rejects with the error of a save that failed, after which nothing is saved any more; never resolves. */
  readonly failed: Promise<never>;
  stop(): void;
}

/**
 * Saves `saveAfterMs` after the first change. While changes keep coming a save waits until the last one's duration is
 * a twentieth of the time between them: many models take long to save, and the newest changes make the earlier ones obsolete.
 *
 * @param save resolves to the milliseconds that it worked, waiting for its turn not counted
 */
export function createSaveSchedule(saveAfterMs: number, save: () => Promise<number>): SaveSchedule {
  const failed = Promise.withResolvers<never>();
  // Told to whoever awaits it; this only keeps Node from seeing it as unhandled.
  failed.promise.catch(() => undefined);
  let timer: NodeJS.Timeout | undefined;
  let isSaving = false;
  let isStopped = false;
  let changedAt = 0;
  let savedAt = 0;
  let savingMs = 0;
  let hasChanged = false;

  function arm(afterMs: number): void {
    if (!isStopped && !isSaving) timer ??= setTimeout(look, afterMs);
  }

  function look(): void {
    timer = undefined;
    const now = performance.now();
    const isStreaming = now - changedAt < quietMs;
    if (isStreaming && now - savedAt < savingMs / savingShare) arm(quietMs);
    else void saveNow();
  }

  async function saveNow(): Promise<void> {
    isSaving = true;
    hasChanged = false;
    try {
      savingMs = await save();
    } catch (error) {
      isStopped = true;
      failed.reject(error);
      return;
    }
    isSaving = false;
    savedAt = performance.now();
    if (hasChanged) arm(saveAfterMs);
  }

  return {
    changed() {
      changedAt = performance.now();
      hasChanged = true;
      arm(saveAfterMs);
    },
    failed: failed.promise,
    stop() {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}
