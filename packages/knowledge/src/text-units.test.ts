import { describe, expect, it } from 'vitest';
import { textUnits } from './text-units.ts';

describe('textUnits', () => {
  it('gives sentences, items, rows and lines of code, each exactly as it stands in the text', () => {
    const text = [
      '## A heading',
      '',
      'Set it to 3.6 mA, e.g. by hand. Then wait! A line',
      'that goes on here.',
      '',
      '1. First step.',
      '2. Second step',
      '   in two lines.',
      '',
      '| reading | judgement |',
      '|---|---|',
      '| above 95 °C | stop |',
      '',
      '```sh',
      'chronyc makestep',
      '```',
    ].join('\n');
    const units = textUnits(text);
    expect(units.map((unit) => [unit.kind, unit.text])).toEqual([
      ['prose', 'Set it to 3.6 mA, e.g. by hand.'],
      ['prose', 'Then wait!'],
      ['prose', 'A line\nthat goes on here.'],
      ['prose', 'First step.'],
      ['prose', 'Second step\n   in two lines.'],
      ['row', '| reading | judgement |'],
      ['row', '| above 95 °C | stop |'],
      ['code', 'chronyc makestep'],
    ]);
    for (const { text: words, span } of units) expect(text.slice(span.start, span.end)).toBe(words);
  });

  it('gives nothing for nothing, and ends on code that is never closed', () => {
    expect(textUnits('')).toEqual([]);
    expect(textUnits('```\nkubectl get pods').map(({ kind }) => kind)).toEqual(['code']);
  });
});
