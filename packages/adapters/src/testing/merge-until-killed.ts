/** Merges the samples of a database over and over until it is killed: `node merge-until-killed.ts <URL>`. Says `merging` when it begins. */
import { createMemoryLogger } from '../memory/logger.ts';
import { createMemoryMeter } from '../memory/meter.ts';
import { openDatabase } from '../postgres/database.ts';
import { createSeriesMerger } from '../postgres/series-merger.ts';

const [, , url = ''] = process.argv;
const database = await openDatabase({ url, poolMax: 3 });
const merger = createSeriesMerger({ database, logger: createMemoryLogger(), meter: createMemoryMeter() });
process.stdout.write('merging\n');
for (;;) await merger.mergeAll({ isFinal: true });
