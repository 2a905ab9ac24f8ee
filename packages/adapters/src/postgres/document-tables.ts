import type { DocumentSummary, Passage } from '@heliosiq/model';
import type { JsonColumn } from './json-column.ts';

/** The tables of documents. */
export interface DocumentTables {
  document: DocumentTable;
  passage: PassageTable;
}

export interface DocumentTable {
  tenant_id: string;
  id: string;
  /** The title, to sort by. */
  sort_title: string;
  summary: JsonColumn<DocumentSummary>;
  content: string;
}

export interface PassageTable {
  tenant_id: string;
  document_id: string;
  ordinal: number;
  passage: JsonColumn<Passage>;
}
