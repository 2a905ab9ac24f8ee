import {
  type Answer,
  type AssetId,
  HeliosError,
  activeIncidentStatuses,
  type Incident,
  type Principal,
  type TenantId,
  type Topology,
} from '@heliosiq/model';
import { sha256Hex } from '@heliosiq/model/content-id.ts';
import type {
  AnomalyStore,
  Answerer,
  AnswerRatingStore,
  DiagnosisStore,
  GroundingCheck,
  IncidentStore,
  Logger,
  Meter,
  PassageSearch,
  Question,
  SearchedPassage,
  TopologyStore,
} from '@heliosiq/ports';
import { createAnswerFigures } from './answer-figures.ts';
import { type AnswerDraft, createAnswerDraft } from './answer-draft.ts';
import { mentionedAssets, nameLikeWords } from './asset-mentions.ts';
import { faultQuery } from './confidence-words.ts';
import { type ChosenIncident, chooseIncident } from './incident-choice.ts';
import { tellCause, tellWhatHappened } from './incident-telling.ts';
import { ANSWER_SEARCH, answerFromDocuments, contradicting, type DocumentAnswer } from './document-answer.ts';
import { findSteps } from './passage-steps.ts';
import { type Quoted, quoteInto } from './quoting.ts';
import { type Intent, intentOf } from './question-intent.ts';
import { anomalySource, incidentSource, passageSource } from './sources.ts';

export interface CopilotDeps {
  readonly incidents: IncidentStore;
  readonly diagnoses: DiagnosisStore;
  readonly anomalies: AnomalyStore;
  readonly search: PassageSearch;
  readonly topology: TopologyStore;
  /** Keeps what people say of answers. */
  readonly ratings: AnswerRatingStore;
  /** Holds what is quoted against its source. */
  readonly checkGrounding: GroundingCheck;
  readonly logger: Logger;
  readonly meter: Meter;
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
  const figures = createAnswerFigures(deps.meter);

  /** Quotes what stands in its document as it is now; false when nothing does. */
  async function quoteSteps({ tenantId, draft }: Inquiry, quoted: readonly Quoted[]): Promise<boolean> {
    const states = await deps.search.checkCitations(
      tenantId,
      quoted.map(({ found, quote }) => passageSource(found, quote)),
    );
    const standing = quoted.filter((_, at) => states[at]?.state === 'valid');
    const { said } = quoteInto(draft, standing, deps.checkGrounding);
    figures.checked(quoted.length, quoted.length - said);
    return said > 0;
  }

  async function tellSteps(
    inquiry: Inquiry,
    wanted: { query: string; checks: number; remedies: number },
  ): Promise<boolean> {
    inquiry.signal.throwIfAborted();
    const steps = await findSteps(inquiry.tenantId, deps.search, wanted);
    return quoteSteps(
      inquiry,
      steps.flatMap(({ found, quotes }) => quotes.map((quote) => ({ found, quote }))),
    );
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
    const open = await deps.incidents.find(tenantId, { statuses: activeIncidentStatuses }, { limit: listedMax + 1 });
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

  /** What the documents say to the question, and what came nearest. */
  async function consult(inquiry: Inquiry): Promise<Consulted> {
    inquiry.signal.throwIfAborted();
    const found = await deps.search.search(inquiry.tenantId, inquiry.question, ANSWER_SEARCH);
    figures.searched(found.length);
    const names = inquiry.assets.length === 0 ? nameLikeWords(inquiry.question) : [];
    return { ...answerFromDocuments(inquiry.question, found, names), found };
  }

  async function answerKnowledge(
    inquiry: Inquiry,
    { sentences, confidence, found }: Consulted,
  ): Promise<Answer | undefined> {
    const quoted = sentences.map((each): Quoted => ({ found: each.found, quote: each.sentence.text }));
    const otherwise = contradicting(sentences, found);
    if (!(await quoteSteps(inquiry, [...quoted, ...otherwise]))) return undefined;
    return inquiry.draft.finish({ question: inquiry.question, known: true, confidence });
  }

  /** Says that nothing answers the question, with the documents that come nearest. */
  function answerUnknown({ draft, question }: Inquiry, { found, confidence }: Consulted): Answer {
    draft.say('I do not know: no document and no incident speaks about this.');
    const nearest = nearestDocuments(found);
    if (nearest.length > 0) {
      const titles = nearest.map(({ title }) => `"${title}"`).join(', ');
      draft.say(`What comes nearest, without answering it: ${titles}.`);
    }
    draft.say('Ask about an asset or an incident, or add a document that answers it.');
    return draft.finish({ question, known: false, confidence, nearest });
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
    const consulted = assets.length === 0 ? await consult(inquiry) : undefined;
    if (consulted?.known === true && (isForDocuments(intent, names) || isPlain(consulted))) {
      const quoted = await answerKnowledge(inquiry, consulted);
      if (quoted !== undefined) return quoted;
    }
    if (names.length > 0) return answerUnknownName(inquiry, names);
    if (intent === 'health') return answerHealth(inquiry);
    if (intent === 'knowledge' && consulted !== undefined) return answerUnknown(inquiry, consulted);
    const chosen = await choose(inquiry);
    if (chosen !== undefined) return answerIncident(inquiry, chosen);
    // Nothing is happening that could be meant: what the documents say is the better answer.
    const quoted = consulted?.known === true ? await answerKnowledge(inquiry, consulted) : undefined;
    return quoted ?? answerQuiet(inquiry);
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
      figures.answered(made);
      deps.logger.info(
        { tenantId, intent, known: made.known, citations: made.citations.length, tookMs: deps.now() - startedAt },
        'question answered',
      );
      return { id: answerIdOf(made), ...made };
    },

    async rate({ tenantId, actor }, rating) {
      await deps.ratings.put(tenantId, { ...rating, actor, at: deps.now() });
      figures.rated(rating.helpful);
    },

    ratings: (tenantId, options) => deps.ratings.list(tenantId, options),
  };
}

function answerIdOf({ question, text }: Answer): string {
  return sha256Hex(`${question}\n${text}`).slice(0, 32);
}

interface Consulted extends DocumentAnswer {
  readonly found: readonly SearchedPassage[];
}

/** Questions whose words ask for documents, or that name something which is no asset. */
function isForDocuments(intent: Intent, names: readonly string[]): boolean {
  return intent === 'knowledge' || intent === 'fix' || names.length > 0;
}

/** How sure an answer has to be, and how much of the question a sentence must have, to go before what is happening now. */
const plain = { confidence: 0.95, sentence: 0.45, wordsMin: 4 };

/** "Why is it slow?" is about now; "why do lookups take exactly five seconds?" is answered by a sentence that says so. */
function isPlain({ confidence, sentences }: Consulted): boolean {
  return (
    confidence >= plain.confidence &&
    sentences.some(({ sentence }) => sentence.score >= plain.sentence && sentence.terms >= plain.wordsMin)
  );
}

const nearestMax = 3;

function nearestDocuments(found: readonly SearchedPassage[]): NonNullable<Answer['nearest']> {
  const documents = new Map<string, NonNullable<Answer['nearest']>[number]>();
  for (const { passage, title, source } of found) {
    if (documents.size < nearestMax)
      documents.set(passage.documentId, { documentId: passage.documentId, title, source });
  }
  return [...documents.values()];
}
