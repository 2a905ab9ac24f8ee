import { Whole } from './setting.ts';
import type { Setting } from './setting.ts';

/** What can be set about detection beside what people tune while it runs. */
export const detectionSettings = {
  silenceMinS: {
    key: 'detection.silence-min-s',
    schema: Whole(1, 86_400).default(120),
    placeholder: 'N',
    help: 'Shortest silence that is told, in seconds; how long each series usually lets one wait is learnt.',
  },
} as const satisfies Record<string, Setting>;
