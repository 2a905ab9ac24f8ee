import { HeliosError } from '@heliosiq/model';

/** What a topic says about the measurements of its messages. */
export interface TopicPlace {
  readonly asset: string;
  /** The metric, or what stands before the names inside the payload; empty when the topic has none. */
  readonly metric: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** Finds asset, metric and labels in a topic. */
export type TopicReader = (topic: string, tenantId: string) => TopicPlace;

/** One level of a template. */
interface Level {
  readonly kind: 'text' | 'any' | 'tenant' | 'asset' | 'metric' | 'label';
  /** The text that must stand there, or the name of the label. */
  readonly text: string;
  /** Takes all levels that are left, one or more; only the last level may. */
  readonly isRest: boolean;
}

const levelForm = /^\{(?:(tenant|asset|metric)|label\.([A-Za-z_][A-Za-z0-9_.-]{0,127}))(#?)\}$/;

/**
 * Reads topics by templates, the first that fits decides. A template is a topic whose levels are text, `+` (any), `{tenant}`,
 * `{asset}`, `{metric}`, `{label.NAME}`; as last level `#` (any rest), `{asset#}` or `{metric#}` (all that is left).
 * Several `{asset}` are joined by a slash, several `{metric}` by a dot. Without a fitting template, and after a first level that
 * is the tenant's name, the last level is the metric and all before it the asset; a lone level is the asset.
 * Throws `config-invalid` for other templates.
 */
export function createTopicReader(templates: readonly string[]): TopicReader {
  const parsed = templates.map((template) => parseTemplate(template));
  return (topic, tenantId) => {
    const levels = topic.split('/');
    for (const template of parsed) {
      const place = fit(template, levels, tenantId);
      if (place !== undefined) return place;
    }
    const own = levels.length > 1 && levels[0] === tenantId ? levels.slice(1) : levels;
    const named = own.filter((level) => level !== '');
    if (named.length <= 1) return { asset: named[0] ?? '', metric: '', labels: {} };
    return { asset: named.slice(0, -1).join('/'), metric: named.at(-1) ?? '', labels: {} };
  };
}

function parseTemplate(template: string): readonly Level[] {
  const texts = template.split('/');
  const levels = texts.map((text, index): Level => {
    const isLast = index === texts.length - 1;
    if (text === '+') return { kind: 'any', text: '', isRest: false };
    if (text === '#' && isLast) return { kind: 'any', text: '', isRest: true };
    const [whole, word, label, rest = ''] = levelForm.exec(text) ?? [];
    if (whole === undefined) {
      if (/[{}+#]/.test(text)) throw invalid(template, `"${text}" is not a level`);
      return { kind: 'text', text, isRest: false };
    }
    if (rest !== '' && (!isLast || (word !== 'asset' && word !== 'metric'))) {
      throw invalid(template, `"${text}" may only be {asset#} or {metric#}, and the last level`);
    }
    if (label !== undefined) return { kind: 'label', text: label, isRest: false };
    // The cast holds: the form knows no other words.
    return { kind: word as 'tenant' | 'asset' | 'metric', text: '', isRest: rest !== '' };
  });
  if (!levels.some(({ kind }) => kind === 'asset')) throw invalid(template, 'it names no {asset}');
  return levels;
}

function fit(template: readonly Level[], levels: readonly string[], tenantId: string): TopicPlace | undefined {
  const isOpen = template.at(-1)?.isRest === true;
  if (isOpen ? levels.length < template.length : levels.length !== template.length) return undefined;
  const assets: string[] = [];
  const metrics: string[] = [];
  const labels: Record<string, string> = {};
  for (const [index, { kind, text, isRest }] of template.entries()) {
    const level = levels[index] ?? '';
    const rest = isRest ? levels.slice(index) : [level];
    if (kind === 'text' && level !== text) return undefined;
    if (kind === 'tenant' && level !== tenantId) return undefined;
    if (kind === 'asset' || kind === 'metric') {
      if (rest.includes('')) return undefined;
      (kind === 'asset' ? assets : metrics).push(...rest);
    }
    if (kind === 'label') labels[text] = level;
  }
  return { asset: assets.join('/'), metric: metrics.join('.'), labels };
}

function invalid(template: string, reason: string): HeliosError {
  return new HeliosError('config-invalid', `The topic template "${template}" is not valid: ${reason}`, {
    cure: 'Write it like "site/{label.site}/{asset}/{metric}"',
  });
}
