import { type Alert, AssetId } from '@heliosiq/model';
import { expect, test } from 'vitest';
import type { AlertSource, Episode } from './alert-episode.ts';
import { createSharedSources } from './alert-sources.ts';
import { createPastAlerts } from './past-alerts.ts';

const source: AlertSource = { way: 'webhook', origin: 'http://here' };

/** Each moment is another one. */
function episodeAt(at: number, by: AlertSource | undefined = source): Episode {
  const sent = { startsAt: at + 1, endedAt: at + 2.5, endedBefore: at - 1 };
  return { isFiring: false, ...sent, startedAt: at + 3, at, source: by, heardAt: at + 4 };
}

function recordOf(fingerprint: string): Alert {
  return {
    ...{ kind: 'alert', id: fingerprint, asset: AssetId.parse('web-1'), at: 100, fingerprint, status: 'resolved' },
    ...{ startedAt: 100, title: 'Down', severity: 'critical', labels: {} },
  };
}

test('what is set is answered as it was, with infinities and without a source', () => {
  const past = createPastAlerts(createSharedSources());
  const episodes: Record<string, Episode> = {
    whole: episodeAt(100),
    first: { ...episodeAt(200), endedBefore: -Infinity },
    unknown: { ...episodeAt(300), endedAt: Infinity, source: undefined },
    negative: episodeAt(-400, { way: 'direct', origin: '' }),
  };
  for (const [fingerprint, episode] of Object.entries(episodes))
    past.set(fingerprint, { episode, unstored: undefined });
  for (const [fingerprint, episode] of Object.entries(episodes)) {
    expect(past.get(fingerprint)).toEqual({ episode, unstored: undefined });
  }
  expect(past.get('other')).toBeUndefined();
  past.set('same', { episode: episodeAt(500, { ...source }), unstored: undefined });
  expect(past.get('same')?.episode.source, 'one object for equal senders').toBe(past.get('whole')?.episode.source);
});

test('what may not be stored is told from what is and from what is not known', () => {
  const past = createPastAlerts(createSharedSources());
  const episode = episodeAt(100);
  const record = recordOf('one');
  past.set('one', { episode, unstored: [record] });
  expect(past.get('one')?.unstored?.at(-1), 'the very record').toBe(record);
  past.set('one', { episode, unstored: [] });
  expect(past.get('one')?.unstored).toEqual([]);
  past.set('one', { episode, unstored: undefined });
  expect(past.get('one')?.unstored).toBeUndefined();
  past.set('one', { episode, unstored: [record] });
  past.delete('one');
  past.set('one', { episode, unstored: [] });
  expect(past.get('one')?.unstored, 'forgotten with its alert').toEqual([]);
});

test('alerts keep their order until they are deleted, and their moments while others come and go', () => {
  const past = createPastAlerts(createSharedSources());
  for (let index = 0; index < 100; index += 1) past.set(`alert-${index}`, { episode: episodeAt(index), unstored: [] });
  past.set('alert-0', { episode: episodeAt(1000), unstored: [] });
  expect(past.keys().next().value, 'set again, and still the oldest').toBe('alert-0');
  for (let index = 0; index < 50; index += 1) past.delete(`alert-${index}`);
  past.delete('alert-0');
  expect(past.keys().next().value).toBe('alert-50');
  for (let index = 100; index < 200; index += 1) {
    past.set(`alert-${index}`, { episode: episodeAt(index, undefined), unstored: undefined });
  }
  past.set('alert-0', { episode: episodeAt(2000), unstored: [] });
  expect(past.size).toBe(151);
  expect([...past.keys()].slice(-2)).toEqual(['alert-199', 'alert-0']);
  for (let index = 50; index < 200; index += 1) {
    const expected =
      index < 100 ? { episode: episodeAt(index), unstored: [] } : { episode: episodeAt(index, undefined) };
    expect(past.get(`alert-${index}`)).toEqual(expected);
  }
  expect(past.get('alert-0')?.episode.at).toBe(2000);
});

test('what is forgotten makes room for what comes', () => {
  const past = createPastAlerts(createSharedSources());
  const before = process.memoryUsage().arrayBuffers;
  for (let index = 0; index < 200_000; index += 1) {
    past.set(`alert-${index}`, { episode: episodeAt(index), unstored: [] });
    past.set(`alert-${index}`, { episode: episodeAt(index + 1), unstored: [] });
    past.delete(`alert-${index - 100}`);
  }
  expect(past.size).toBe(100);
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2_000_000);
});
