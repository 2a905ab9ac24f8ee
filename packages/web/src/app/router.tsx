import { createRootRoute, createRoute, createRouter } from '@tanstack/react-router';
import { DocumentPage } from '../knowledge/document-page.tsx';
import { KnowledgePage } from '../knowledge/knowledge-page.tsx';
import { AnomalyPage } from '../incident/anomaly-page.tsx';
import { EvidencePage } from '../incident/evidence-page.tsx';
import { IncidentPage } from '../incident/incident-page.tsx';
import { IncidentsPage } from '../incident/incidents-page.tsx';
import { NotFound } from './not-found.tsx';
import { Shell } from './shell.tsx';

const root = createRootRoute({ component: Shell, notFoundComponent: NotFound });

const incidents = createRoute({
  getParentRoute: () => root,
  path: '/',
  validateSearch: (search: Record<string, unknown>): { readonly show?: 'all' } =>
    search['show'] === 'all' ? { show: 'all' } : {},
  component: IncidentsPage,
});

const incident = createRoute({ getParentRoute: () => root, path: '/incidents/$id', component: IncidentPage });

const evidence = createRoute({
  getParentRoute: () => root,
  path: '/incidents/$id/evidence/$diagnosisId/$evidenceId',
  component: EvidencePage,
});

const anomaly = createRoute({ getParentRoute: () => root, path: '/anomalies/$id', component: AnomalyPage });

const knowledge = createRoute({
  getParentRoute: () => root,
  path: '/knowledge',
  validateSearch: (search: Record<string, unknown>): { readonly q?: string } =>
    typeof search['q'] === 'string' && search['q'] !== '' ? { q: search['q'] } : {},
  component: KnowledgePage,
});

const document = createRoute({
  getParentRoute: () => root,
  path: '/documents/$id',
  validateSearch: (search: Record<string, unknown>): { readonly start?: number; readonly end?: number } => {
    const start = Number(search['start']);
    const end = Number(search['end']);
    return Number.isInteger(start) && Number.isInteger(end) && end > start ? { start, end } : {};
  },
  component: DocumentPage,
});

const routeTree = root.addChildren([incidents, incident, evidence, anomaly, knowledge, document]);

/** The page's routes: every address restores its view. */
export function createPageRouter() {
  return createRouter({ routeTree, defaultPreload: 'intent', scrollRestoration: true });
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createPageRouter>;
  }
}
