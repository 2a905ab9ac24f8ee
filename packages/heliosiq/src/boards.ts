import { runEventsBoard } from '@heliosiq/detect/boards/events.ts';
import { runNabBoard } from '@heliosiq/detect/boards/nab.ts';
import { runPetshopBoard } from '@heliosiq/diagnose/boards/petshop.ts';
import { runRetrievalBoard } from '@heliosiq/knowledge/boards/retrieval.ts';

/** What every board reports, before its own metrics. */
export interface BoardResult {
  readonly board: string;
  readonly set: string;
  readonly items: number;
  readonly seconds: number;
  readonly rssMib: number;
  readonly settings: unknown;
}

export interface BoardRequest {
  readonly dataDir: string;
  readonly outDir?: string;
  readonly mode?: string;
}

/** The quality boards: each runs the product's own code on a public set. */
export const boards = {
  nab: { about: 'anomaly detection on the Numenta Anomaly Benchmark', run: runNabBoard },
  events: { about: 'anomaly detection on labelled production series (event F1)', run: runEventsBoard },
  petshop: { about: 'root causes in the PetShop call graph', run: runPetshopBoard },
  retrieval: {
    about: 'search quality on a judged collection',
    run: ({ mode = 'lexical', ...request }: BoardRequest) => runRetrievalBoard({ ...request, mode }),
  },
} as const satisfies Record<string, { about: string; run: (request: BoardRequest) => Promise<BoardResult> }>;
