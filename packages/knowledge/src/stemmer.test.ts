import { describe, expect, it } from 'vitest';
import { stemEnglish } from './stemmer.ts';

describe('stemEnglish', () => {
  it.each([
    ['restart restarts restarted restarting', 'restart'],
    ['connect connection connections connected connecting connective', 'connect'],
    ['throttle throttled throttling throttles', 'throttl'],
    ['query queries queried', 'queri'],
    ['latency latencies', 'latenc'],
    ['bearing bearings', 'bear'],
    ['crash crashes crashing', 'crash'],
    ['saturate saturation saturated', 'satur'],
  ])('brings %s to one stem', (words, stem) => {
    expect(words.split(' ').map(stemEnglish)).toEqual(words.split(' ').map(() => stem));
  });

  it.each([
    ['consignment', 'consign'],
    ['consistency', 'consist'],
    ['consolingly', 'consol'],
    ['knightly', 'knight'],
    ['generously', 'generous'],
    ['communism', 'communism'],
    ['hopping', 'hop'],
    ['hoping', 'hope'],
    ['ties', 'tie'],
    ['cries', 'cri'],
    ['gas', 'gas'],
    ['gaps', 'gap'],
    ['kiwis', 'kiwi'],
    ['say', 'say'],
    ['by', 'by'],
    ['cry', 'cri'],
    ['luxuriated', 'luxuri'],
    ['skies', 'sky'],
    ['succeeding', 'succeed'],
    ['news', 'news'],
    ['controll', 'control'],
    ['rational', 'ration'],
    ['geology', 'geolog'],
    ['bed', 'bed'],
    ['rate', 'rate'],
    ['engineering', 'engin'],
    ['youth', 'youth'],
    ['dog’s', 'dog’s'],
    ["dog's", 'dog'],
  ])('agrees with the published vocabulary: %s -> %s', (word, stem) => {
    expect(stemEnglish(word)).toBe(stem);
  });

  it('leaves numbers, identifiers and other scripts alone', () => {
    for (const word of ['p99', '2.4.1', 'größe', '温度', 'io']) expect(stemEnglish(word)).toBe(word);
  });
});
