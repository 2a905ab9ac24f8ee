import { AssetId } from '@heliosiq/model';
import { describe, expect, test } from 'vitest';
import { jsonQuote } from './answer-draft.ts';
import { mentionedAssets, nameLikeWords } from './asset-mentions.ts';
import { sentencesOf } from './passage-steps.ts';
import { type Intent, intentOf } from './question-intent.ts';

describe('reading a question', () => {
  test.each<[string, Intent]>([
    ['why is PetSite slow?', 'cause'],
    ['What caused the outage?', 'cause'],
    ['what is the root cause', 'cause'],
    ['which incidents are open?', 'list'],
    ['show me all incidents', 'list'],
    ['what should we do now?', 'fix'],
    ['How do I fix this?', 'fix'],
    ['is the database healthy?', 'health'],
    ['What is happening?', 'status'],
    ['give me a summary', 'status'],
    ['connection pool sizing', 'knowledge'],
  ])('"%s" asks for %s', (question, intent) => {
    expect(intentOf(question)).toBe(intent);
  });

  const assets = [
    'PetSite',
    'PetSearch_AWS::ECS::Fargate',
    'pump-7/motor',
    'orders-db',
    'eu-api-service',
    'us-api-service',
    'ap-api-service',
    'sa-api-service',
  ].map((name) => AssetId.parse(name));
  test.each<[string, readonly string[]]>([
    ['why is pet site slow', ['PetSite']],
    ['PETSITE?', ['PetSite']],
    ['why is petsearch slow', ['PetSearch_AWS::ECS::Fargate']],
    ['is pump 7 motor hot', ['pump-7/motor']],
    ['is orders-db ok', ['orders-db']],
    ['why is pteSite slow', ['PetSite']],
    ['is the service down?', []],
    ['why is the weather bad', []],
  ])('"%s" names %j', (question, named) => {
    expect(mentionedAssets(question, assets)).toEqual(named);
  });

  test('words that look like names are found, statistics are none', () => {
    expect(nameLikeWords('why is BillingGateway at p99 slower than "the shop" and pump-7?')).toEqual([
      'the shop',
      'BillingGateway',
      'pump-7',
    ]);
  });
});

describe('quoting', () => {
  test('a quote stands in JSON as it is', () => {
    for (const text of [
      'plain',
      'say "hello there" twice',
      'a\\b and more',
      'one\ntwo three',
      'ünï 💥',
      'half \ud800 a pair',
    ]) {
      const quote = jsonQuote(text);
      expect(JSON.stringify({ text })).toContain(quote);
    }
    expect(jsonQuote('"\n"')).toBeUndefined();
  });

  test('sentences and list items are exact pieces of the passage, code and headings are not quoted', () => {
    const text =
      '## Fix\n\n1. Roll back version 2.4 first.\n2. Then scale out. Wait for it\n   to settle down.\n\n```sh\nrm -rf everything now.\n```\n\nUse 0.5 s at most, e.g. for reads.';
    const sentences = sentencesOf(text);
    expect(sentences).toEqual(
      [
        'Roll back version 2.4 first.',
        'Then scale out.',
        'Wait for it\n   to settle down.',
        'Use 0.5 s at most, e.g. for reads.',
      ].map((sentence) => expect.stringContaining(sentence.slice(0, 12))),
    );
    for (const sentence of sentences) expect(text).toContain(sentence);
  });
});
