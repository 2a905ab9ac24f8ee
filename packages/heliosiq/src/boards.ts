import { runEventsBoard } from '@heliosiq/detect/boards/events.ts';
import { runLogPatternsBoard } from '@heliosiq/detect/boards/log-patterns.ts';
import { runNabBoard } from '@heliosiq/detect/boards/nab.ts';
import { runSkabBoard } from '@heliosiq/detect/boards/skab.ts';
import { runAlertRcaBoard } from '@heliosiq/diagnose/boards/alert-rca.ts';
import { runPetshopBoard } from '@heliosiq/diagnose/boards/petshop.ts';
import { runRcdBoard } from '@heliosiq/diagnose/boards/rcd.ts';
import { runTrainTicketBoard } from '@heliosiq/diagnose/boards/trainticket.ts';
import { runRetrievalBoard } from '@heliosiq/knowledge/boards/retrieval.ts';
import type { BoardEmbedding } from '@heliosiq/knowledge/boards/retrieval.ts';

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
  /** How late a fault is noticed, in seconds. */
  readonly delayS?: number;
  /** What turns texts into vectors, for the modes of a board that need it. */
  readonly openEmbedding?: () => Promise<BoardEmbedding>;
}

/** The quality boards: each runs the product's own code on a public set. */
export const boards = {
  nab: { about: 'anomaly detection on the Numenta Anomaly Benchmark', run: runNabBoard },
  events: { about: 'anomaly detection on labelled production series (event F1)', run: runEventsBoard },
  skab: { about: 'shifts of an asset with several sensors (SKAB)', run: runSkabBoard },
  'log-patterns': { about: 'patterns of log lines on labelled logs (LogHub)', run: runLogPatternsBoard },
  rcd: { about: 'root causes from metrics alone (Sock Shop)', run: runRcdBoard },
  petshop: { about: 'root causes in the PetShop call graph', run: runPetshopBoard },
  'alert-rca': { about: 'root causes from alarms and a knowledge graph (Online Boutique)', run: runAlertRcaBoard },
  trainticket: { about: 'root causes from logs, traces and metrics (TrainTicket)', run: runTrainTicketBoard },
  retrieval: {
    about: 'search quality on a judged collection',
    run: ({ mode = 'lexical', ...request }: BoardRequest) => runRetrievalBoard({ ...request, mode }),
  },
} as const satisfies Record<string, { about: string; run: (request: BoardRequest) => Promise<BoardResult> }>;
