import { z } from 'zod';
import { anchoredPattern } from './anchored-pattern.ts';
import type { Incident } from './incident.ts';
import { Timestamp } from './signal.ts';

/** What a label must be, as in Alertmanager: `operator` is `=`, `!=`, `=~` or `!~`, the last two for anchored patterns. */
export const SilenceMatcher = z
  .strictObject({
    name: z.string().trim().min(1).max(128),
    operator: z.enum(['=', '!=', '=~', '!~']).default('='),
    value: z.string().max(500),
  })
  .check((context) => {
    const { operator, value } = context.value;
    if (operator !== '=~' && operator !== '!~') return;
    try {
      anchoredPattern(value);
    } catch (error) {
      const message = error instanceof Error ? error.message : 'the pattern cannot be read';
      context.issues.push({ code: 'custom', message, input: value, path: ['value'] });
    }
  });
export type SilenceMatcher = z.infer<typeof SilenceMatcher>;

/** Nobody is told of what matches all of `matchers` from `startsAt` until before `endsAt`. Incidents are kept and shown all the same. */
export const Silence = z.object({
  id: z.uuid(),
  /** `maintenance`: somebody works there; what happens is expected. */
  kind: z.enum(['silence', 'maintenance']),
  matchers: z.array(SilenceMatcher).min(1).max(20),
  startsAt: Timestamp,
  endsAt: Timestamp,
  author: z.string(),
  reason: z.string().min(1).max(2000),
  createdAt: Timestamp,
  /** When and by whom it was ended before its time. */
  endedAt: Timestamp.optional(),
  endedBy: z.string().optional(),
});
export type Silence = z.infer<typeof Silence>;

/** Whether a silence waits for its start, silences, or is over, at a moment. */
export function silenceState(silence: Silence, at: number): 'pending' | 'active' | 'over' {
  if (at >= Math.min(silence.endsAt, silence.endedAt ?? Infinity)) return 'over';
  return at >= silence.startsAt ? 'active' : 'pending';
}

/** True when the silence is active and every matcher holds; a matcher on a name with several values holds if one of them fits. */
export function isSilencedBy(incident: Incident, silence: Silence, at: number): boolean {
  if (silenceState(silence, at) !== 'active') return false;
  return silence.matchers.every((matcher) => holds(matcher, valuesOf(incident, matcher.name)));
}

/** What an incident is called by a matcher: its assets, entry, severity and title, and the labels of its members. */
function valuesOf(incident: Incident, name: string): readonly string[] {
  if (name === 'asset') return incident.assets;
  if (name === 'entry') return incident.entry === undefined ? [] : [incident.entry.asset];
  if (name === 'incident') return [incident.id];
  if (name === 'title') return [incident.title];
  const prefix = `${name}=`;
  const labels = (incident.traits ?? [])
    .filter((trait) => trait.startsWith(prefix))
    .map((trait) => trait.slice(prefix.length));
  // The severity that was worked out counts, beside what senders called it.
  return name === 'severity' ? [incident.severity, ...labels] : labels;
}

function holds({ operator, value }: SilenceMatcher, values: readonly string[]): boolean {
  // A label that is not there is the empty one, as in Alertmanager.
  const present = values.length === 0 ? [''] : values;
  if (operator === '=') return present.includes(value);
  if (operator === '!=') return !present.includes(value);
  const pattern = anchoredPattern(value);
  const isMatched = present.some((text) => pattern.matches(text.slice(0, 1024)));
  return operator === '=~' ? isMatched : !isMatched;
}
