import type { DiscreteSignal, TenantId } from '@heliosiq/model';
import { contentId } from '@heliosiq/model/content-id.ts';
import { isSecretName, redactorNames, redactors } from './redaction-patterns.ts';
import type { Redactor } from './redaction-patterns.ts';
import { compileExpressionWords } from './text-match.ts';

/** The part of a rule that says what is to be hidden. */
export interface RedactWords {
  /** `body`, `title`, `text`, `link`, `actor`, `asset`, `labels` or `label.NAME`; all texts but the asset when absent. */
  readonly fields?: readonly string[] | undefined;
  readonly patterns: readonly string[];
  /** What stands in its place; `hash` = the beginning of a hash, so that equal values can still be told to be equal. */
  readonly with: string;
}

/** Hides things in the texts of a signal or a series. */
export interface Redaction {
  signal(tenantId: TenantId, signal: DiscreteSignal): DiscreteSignal;
  series<Name extends RedactableSeries>(tenantId: TenantId, name: Name): Name;
}

interface RedactableSeries {
  readonly asset: string;
  readonly labels?: Readonly<Record<string, string>> | undefined;
}

const textFields = ['body', 'title', 'text', 'link', 'actor', 'asset'] as const;
const fieldsDefault: readonly string[] = ['body', 'title', 'text', 'link', 'labels'];
const hashLength = 12;
/** Texts that are remembered as clean, and how long they may be. */
const cleanMax = 2_000;
const cleanLengthMax = 200;
const labelLengthMax = 1024;
/** The longest text of each field that the model takes. */
const lengthMax: Readonly<Record<(typeof textFields)[number], number>> = {
  body: 65_536,
  title: 1000,
  text: 10_000,
  link: 2000,
  actor: 200,
  asset: 300,
};

/** Compiles what is to be hidden. Throws `config-invalid` for an expression that is none. */
export function compileRedaction({ fields = fieldsDefault, patterns, with: replacement }: RedactWords): Redaction {
  const all = patterns.map((words) => redactorOf(words));
  const hidesPairs = patterns.includes('password-pair');
  const labelNames = new Set(fields.filter((field) => field.startsWith('label.')).map((field) => field.slice(6)));
  const allLabels = fields.includes('labels');
  /** Texts in which nothing was found: names and values of labels, titles and the like come again and again. */
  const clean = new Set<string>();

  function hiding(tenantId: TenantId): (found: string) => string {
    if (replacement !== 'hash') return () => replacement;
    return (found) => `#${contentId('redacted', tenantId, found).slice(0, hashLength)}`;
  }

  function hideIn(text: string, hide: (found: string) => string): string {
    if (clean.has(text)) return text;
    let hidden = text;
    for (const redactor of all) hidden = redactor(hidden, hide);
    if (hidden === text && text.length <= cleanLengthMax) {
      if (clean.size >= cleanMax) clean.clear();
      clean.add(text);
    }
    return hidden;
  }

  function labelsOf(
    labels: Readonly<Record<string, string>>,
    hide: (found: string) => string,
  ): Readonly<Record<string, string>> {
    let changed: Record<string, string> | undefined;
    for (const name in labels) {
      const value = labels[name];
      if (value === undefined || (!allLabels && !labelNames.has(name))) continue;
      const hidden = hidesPairs && value !== '' && isSecretName(name) ? hide(value) : hideIn(value, hide);
      if (hidden === value) continue;
      changed ??= { ...labels };
      changed[name] = hidden.slice(0, labelLengthMax);
    }
    return changed ?? labels;
  }

  return {
    signal(tenantId, signal) {
      const hide = hiding(tenantId);
      let changes: Record<string, unknown> | undefined;
      const texts: Readonly<Partial<Record<string, unknown>>> = signal;
      for (const field of textFields) {
        const text = texts[field];
        if (!fields.includes(field) || typeof text !== 'string') continue;
        const hidden = hideIn(text, hide).slice(0, lengthMax[field]);
        if (hidden !== text && hidden.trim() !== '') (changes ??= {})[field] = hidden;
      }
      const labels = labelsOf(signal.labels, hide);
      if (labels !== signal.labels) (changes ??= {})['labels'] = labels;
      return changes === undefined ? signal : { ...signal, ...changes };
    },
    series(tenantId, name) {
      const hide = hiding(tenantId);
      const asset = fields.includes('asset') ? hideIn(name.asset, hide).slice(0, lengthMax.asset) : name.asset;
      const labels = name.labels === undefined ? undefined : labelsOf(name.labels, hide);
      const isSame = (asset === name.asset || asset.trim() === '') && labels === name.labels;
      return isSame ? name : { ...name, asset: asset.trim() === '' ? name.asset : asset, labels };
    },
  };
}

function redactorOf(words: string): Redactor {
  const known = redactorNames.find((name) => name === words);
  if (known !== undefined) return redactors[known];
  const expression = compileExpressionWords(words);
  return (text, hide) => {
    const matcher = expression.matcher(text);
    let hidden = '';
    let end = 0;
    while (matcher.find()) {
      if (matcher.end() === matcher.start()) continue;
      hidden += text.slice(end, matcher.start()) + hide(text.slice(matcher.start(), matcher.end()));
      end = matcher.end();
    }
    return end === 0 ? text : hidden + text.slice(end);
  };
}
