import { HighlightStyle } from '@codemirror/language';
import { EditorView } from '@codemirror/view';
import { tags } from '@lezer/highlight';

/** The editor in the page's own colours, which follow the theme by themselves. */
export const editorLook = EditorView.theme({
  '&': {
    color: 'var(--color-ink)',
    background: 'var(--color-ground)',
    border: '1px solid var(--color-line)',
    borderRadius: '0.5rem',
    fontSize: '0.875rem',
  },
  '&.cm-focused': { outline: '2px solid var(--color-link)', outlineOffset: '1px' },
  '.cm-scroller': { fontFamily: 'var(--font-mono)', lineHeight: '1.5', maxHeight: '10rem' },
  '.cm-content': {
    padding: '0.4rem 0',
    caretColor: 'var(--color-ink)',
    minHeight: '2.125rem',
    boxSizing: 'border-box',
  },
  '.cm-line': { padding: '0 0.75rem' },
  '.cm-placeholder': { color: 'var(--color-soft)' },
  '.cm-cursor': { borderLeftColor: 'var(--color-ink)' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': {
    background: 'color-mix(in srgb, var(--color-link) 30%, transparent)',
  },
  '.cm-matchingBracket, &.cm-focused .cm-matchingBracket': {
    background: 'color-mix(in srgb, var(--color-good) 25%, transparent)',
    color: 'inherit',
  },
  '.cm-tooltip': {
    background: 'var(--color-card)',
    color: 'var(--color-ink)',
    border: '1px solid var(--color-line)',
    borderRadius: '0.5rem',
    overflow: 'hidden',
    maxWidth: 'min(40rem, 92vw)',
    zIndex: '30',
  },
  '.cm-tooltip.cm-tooltip-autocomplete > ul': {
    fontFamily: 'var(--font-mono)',
    fontSize: '0.8125rem',
    maxHeight: '16rem',
  },
  '.cm-tooltip.cm-tooltip-autocomplete > ul > li': { padding: '0.2rem 0.6rem' },
  '.cm-tooltip.cm-tooltip-autocomplete > ul > li[aria-selected]': {
    background: 'var(--color-link)',
    color: 'var(--color-card)',
  },
  '.cm-completionMatchedText': { textDecoration: 'none', fontWeight: '700' },
  '.cm-completionDetail': { color: 'inherit', opacity: '0.75', fontStyle: 'normal', marginLeft: '0.75rem' },
  '.cm-completionInfo': { padding: '0.4rem 0.6rem', fontFamily: 'var(--font-sans)', fontSize: '0.8125rem' },
  '.cm-diagnostic': { padding: '0.3rem 0.6rem', fontFamily: 'var(--font-sans)', fontSize: '0.8125rem' },
  '.cm-diagnostic-error': { borderLeft: '4px solid var(--color-critical)' },
  '.cm-diagnostic-warning': { borderLeft: '4px solid var(--color-medium)' },
  // A picture in a style sheet would be refused by the page's policy, so that the place of a fault is drawn as a line.
  '.cm-lintRange-error': {
    backgroundImage: 'none',
    textDecoration: 'underline wavy var(--color-critical)',
    textUnderlineOffset: '3px',
  },
  '.cm-lintRange-warning': {
    backgroundImage: 'none',
    textDecoration: 'underline wavy var(--color-medium)',
    textUnderlineOffset: '3px',
  },
});

/** Colours of PromQL's words. */
export const promqlColors = HighlightStyle.define([
  { tag: tags.number, color: 'var(--color-low)' },
  { tag: tags.string, color: 'var(--color-good)' },
  { tag: [tags.keyword, tags.modifier, tags.operatorKeyword], color: 'var(--color-accent)' },
  { tag: [tags.function(tags.variableName)], color: 'var(--color-link)' },
  { tag: tags.labelName, color: 'var(--color-high)' },
  { tag: tags.comment, color: 'var(--color-soft)', fontStyle: 'italic' },
  { tag: tags.invalid, color: 'var(--color-critical)' },
]);
