import { isNode, LineCounter, parseAllDocuments, type Document } from 'yaml';
import type { z } from 'zod';
import { fieldPathOf } from '@heliosiq/model/field-path.ts';
import type { RuleFault } from './rule-group.ts';

/** One document of a YAML file, with the lines that its parts stand on. */
export interface YamlDocument {
  readonly content: unknown;
  /** The line of the nearest part of a path that the document has, from 1. */
  lineOf(path: readonly PropertyKey[]): number;
}

export type ReadYaml =
  | { readonly ok: true; readonly documents: readonly YamlDocument[] }
  | { readonly ok: false; readonly faults: readonly RuleFault[] };

const faultsMax = 50;
/** Aliases that a document may resolve: more of them only make a small file large. */
const aliasesMax = 100;

/** Reads the documents of a YAML file; empty ones are left out. */
export function readYaml(text: string): ReadYaml {
  const lines = new LineCounter();
  const parsed = [...parseAllDocuments(text, { lineCounter: lines })];
  const faults = parsed.flatMap(({ errors }) =>
    errors.map(({ message, pos }) => ({ line: lines.linePos(pos[0]).line, reason: message.split('\n')[0] ?? '' })),
  );
  if (faults.length > 0) return { ok: false, faults: faults.slice(0, faultsMax) };
  try {
    const documents = parsed.map((document) => ({
      content: document.toJS({ maxAliasCount: aliasesMax }) as unknown, // the library promises nothing about it
      lineOf: (path: readonly PropertyKey[]) => lineIn(document, lines, path),
    }));
    return { ok: true, documents: documents.filter(({ content }) => content !== null && content !== undefined) };
  } catch (error) {
    return { ok: false, faults: [{ line: 1, reason: error instanceof Error ? error.message : 'it cannot be read' }] };
  }
}

function lineIn(document: Document, lines: LineCounter, path: readonly PropertyKey[]): number {
  for (let length = path.length; length >= 0; length -= 1) {
    const node = length === 0 ? document.contents : document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
  }
  return 1;
}

/** What a schema finds wrong in a document, with lines. */
export function schemaFaults(document: YamlDocument, error: z.ZodError): readonly RuleFault[] {
  return error.issues.slice(0, faultsMax).map(({ path, message }) => ({
    line: document.lineOf(path),
    reason: path.length === 0 ? message : `${fieldPathOf(path)}: ${message}`,
  }));
}
