import { HeliosError } from '@heliosiq/model';

/** What a template may speak of. */
export interface TemplateFacts {
  readonly asset: string;
  readonly kind: string;
  readonly metric?: string | undefined;
  readonly severity?: string | undefined;
  readonly labels: Readonly<Record<string, string>>;
  /** What the groups of the rule's expressions found, by field: `asset`, `metric`, `text`. */
  readonly groups: Readonly<Record<string, readonly string[]>>;
}

/** Text made from a signal. */
export type Template = (facts: TemplateFacts) => string;

const placeForm = /\{([^{}]*)\}/g;
const groupForm = /^(asset|metric|text)\.([1-9])$/;

/**
 * Compiles a text with places such as `{asset}`, `{metric}`, `{kind}`, `{severity}`, `{label.region}`, and `{text.1}`,
 * `{asset.1}` or `{metric.1}` for what a group of the rule's expression found. What is not there is empty. Throws
 * `config-invalid` for a place that there is not.
 */
export function compileTemplate(text: string): Template {
  const parts: Template[] = [];
  let end = 0;
  for (const match of text.matchAll(placeForm)) {
    const before = text.slice(end, match.index);
    if (before !== '') parts.push(() => before);
    parts.push(placeOf(match[1] ?? ''));
    end = match.index + match[0].length;
  }
  const rest = text.slice(end);
  if (rest !== '') parts.push(() => rest);
  return (facts) => parts.map((part) => part(facts)).join('');
}

function placeOf(name: string): Template {
  switch (name) {
    case 'asset':
      return ({ asset }) => asset;
    case 'kind':
      return ({ kind }) => kind;
    case 'metric':
      return ({ metric = '' }) => metric;
    case 'severity':
      return ({ severity = '' }) => severity;
    default:
      break;
  }
  if (name.startsWith('label.') && name.length > 6) {
    const label = name.slice(6);
    return ({ labels }) => (Object.hasOwn(labels, label) ? (labels[label] ?? '') : '');
  }
  const group = groupForm.exec(name);
  if (group !== null) {
    const [, field = '', number] = group;
    return ({ groups }) => groups[field]?.[Number(number) - 1] ?? '';
  }
  throw new HeliosError('config-invalid', `a template has no place "{${name.slice(0, 60)}}"`, {
    cure: 'Use {asset}, {metric}, {kind}, {severity}, {label.NAME}, or {text.1} for a group of an expression',
  });
}
