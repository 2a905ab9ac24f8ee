import { HeliosError, type TenantId } from '@heliosiq/model';
import type {
  AnomalyRebuilder,
  AnomalyStore,
  BlobStore,
  BronzeReport,
  EventLog,
  LakeStage,
  Pacer,
  ProofRequest,
  RollupStore,
  SeriesChanges,
  SeriesRegistry,
  SeriesStore,
  SignalStore,
  StageReport,
} from '@heliosiq/ports';
import type { BronzeFinding } from '../bronze/bronze-finding.ts';
import { proveAnomalies } from './anomaly-proof.ts';
import { proveBronze } from './bronze-proof.ts';
import type { DifferenceList } from './difference.ts';
import { proveGold } from './gold-proof.ts';
import { createLiveFirst } from './live-first.ts';
import { awaitMark, takeMark } from './log-mark.ts';
import { catalogueOf, type ProofContext } from './proof-context.ts';
import { proveSignals } from './signal-proof.ts';
import { proveSilver } from './silver-proof.ts';

export interface ProveLakeDeps {
  readonly log: EventLog;
  readonly blobs: BlobStore;
  readonly registry: SeriesRegistry;
  readonly series: SeriesStore;
  readonly signals: SignalStore;
  /** Absent where nothing is rolled up. */
  readonly rollups?: RollupStore | undefined;
  /** Tells what is still to be rolled up. */
  readonly changes?: SeriesChanges | undefined;
  readonly anomalies: AnomalyStore;
  readonly rebuilder: AnomalyRebuilder;
  readonly pacer: Pacer;
  /** Asks for what gathers for bronze to be stored now. */
  readonly hurryBronze?: (() => void) | undefined;
}

export interface ProveLakeOptions {
  readonly tenantId: TenantId;
  readonly request: ProofRequest;
  readonly signal: AbortSignal;
  readonly onProgress: (step: string, share: number) => void;
}

/** What a proof found. */
export interface LakeFindings {
  readonly bronze: BronzeReport | undefined;
  readonly stages: readonly StageReport[];
  readonly isProven: boolean;
}

/** The stages whose work must be done up to the mark before a stage's result is looked at. */
const groupOf = { silver: 'lake', signals: 'lake', gold: 'lake', detect: 'detect' } as const satisfies Record<
  LakeStage,
  string
>;

/** How often a proof begins anew because what it reads was merged or forgotten meanwhile. */
const attemptsMax = 3;

/**
 * Takes a mark of the log, waits until bronze and the stages have worked off everything before it, and then compares each
 * stage's stored result with what the records before the mark give. Live traffic goes on and goes first.
 */
export async function proveLake(deps: ProveLakeDeps, options: ProveLakeOptions): Promise<LakeFindings> {
  const { tenantId, request, signal, onProgress } = options;
  const { log, blobs } = deps;
  const hurry = deps.hurryBronze ?? (() => undefined);
  const liveFirst = createLiveFirst({ log, pacer: deps.pacer, signal });
  const groups = [...new Set(['bronze', ...request.stages.map((stage) => groupOf[stage])])];

  async function contextFor(step: string): Promise<ProofContext> {
    onProgress(step, 0);
    const mark = await takeMark(log);
    await awaitMark(log, mark, { groups, hurry, signal });
    const progress = (share: number): void => onProgress(step, share);
    return { tenantId, log, blobs, liveFirst, mark, signal, hurry, onFinding: () => undefined, onProgress: progress };
  }

  async function attempted<Result>(step: string, work: (context: ProofContext) => Promise<Result>): Promise<Result> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await work(await contextFor(step));
      } catch (error) {
        if (!(error instanceof HeliosError && error.code === 'conflict') || attempt === attemptsMax) throw error;
      }
    }
  }

  const bronze = request.checksBronze ? await attempted('bronze', bronzeReport) : undefined;
  const stages: StageReport[] = [];
  for (const stage of request.stages) {
    stages.push(
      await attempted(stage, async (context) => {
        const unread = new Set<string>();
        const onFinding = ({ name }: BronzeFinding): void => void unread.add(name);
        const report = await proveStage(deps, { ...context, onFinding }, { stage, request });
        return unread.size === 0 ? report : { ...report, isEqual: false, notes: [...report.notes, unreadNote(unread)] };
      }),
    );
  }
  const isProven = (bronze?.faults.length ?? 0) === 0 && stages.every(({ isEqual }) => isEqual);
  return { bronze, stages, isProven };
}

async function bronzeReport(context: ProofContext): Promise<BronzeReport> {
  const { findings, ...found } = await proveBronze(context);
  return { ...found, faults: findings.map(({ kind, name, detail, samples }) => ({ kind, name, detail, samples })) };
}

async function proveStage(
  deps: ProveLakeDeps,
  context: ProofContext,
  { stage, request: { since, until, applies } }: { readonly stage: LakeStage; readonly request: ProofRequest },
): Promise<StageReport> {
  const options = { ...deps, range: { from: since, to: until }, applies };
  switch (stage) {
    case 'silver': {
      const { samples, ...proof } = await proveSilver(context, options);
      return reportOf(stage, { ...proof, items: samples, notes: [] });
    }
    case 'signals': {
      const { signals, ...proof } = await proveSignals(context, options);
      return reportOf(stage, { ...proof, items: signals, notes: [] });
    }
    case 'gold': {
      if (deps.rollups === undefined)
        throw new HeliosError('invalid-request', 'Nothing is rolled up here', { field: 'stage' });
      const { days, waiting, lost, ...proof } = await proveGold(context, { ...options, rollups: deps.rollups });
      const notes = [
        ...(waiting === 0 ? [] : [`${waiting} pages wait to be rolled up and were passed by`]),
        ...(lost.length === 0 ? [] : [lostNote(lost)]),
      ];
      return reportOf(stage, { ...proof, items: days, notes });
    }
    case 'detect': {
      const { anomalies, samples, lines, ...proof } = await proveAnomalies(context, {
        ...options,
        rebuilder: deps.rebuilder,
      });
      return reportOf(stage, {
        ...proof,
        items: anomalies,
        notes: [
          `judged ${samples} samples and ${lines} records of logs, events, changes and alerts`,
          ...(await learningNotes(context)),
        ],
      });
    }
  }
}

/** Models learn from the first record on: what bronze no longer has they cannot know. */
async function learningNotes(context: ProofContext): Promise<string[]> {
  const { streams } = await catalogueOf(context);
  const isCut = streams.some(({ segments: [first] }) => first !== undefined && first.afterOffset >= 0);
  return isCut
    ? ['the beginning of bronze was forgotten: models could not learn from it, and anomalies may differ']
    : [];
}

function lostNote([first = '', ...others]: readonly string[]): string {
  return `damaged pages held ${others.length + 1} day(s) outside of the range, the first is ${first}: samples answer for them until they are replayed`;
}

function unreadNote(names: ReadonlySet<string>): string {
  const [first = ''] = names;
  return `${names.size} damaged segment(s) of bronze could not be read, the first is ${first}`;
}

interface StageProof {
  readonly rebuilt: string;
  readonly stored: string;
  readonly differences: DifferenceList;
  readonly applied: number;
  readonly items: number;
  readonly notes: readonly string[];
}

function reportOf(stage: LakeStage, { differences, rebuilt, stored, ...proof }: StageProof): StageReport {
  const isEqual = differences.total === 0 && rebuilt === stored;
  return { stage, ...proof, rebuilt, stored, isEqual, ...differences.counts, first: differences.first };
}
