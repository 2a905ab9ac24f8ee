import { Text, Whole } from './setting.ts';
import type { Setting } from './setting.ts';

/** Where and how the records are kept as they were acknowledged. */
export const bronzeSettings = {
  blobDir: {
    key: 'blobs.dir',
    schema: Text.optional(),
    placeholder: 'DIR',
    help: 'Folder for bronze, the acknowledged records as compressed segments; may be another disk. Default: `blobs` in the data folder.',
  },
  bronzeRollS: {
    key: 'bronze.roll-s',
    schema: Whole(1, 3600).default(60),
    placeholder: 'N',
    help: 'Seconds that records wait for others before they become a segment of bronze; until then the log alone has them.',
  },
} as const satisfies Record<string, Setting>;
