import type { MeterFigures } from '@heliosiq/observe';
import type { Health } from '@heliosiq/ports';
import type { Config } from '../config/settings.ts';
import type { RoleName } from '../roles.ts';

/** What the process of the stages is started with; its first message, because it holds secrets. */
export interface StagesStart {
  readonly config: Config;
  /** Absolute path of the data folder, which the program's first process holds. */
  readonly dataDir: string;
  readonly databaseUrl: string;
  readonly roles: readonly RoleName[];
}

/** What the process can be asked; each question is answered once, by its number. */
export interface StageAnswers {
  readonly health: readonly Health[];
  readonly figures: MeterFigures;
  /** Answered when everything is put away; nothing is answered after it. */
  readonly stop: true;
}

export type StageQuestion = keyof StageAnswers;

/** From the program's first process. */
export type ToStages =
  | { readonly kind: 'start'; readonly start: StagesStart }
  /** Doors are at work: sent every so often as long as they are. */
  | { readonly kind: 'doors' }
  | { readonly kind: 'ask'; readonly ask: StageQuestion; readonly number: number };

/** An error without its class, which does not survive the way between processes. */
export interface ToldError {
  readonly code: string | undefined;
  readonly message: string;
  readonly cure: string | undefined;
}

/** From the process of the stages. */
export type FromStages =
  | { readonly kind: 'ready'; readonly checks: readonly string[] }
  /** It could not start, or a service died. */
  | { readonly kind: 'failed'; readonly error: ToldError }
  | { readonly kind: 'answer'; readonly number: number; readonly answer: StageAnswers[StageQuestion] };
