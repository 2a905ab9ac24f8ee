import type { Answer } from '@heliosiq/model';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { SourceLink } from '../app/source-link.tsx';

export interface CitationLinkProps {
  readonly citation: Answer['citations'][number];
  readonly className: string;
  readonly title?: string;
  readonly 'aria-label'?: string;
  readonly children: ReactNode;
}

/** A link to what is cited; one into a document takes along what stood there, so that a change since is seen. */
export function CitationLink({ citation, ...rest }: CitationLinkProps) {
  const { document, url, quote } = citation;
  if (document === undefined) return <SourceLink url={url} {...rest} />;
  const search = { ...document.span, sha256: document.sha256, quote };
  return <Link to="/documents/$id" params={{ id: document.id }} search={search} {...rest} />;
}
