/** Address of the page that shows what an API address answers; the API address itself where no page does. */
export function pagePathOf(apiPath: string): string {
  const evidence = /^\/api\/v1\/incidents\/([^/]+)\/diagnoses\/([^/]+)\/evidence\/([^/?]+)/.exec(apiPath);
  if (evidence !== null) return `/incidents/${evidence[1]}/evidence/${evidence[2]}/${evidence[3]}`;
  const thing = /^\/api\/v1\/(incidents|anomalies)\/([^/?]+)$/.exec(apiPath);
  if (thing !== null) return `/${thing[1]}/${thing[2]}`;
  const text = /^\/api\/v1\/documents\/([^/]+)\/text(\?.*)?$/.exec(apiPath);
  if (text !== null) return `/documents/${text[1]}${text[2] ?? ''}`;
  return apiPath;
}
