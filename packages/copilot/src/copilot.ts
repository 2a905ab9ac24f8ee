import {
  type Answer,
  type AssetId,
  HeliosError,
  type Incident,
  type Principal,
  type TenantId,
  type Topology,
} from '@heliosiq/model';
import type {
  AnomalyStore,
  Answerer,
  DiagnosisStore,
  IncidentStore,
  Logger,
  PassageSearch,
  Question,
  TopologyStore,
} from '@heliosiq/ports';
import { type AnswerDraft, createAnswerDraft } from './answer-draft.ts';
import { mentionedAssets, nameLikeWords } from './asset-mentions.ts';
import { faultQuery } from './confidence-words.ts';
import { type ChosenIncident, chooseIncident } from './incident-choice.ts';
import { tellCause, tellWhatHappened } from './incident-telling.ts';
import { findSteps, type PassageSteps, quoteAnswering } from './passage-steps.ts';
import { type Intent, intentOf } from './question-intent.ts';
import { anomalySource, incidentSource, passageSource } from './sources.ts';

export interface CopilotDeps {
  readonly incidents: IncidentStore;
  readonly diagnoses: DiagnosisStore;
  readonly anomalies: AnomalyStore;
  readonly search: PassageSearch;
  readonly topology: TopologyStore;
  readonly logger: Logger;
  /** Wall clock, milliseconds since the epoch. */
  readonly now: () => number;
}

const questionLengthMax = 2_000;
const listedMax = 10;

interface Inquiry {
  readonly tenantId: TenantId;
  readonly question: string;
  readonly intent: Intent;
  readonly assets: readonly AssetId[];
  readonly topology: Topology;
  readonly draft: AnswerDraft;
  readonly signal: AbortSignal;
}

/**
 * Answers from what is stored, sentence by sentence with citations, without a language model: the same question on the
 * same data gives the same answer. Rejects with `invalid-request` for an empty question or one of more than 2,000
 * characters, and with `not-found` for an incident id that is none.
 */
