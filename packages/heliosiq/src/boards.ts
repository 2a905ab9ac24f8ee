import type { BoardEmbedding } from '@heliosiq/knowledge/boards/retrieval.ts';

/** What every board reports, before its own metrics. */
export interface BoardResult {
  readonly board: string;
  readonly set: string;
  readonly items: number;
  readonly seconds: number;
  readonly rssMib: number;
  readonly settings: unknown;
  /** Measures that are below the threshold of the board, where it has any. */
  readonly missed?: readonly string[];
}

export interface BoardRequest {
  /** Given, and a folder, unless the board does without one. */
  readonly dataDir: string;
  /** A file of questions (board answers). */
  readonly setFile?: string;
  readonly outDir?: string;
  readonly mode?: string;
  /** How late a fault is noticed, in seconds. */
  readonly delayS?: number;
  /** What turns texts into vectors, for the modes of a board that need it. */
  readonly openEmbedding?: () => Promise<BoardEmbedding>;
}

/** The quality boards: each runs the product's own code on a public set. A board is loaded when it is run. */
export const boards = {
  nab: {
    about: 'anomaly detection on the Numenta Anomaly Benchmark',
    run: async (request: BoardRequest) => (await import('@heliosiq/detect/boards/nab.ts')).runNabBoard(request),
  },
  events: {
    about: 'anomaly detection on labelled production series (event F1)',
    run: async (request: BoardRequest) => (await import('@heliosiq/detect/boards/events.ts')).runEventsBoard(request),
  },
  skab: {
    about: 'shifts of an asset with several sensors (SKAB)',
    run: async (request: BoardRequest) => (await import('@heliosiq/detect/boards/skab.ts')).runSkabBoard(request),
  },
  'log-patterns': {
    about: 'patterns of log lines on labelled logs (LogHub)',
    run: async (request: BoardRequest) =>
      (await import('@heliosiq/detect/boards/log-patterns.ts')).runLogPatternsBoard(request),
  },
  rcd: {
    about: 'root causes from metrics alone (Sock Shop)',
    run: async (request: BoardRequest) => (await import('@heliosiq/diagnose/boards/rcd.ts')).runRcdBoard(request),
  },
  petshop: {
    about: 'root causes in the PetShop call graph',
    run: async (request: BoardRequest) =>
      (await import('@heliosiq/diagnose/boards/petshop.ts')).runPetshopBoard(request),
  },
  'alert-rca': {
    about: 'root causes from alarms and a knowledge graph (Online Boutique)',
    run: async (request: BoardRequest) =>
      (await import('@heliosiq/diagnose/boards/alert-rca.ts')).runAlertRcaBoard(request),
  },
  trainticket: {
    about: 'root causes from logs, traces and metrics (TrainTicket)',
    run: async (request: BoardRequest) =>
      (await import('@heliosiq/diagnose/boards/trainticket.ts')).runTrainTicketBoard(request),
  },
  retrieval: {
    about: 'search quality on a judged collection',
    run: async ({ mode = 'lexical', ...request }: BoardRequest) =>
      (await import('@heliosiq/knowledge/boards/retrieval.ts')).runRetrievalBoard({ ...request, mode }),
  },
  answers: {
    about: 'answers to questions over documents: facts, sources, and what is not known',
    needsData: false,
    run: async ({ dataDir, ...request }: BoardRequest) =>
      (await import('./boards/answers.ts')).runAnswersBoard({ ...request, ...(dataDir !== '' && { dataDir }) }),
  },
} as const satisfies Record<
  string,
  { about: string; needsData?: false; run: (request: BoardRequest) => Promise<BoardResult> }
>;
