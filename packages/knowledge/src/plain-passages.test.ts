import { describe, expect, it } from 'vitest';
import { plainPassages } from './plain-passages.ts';

function passagesOf(text: string): { path: string; text: string }[] {
  return plainPassages(text).map(({ headings, span }) => ({
    path: headings.join(' > '),
    text: text.slice(span.start, span.end),
  }));
}

describe('plainPassages', () => {
  it('reads underlined, numbered and capital headings', () => {
    const text =
      'PUMP MANUAL\n\n1 Safety\n\nLock out first.\n\n2.1 Start\n\nOpen the valve.\n\nFaults\n------\nNo flow.\n';
    expect(passagesOf(text)).toEqual([
      { path: 'PUMP MANUAL > 1 Safety', text: 'Lock out first.' },
      { path: '2.1 Start', text: 'Open the valve.' },
      { path: 'Faults', text: 'No flow.' },
    ]);
  });

  it('gathers paragraphs of one section up to the size and never splits a short one', () => {
    const paragraph = 'A paragraph of some words that belong together. '.repeat(10).trim();
    const passages = passagesOf(Array.from({ length: 6 }, () => paragraph).join('\n\n'));
    expect(passages.map((passage) => passage.text.length)).toEqual([960, 960, 960]);
  });

  it('cuts a text without any boundary by length, never inside a character', () => {
    const passages = passagesOf('😀'.repeat(2000));
    expect(passages.map((passage) => passage.text).join('')).toBe('😀'.repeat(2000));
    for (const { text } of passages) expect(text.isWellFormed() && text.length <= 1200).toBe(true);
  });

  it('keeps a last heading that has nothing under it', () => {
    expect(passagesOf('Text.\n\nAPPENDIX').map((passage) => passage.text)).toEqual(['Text.', 'APPENDIX']);
  });
});
