import { createSampleMemory, type SampleMemory } from './sample-memory.ts';

/** Memory of two reads, of which one is under way while the other is worked on. */
export interface LentMemories {
  readonly memories: readonly [SampleMemory, SampleMemory];
  /** To be called once nobody uses it any more. */
  giveBack(): void;
}

/** Memory of one question after the other. */
export interface SampleMemories {
  take(): LentMemories;
}

/**
 * Memory of reads of so many samples. A question at a time has shared memory, with room for what another thread unpacks: what is
 * shared does not count as garbage that is worth a look, so that it would pile up if each question made its own. Nobody holds
 * it between questions; others at the same time have memory that is not shared.
 */
export function createSampleMemories(samplesMax: number): SampleMemories {
  let shared: WeakRef<LentMemories['memories']> | undefined;
  let isLent = false;
  return {
    take() {
      if (isLent) {
        const memories = [createSampleMemory(samplesMax), createSampleMemory(samplesMax)] as const;
        return { memories, giveBack: () => undefined };
      }
      isLent = true;
      // Packed samples take less than one number each, and unpacked ones two.
      const make = (): SampleMemory => createSampleMemory(3 * samplesMax, { isShared: true });
      const memories = shared?.deref() ?? ([make(), make()] as const);
      shared = new WeakRef(memories);
      return {
        memories,
        giveBack: () => {
          isLent = false;
        },
      };
    },
  };
}
