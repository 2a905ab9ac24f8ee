import { z } from 'zod';
import { Names } from './setting.ts';
import type { Setting } from './setting.ts';

/** Rules that stand in files. */
export const ruleSettings = {
  ruleFiles: {
    key: 'rules.files',
    schema: z.union([z.array(z.string()).max(0), Names]).default([]),
    placeholder: 'PATHS',
    help: 'Files or folders with rules of Prometheus or objectives of OpenSLO (YAML); changes are taken over as they come.',
  },
} as const satisfies Record<string, Setting>;
