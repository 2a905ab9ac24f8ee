import { AnomalyId, DiagnosisId, DocumentId, IncidentId } from '@heliosiq/api';
import { createRootRoute, createRoute, createRouter, lazyRouteComponent, notFound } from '@tanstack/react-router';
import { parseDetectionSearch } from '../detection/detection-search.ts';
import { parseExploreSearch } from '../explore/explore-search.ts';
import { IncidentsPage } from '../incident/incidents-page.tsx';
import { NotFound } from './not-found.tsx';
import { BrokenView } from './broken-view.tsx';
import { Shell } from './shell.tsx';
import { citedPlaceOf } from '../knowledge/cited-place.ts';

/** An id of an address; one that cannot be an id leads to nothing. */
function idOf<Id>(parsed: { readonly success: true; readonly data: Id } | { readonly success: false }): Id {
  if (parsed.success) return parsed.data;
  // The router's signal is no Error; asked so, it throws itself and never returns.
  return notFound({ throw: true }) as never;
}

const root = createRootRoute({ component: Shell, notFoundComponent: NotFound, errorComponent: BrokenView });

const incidents = createRoute({
  getParentRoute: () => root,
  path: '/',
  validateSearch: (search: Record<string, unknown>): { readonly show?: 'all' } =>
    search['show'] === 'all' ? { show: 'all' } : {},
  component: IncidentsPage,
});

const incident = createRoute({
  getParentRoute: () => root,
  path: '/incidents/$id',
  params: { parse: ({ id }) => ({ id: idOf(IncidentId.safeParse(id)) }), stringify: (params) => params },
  component: lazyRouteComponent(() => import('../incident/incident-page.tsx'), 'IncidentPage'),
});

const evidence = createRoute({
  getParentRoute: () => root,
  path: '/incidents/$id/evidence/$diagnosisId/$evidenceId',
  params: {
    parse: ({ id, diagnosisId, evidenceId }) => ({
      id: idOf(IncidentId.safeParse(id)),
      diagnosisId: idOf(DiagnosisId.safeParse(diagnosisId)),
      evidenceId,
    }),
    stringify: (params) => params,
  },
  component: lazyRouteComponent(() => import('../incident/evidence-page.tsx'), 'EvidencePage'),
});

const anomaly = createRoute({
  getParentRoute: () => root,
  path: '/anomalies/$id',
  params: { parse: ({ id }) => ({ id: idOf(AnomalyId.safeParse(id)) }), stringify: (params) => params },
  component: lazyRouteComponent(() => import('../incident/anomaly-page.tsx'), 'AnomalyPage'),
});

const knowledge = createRoute({
  getParentRoute: () => root,
  path: '/knowledge',
  validateSearch: (search: Record<string, unknown>): { readonly q?: string } =>
    typeof search['q'] === 'string' && search['q'] !== '' ? { q: search['q'] } : {},
  component: lazyRouteComponent(() => import('../knowledge/knowledge-page.tsx'), 'KnowledgePage'),
});

const document = createRoute({
  getParentRoute: () => root,
  path: '/documents/$id',
  params: { parse: ({ id }) => ({ id: idOf(DocumentId.safeParse(id)) }), stringify: (params) => params },
  validateSearch: citedPlaceOf,
  component: lazyRouteComponent(() => import('../knowledge/document-page.tsx'), 'DocumentPage'),
});

const explore = createRoute({
  getParentRoute: () => root,
  path: '/explore',
  validateSearch: parseExploreSearch,
  component: lazyRouteComponent(() => import('../explore/explore-page.tsx'), 'ExplorePage'),
});

const quiet = createRoute({
  getParentRoute: () => root,
  path: '/quiet',
  component: lazyRouteComponent(() => import('../incident/quiet-page.tsx'), 'QuietPage'),
});

const rules = createRoute({
  getParentRoute: () => root,
  path: '/rules',
  component: lazyRouteComponent(() => import('../rules/rules-page.tsx'), 'RulesPage'),
});

const detection = createRoute({
  getParentRoute: () => root,
  path: '/detection',
  validateSearch: parseDetectionSearch,
  component: lazyRouteComponent(() => import('../detection/detection-page.tsx'), 'DetectionPage'),
});

const routeTree = root.addChildren([
  detection,
  rules,
  quiet,
  incidents,
  incident,
  evidence,
  anomaly,
  explore,
  knowledge,
  document,
]);

/** The page's routes: every address restores its view. Charts and documents are loaded when they are first needed. */
export function createPageRouter() {
  return createRouter({
    routeTree,
    defaultPreload: 'intent',
    defaultErrorComponent: BrokenView,
    scrollRestoration: true,
  });
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createPageRouter>;
  }
}
