import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { pagePathOf } from './page-path.ts';

export interface SourceLinkProps {
  /** An API address, as citations, evidence and timeline entries give it. */
  readonly url: string;
  readonly className: string;
  readonly title?: string;
  readonly 'aria-label'?: string;
  readonly children: ReactNode;
}

/** A link to the view of what an API address answers; to the answer itself where no view shows it. */
export function SourceLink({ url, ...rest }: SourceLinkProps) {
  const path = pagePathOf(url);
  if (path.startsWith('/api/')) return <a href={path} {...rest} />;
  const { pathname, searchParams } = new URL(path, location.origin);
  const search = Object.fromEntries([...searchParams].map(([name, value]) => [name, Number(value)]));
  return <Link to={pathname} search={search} {...rest} />;
}
