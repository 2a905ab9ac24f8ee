import { HeliosError } from '@heliosiq/model';
import type { Document, DocumentId, TenantId } from '@heliosiq/model';
import type { Answerer, AssetContext, Library, NewDocument } from '@heliosiq/ports';
import type { Handlers } from './handler.ts';

export interface KnowledgeHandlerDeps {
  readonly library: Library;
  readonly answerer: Answerer;
}

export function knowledgeHandlers({ library, answerer }: KnowledgeHandlerDeps) {
  async function documentOf(tenantId: TenantId, id: DocumentId): Promise<Document> {
    const document = await library.get(tenantId, id);
    if (document === undefined) throw missing();
    return document;
  }

  return {
    ask({ principal, body: { question, incidentId }, signal }) {
      return answerer.ask(principal, { text: question, ...(incidentId === undefined ? {} : { incidentId }) }, signal);
    },

    addDocument({ principal, body: { source, format, text, title, tags } }) {
      const document: NewDocument = {
        source,
        format,
        text,
        ...(title === undefined ? {} : { title }),
        ...(tags === undefined ? {} : { tags }),
      };
      return library.add(principal.tenantId, document);
    },

    uploadDocument: ({ principal, query: { source, tags }, body }) =>
      library.addFile(principal.tenantId, { source, bytes: new Uint8Array(body), ...(tags && { tags }) }),

    async checkCitations({ principal, body: { citations } }) {
      const asked = citations.map(({ quote, document }) => ({ quote, ...(document && { document }) }));
      return { states: [...(await library.checkCitations(principal.tenantId, asked))] };
    },

    async rateAnswer({ principal, params, body: { helpful, note, question } }) {
      await answerer.rate(principal, {
        answerId: params.id,
        helpful,
        ...(note !== undefined && { note }),
        ...(question !== undefined && { question }),
      });
      return undefined;
    },

    async listAnswerRatings({ principal, query: { limit, helpful } }) {
      const options = { limit, ...(helpful !== undefined && { helpful }) };
      return { ratings: [...(await answerer.ratings(principal.tenantId, options))] };
    },

    async listDocuments({ principal, query: { limit } }) {
      return { documents: [...(await library.list(principal.tenantId, { limit }))] };
    },

    getDocument: ({ principal, params }) => documentOf(principal.tenantId, params.id),

    async readDocumentText({ principal, params, query: { start, end } }) {
      const { text } = await documentOf(principal.tenantId, params.id);
      if ((start ?? 0) > (end ?? text.length)) {
        throw new HeliosError('invalid-request', 'The span ends before it begins', {
          field: 'end',
          cure: 'Give start <= end',
        });
      }
      return text.slice(start ?? 0, end ?? text.length);
    },

    async removeDocument({ principal, params }) {
      if (!(await library.remove(principal.tenantId, params.id))) throw missing();
      return undefined;
    },

    async search({ principal, query: { q, limit } }) {
      return { passages: [...(await library.search(principal.tenantId, q, { limit }))] };
    },

    async searchPassages({
      principal,
      body: { q, limit, mode, tags, asset, showAll, perDocument, sentences, explain },
    }) {
      const found = await library.search(principal.tenantId, q, {
        limit,
        mode,
        showAll,
        perDocumentMax: perDocument,
        ...(sentences > 0 && { sentencesMax: sentences }),
        ...(tags && { filter: { tags } }),
        ...(asset && { asset: assetOf(asset) }),
      });
      return {
        passages: found.map(({ parts, coverage, validity, sentences: chosen, contradictions, ...passage }) => ({
          ...passage,
          ...(chosen && { sentences: [...chosen] }),
          ...(contradictions && { contradictions: [...contradictions] }),
          validity: { applies: validity.applies, reasons: [...validity.reasons] },
          ...(explain && { why: { coverage, ...parts } }),
        })),
      };
    },
  } satisfies Handlers<
    | 'ask'
    | 'addDocument'
    | 'uploadDocument'
    | 'checkCitations'
    | 'rateAnswer'
    | 'listAnswerRatings'
    | 'listDocuments'
    | 'getDocument'
    | 'readDocumentText'
    | 'removeDocument'
    | 'search'
    | 'searchPassages'
  >;
}

function assetOf(asset: { readonly [Name in keyof AssetContext]: AssetContext[Name] | undefined }): AssetContext {
  const { class: assetClass, product, component, version } = asset;
  return {
    ...(assetClass !== undefined && { class: assetClass }),
    ...(product !== undefined && { product }),
    ...(component !== undefined && { component }),
    ...(version !== undefined && { version }),
  };
}

function missing(): HeliosError {
  return new HeliosError('not-found', 'There is no such document', {
    field: 'id',
    cure: 'Look it up in /api/v1/documents',
  });
}