export function createCopilot(deps: CopilotDeps): Answerer {
  async function tellSteps(
    inquiry: Inquiry,
    wanted: { query: string; checks: number; remedies: number },
  ): Promise<boolean> {
    inquiry.signal.throwIfAborted();
    const steps = await findSteps(inquiry.tenantId, deps.search, wanted);
    quoteSteps(inquiry.draft, steps);
    return steps.length > 0;
  }

  async function answerIncident(inquiry: Inquiry, { incident, how }: ChosenIncident): Promise<Answer> {
    const { tenantId, draft, intent, question, assets } = inquiry;
    const [[diagnosis], members] = await Promise.all([
      deps.diagnoses.latest(tenantId, [incident.id]),
      incident.anomalyIds.length === 0
        ? []
        : deps.anomalies.find(tenantId, { ids: incident.anomalyIds }, { limit: 1000 }),
    ]);
    if (how === 'below') {
      const affected = incident.assets.slice(0, 3).join(', ');
      draft.say(
        `No incident names ${assets.join(', ')}, but something that it calls is affected: ${affected}.`,
        incidentSource(incident),
      );
    }
    if (how === 'newest' && incident.status === 'resolved')
      draft.say('No incident is open; this is the last one.', incidentSource(incident));
    tellWhatHappened(draft, incident, members);
    const isCauseKnown = tellCause(draft, incident, diagnosis);
    const [suspect] = diagnosis?.hypotheses ?? [];
    const isFault = diagnosis?.verdict !== 'no-fault';
    const asset = suspect?.asset ?? incident.entry?.asset;
    const metric = suspect?.evidence.find((one) => one.metric !== undefined)?.metric ?? incident.entry?.metric ?? '';
    const assetClass = inquiry.topology.assets.find(({ id }) => id === asset)?.class ?? '';
    const query =
      `${faultQuery[suspect?.fault ?? 'unknown']} ${metric} ${assetClass} ${suspect === undefined ? incident.title : ''}`.slice(
        0,
        500,
      );
    const hasSteps = isFault && (await tellSteps(inquiry, { query, checks: 1, remedies: intent === 'fix' ? 4 : 2 }));
    if (isFault && !hasSteps)
      draft.say('I found no runbook for this; add one to the documents to have its steps here.');
    const known = intent === 'fix' ? hasSteps : intent === 'cause' ? isCauseKnown : true;
    return draft.finish({ question, known, incidentId: incident.id });
  }

  async function answerList({ tenantId, draft, question }: Inquiry): Promise<Answer> {
    const open = await deps.incidents.find(tenantId, { statuses: ['open', 'acknowledged'] }, { limit: listedMax + 1 });
    const listed = open.length > 0 ? open : await deps.incidents.find(tenantId, {}, { limit: listedMax });
    if (listed.length === 0) {
      draft.say('There is no incident, open or resolved.');
      return draft.finish({ question, known: false });
    }
    if (open.length === 0) draft.say('No incident is open. The last ones were:', incidentSource(listed[0] as Incident)); // listed is not empty here
    for (const incident of listed.slice(0, listedMax)) {
      const since = new Date(incident.startedAt).toISOString().replace('.000Z', 'Z');
      draft.say(
        `${incident.title} (${incident.severity}, ${incident.status}, since ${since}).`,
        incidentSource(incident),
      );
    }
    if (listed.length > listedMax) draft.say('There are more; the list of incidents shows all of them.');
    return draft.finish({ question, known: true });
  }

  /** Nothing is wrong as far as is known: says so with what there is, and that this is no proof. */
  async function answerQuiet(inquiry: Inquiry): Promise<Answer> {
    const { tenantId, draft, question, assets } = inquiry;
    const subject = assets.join(', ');
    const open =
      assets.length === 0 ? [] : await deps.anomalies.find(tenantId, { assets, status: 'open' }, { limit: 3 });
    for (const anomaly of open) draft.say(anomaly.explanation, anomalySource(anomaly));
    if (open.length > 0) {
      draft.say(`This is not enough for an incident on ${subject}; if it lasts or spreads, one is opened.`);
      return draft.finish({ question, known: inquiry.intent === 'health' || inquiry.intent === 'status' });
    }
    draft.say(
      assets.length === 0
        ? 'I do not know of any incident. Either all is well or the signals that would tell are not sent to me.'
        : `I know of nothing wrong with ${subject}: no incident and no open anomaly names it. Either all is well or the signals that would tell are not sent to me.`,
    );
    draft.say('Check that its metrics arrive, or send an alert, and ask again.');
    return draft.finish({ question, known: false });
  }

  async function answerHealth(inquiry: Inquiry): Promise<Answer> {
    const chosen = await choose(inquiry);
    if (chosen !== undefined && chosen.incident.status !== 'resolved') return answerIncident(inquiry, chosen);
    if (chosen === undefined) return answerQuiet(inquiry);
    const { draft, question, assets, tenantId } = inquiry;
    const open =
      assets.length === 0 ? [] : await deps.anomalies.find(tenantId, { assets, status: 'open' }, { limit: 3 });
    for (const anomaly of open) draft.say(anomaly.explanation, anomalySource(anomaly));
    draft.say(
      `No incident is open${assets.length === 0 ? '' : ` on ${assets.join(', ')}`}; the last one is resolved: ${chosen.incident.title}.`,
      incidentSource(chosen.incident),
    );
    return draft.finish({ question, known: true, incidentId: chosen.incident.id });
  }

  function choose(inquiry: Inquiry, incidentId?: Question['incidentId']): Promise<ChosenIncident | undefined> {
    const { tenantId, assets, topology } = inquiry;
    return chooseIncident(tenantId, deps.incidents, { incidentId, assets, topology });
  }

  async function answerKnowledge(inquiry: Inquiry): Promise<Answer | undefined> {
    const found = await deps.search.search(inquiry.tenantId, inquiry.question, { limit: 10 });
    const quoted = quoteAnswering(inquiry.question, found, { names: nameLikeWords(inquiry.question), limit: 4 });
    if (quoted.length === 0) return undefined;
    quoteSteps(inquiry.draft, quoted);
    return inquiry.draft.finish({ question: inquiry.question, known: true });
  }

  function answerUnknownName({ draft, question }: Inquiry, names: readonly string[]): Answer {
    draft.say(`I do not know anything called ${names.join(', ')}.`);
    draft.say('Ask with the name of an asset as its signals give it, or send its metrics and topology first.');
    return draft.finish({ question, known: false });
  }

  async function answer(inquiry: Inquiry, incidentId: Question['incidentId']): Promise<Answer> {
    const { intent, assets, question } = inquiry;
    if (incidentId !== undefined) {
      const given = await choose(inquiry, incidentId);
      if (given !== undefined) return answerIncident(inquiry, given);
    }
    if (intent === 'list') return answerList(inquiry);
    const names = assets.length === 0 ? nameLikeWords(question) : [];
    if (assets.length === 0 && (intent === 'knowledge' || intent === 'fix' || names.length > 0)) {
      const quoted = await answerKnowledge(inquiry);
      if (quoted !== undefined) return quoted;
    }
    if (names.length > 0) return answerUnknownName(inquiry, names);
    if (intent === 'health') return answerHealth(inquiry);
    if (intent === 'knowledge' && assets.length === 0) {
      inquiry.draft.say('I do not know: no document and no incident speaks about this.');
      inquiry.draft.say('Ask about an asset or an incident, or add a document that answers it.');
      return inquiry.draft.finish({ question, known: false });
    }
    const chosen = await choose(inquiry);
    return chosen === undefined ? answerQuiet(inquiry) : answerIncident(inquiry, chosen);
  }

  return {
    async ask(principal: Principal, { text, incidentId }: Question, signal: AbortSignal): Promise<Answer> {
      const question = text.trim();
      if (question === '')
        throw new HeliosError('invalid-request', 'The question is empty.', { field: 'text', cure: 'Ask something.' });
      if (question.length > questionLengthMax) {
        throw new HeliosError('invalid-request', `The question has more than ${questionLengthMax} characters.`, {
          field: 'text',
          cure: 'Ask more briefly.',
        });
      }
      signal.throwIfAborted();
      const { tenantId } = principal;
      const topology = await deps.topology.get(tenantId);
      signal.throwIfAborted();
      const assets = mentionedAssets(
        question,
        topology.assets.map(({ id }) => id),
      );
      const intent = intentOf(question);
      const startedAt = deps.now();
      const made = await answer(
        { tenantId, question, intent, assets, topology, draft: createAnswerDraft(), signal },
        incidentId,
      );
      deps.logger.info(
        { tenantId, intent, known: made.known, citations: made.citations.length, tookMs: deps.now() - startedAt },
        'question answered',
      );
      return made;
    },
  };
}

function quoteSteps(draft: AnswerDraft, steps: readonly PassageSteps[]): void {
  for (const { found, quotes } of steps) {
    const heading = found.passage.headings.at(-1);
    const where = heading === undefined || heading === found.title ? found.title : `${found.title}, ${heading}`;
    for (const [index, quote] of quotes.entries()) {
      draft.say(index === 0 ? `The document "${where}" says: ${quote}` : quote, passageSource(found, quote));
    }
  }
}
