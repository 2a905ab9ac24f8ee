/** An OpenAPI description as a document: one section an operation. */

const OPERATIONS_MAX = 2000;
const METHODS = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace'];

/** Whether a parsed file is an OpenAPI (or Swagger 2) description. */
export function isOpenApi(value: unknown): boolean {
  return (text(value, 'openapi') ?? text(value, 'swagger')) !== undefined && typeof field(value, 'paths') === 'object';
}

/** Title, description and operations with their parameters and answers, at most 2,000 operations. */
export function openApiToMarkdown(value: unknown): { readonly title: string; readonly markdown: string } {
  const info = field(value, 'info');
  const title = text(info, 'title') ?? 'API';
  const version = text(info, 'version');
  const lines = [`# ${oneLine(title)}${version === undefined ? '' : ` ${oneLine(version)}`}`];
  const about = text(info, 'description');
  if (about !== undefined) lines.push('', about);
  let operations = 0;
  for (const [path, item] of Object.entries(record(field(value, 'paths')))) {
    for (const method of METHODS) {
      const operation = field(item, method);
      if (operation === undefined || operations === OPERATIONS_MAX) continue;
      operations += 1;
      lines.push('', `## ${method.toUpperCase()} ${oneLine(path)}`, '', ...operationLines(operation));
    }
  }
  return { title: oneLine(title), markdown: lines.join('\n') };
}

function operationLines(operation: unknown): string[] {
  const lines: string[] = [];
  for (const name of ['summary', 'description', 'operationId']) {
    const words = text(operation, name);
    if (words !== undefined) lines.push(name === 'operationId' ? `Operation: \`${oneLine(words)}\`` : words, '');
  }
  for (const parameter of list(field(operation, 'parameters'))) {
    const name = text(parameter, 'name');
    if (name === undefined) continue;
    const needed = field(parameter, 'required') === true ? ', required' : '';
    const words = text(parameter, 'description') ?? '';
    lines.push(`- \`${oneLine(name)}\` (${text(parameter, 'in') ?? 'parameter'}${needed}) ${oneLine(words)}`.trimEnd());
  }
  for (const [status, response] of Object.entries(record(field(operation, 'responses')))) {
    lines.push(`- answers ${oneLine(status)}: ${oneLine(text(response, 'description') ?? '')}`.trimEnd());
  }
  return lines;
}

function oneLine(words: string): string {
  return words.replace(/\s+/g, ' ').trim();
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  // The cast holds: any object but a list can be read by string keys.
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

function field(value: unknown, name: string): unknown {
  return Object.hasOwn(record(value), name) ? record(value)[name] : undefined;
}

function text(value: unknown, name: string): string | undefined {
  const words = field(value, name);
  return typeof words === 'string' && words.trim() !== '' ? words : undefined;
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
