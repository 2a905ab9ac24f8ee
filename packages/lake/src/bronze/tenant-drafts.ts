import type { TenantId } from '@heliosiq/model';
import type { BlobStore, LogRecord, SeriesRegistry } from '@heliosiq/ports';
import { storeSegment } from './bronze-blobs.ts';
import { hourNumberOf } from './bronze-names.ts';
import type { ManifestEntry } from './manifest.ts';
import { createNumberSet } from './number-set.ts';
import { createRedelivery, type Redelivery } from './redelivery.ts';
import { createSegmentDraft, type Segment, type SegmentDraft } from './segment-draft.ts';
import { emptyHead, type StreamHead } from './stream-head.ts';

/** One tenant's records of one partition that are not in bronze yet. */
export interface TenantDrafts {
  /** True for a record that comes again and may be in bronze already. */
  isOld(record: LogRecord): boolean;
  /** Passes by a record that is in bronze; one that is not, at such an offset, begins a new epoch. */
  addOld(record: LogRecord): Promise<void>;
  add(record: LogRecord): void;
  readonly heldBytes: number;
  /** Stores the oldest segment that waits; undefined when none does. After a failure it can be called again. */
  storeNext(): Promise<ManifestEntry | undefined>;
}

export interface TenantDraftsOptions {
  readonly blobs: BlobStore;
  readonly registry: SeriesRegistry;
  readonly tenantId: TenantId;
  readonly head: StreamHead;
  readonly onNewEpoch: (epoch: number) => void;
}

export function createTenantDrafts({ blobs, registry, tenantId, ...options }: TenantDraftsOptions): TenantDrafts {
  let { head } = options;
  let redelivery: Redelivery | undefined;
  const drafts: SegmentDraft[] = [];
  /** The oldest draft as it is to be stored, kept for a repetition. */
  let finished: Segment | undefined;
  /** Series whose words are in segments of the hour, the waiting ones included: those are stored in their order. */
  let known = { hour: -1, refs: createNumberSet() };

  function add(record: LogRecord): void {
    const hour = hourNumberOf(record.appendedAt);
    let draft = drafts.at(-1);
    if (draft === undefined || known.hour !== hour) {
      if (known.hour !== hour) known = { hour, refs: createNumberSet() };
      draft = createSegmentDraft({
        tenantId,
        stream: head.stream,
        startedAt: record.appendedAt,
        link: head.link,
        knownRefs: known.refs,
      });
      drafts.push(draft);
    }
    draft.add(record);
    head = { stream: head.stream, lastOffset: record.offset, link: draft.link };
  }

  return {
    isOld: ({ offset }) => offset <= head.lastOffset,

    async addOld(record) {
      redelivery ??= createRedelivery(blobs, tenantId, head.stream);
      if (await redelivery.isStored(record)) return;
      redelivery = undefined;
      const { partition, epoch } = head.stream;
      head = emptyHead(tenantId, { partition, epoch: epoch + 1 });
      options.onNewEpoch(epoch + 1);
      add(record);
    },

    add,

    get heldBytes() {
      return drafts.reduce((sum, draft) => sum + draft.heldBytes, 0);
    },

    async storeNext() {
      const [draft] = drafts;
      if (draft === undefined) return undefined;
      finished ??= await draft.finish(await registry.describe(tenantId, draft.newRefs));
      await storeSegment(blobs, tenantId, finished);
      const { entry } = finished;
      finished = undefined;
      drafts.shift();
      return entry;
    },
  };
}
