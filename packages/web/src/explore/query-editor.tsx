import {
  acceptCompletion,
  autocompletion,
  closeBrackets,
  closeBracketsKeymap,
  closeCompletion,
  completionKeymap,
} from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap, insertNewline } from '@codemirror/commands';
import { bracketMatching, syntaxHighlighting } from '@codemirror/language';
import { Prec } from '@codemirror/state';
import type { Extension } from '@codemirror/state';
import { EditorView, keymap, placeholder } from '@codemirror/view';
import { PromQLExtension } from '@prometheus-io/codemirror-promql';
import { useEffect, useRef } from 'react';
import { createCompletionSource } from './completion-source.ts';
import { editorLook, promqlColors } from './editor-look.ts';

export interface QueryEditorProps {
  readonly label: string;
  readonly text: string;
  /** Takes the focus when it appears. */
  readonly isFocused: boolean;
  readonly onText: (text: string) => void;
  readonly onRun: (text: string) => void;
}

/** One for the page: what it has learnt of names serves every editor. */
const completionSource = createCompletionSource();

/**
 * A field for PromQL with completion and marked faults. Enter and Ctrl-Enter run, Shift-Enter begins a line, Tab takes a
 * completion or goes on to the next control. It lives in a shadow tree, where its styles are adopted style sheets: in the
 * page itself they would be inline styles, which the page's policy forbids.
 */
export function QueryEditor({ label, text, isFocused, onText, onRun }: QueryEditorProps) {
  const holder = useRef<HTMLDivElement>(null);
  const editor = useRef<EditorView>(null);
  const calls = useRef({ onText, onRun });
  useEffect(() => {
    calls.current = { onText, onRun };
  });

  useEffect(() => {
    const element = holder.current;
    if (element === null) return undefined;
    const root = element.shadowRoot ?? element.attachShadow({ mode: 'open' });
    const place = document.createElement('div');
    root.append(place);
    // The text goes along: the page may not have drawn the last change yet.
    const run = (of: EditorView): boolean => {
      calls.current.onRun(of.state.doc.toString());
      return true;
    };
    const view = new EditorView({
      root,
      parent: place,
      extensions: [
        editorExtensions(run),
        EditorView.contentAttributes.of({ 'aria-label': label }),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) calls.current.onText(update.state.doc.toString());
        }),
      ],
    });
    editor.current = view;
    return () => {
      editor.current = null;
      view.destroy();
      place.remove();
    };
  }, [label]);

  useEffect(() => {
    const view = editor.current;
    if (view === null || view.state.doc.toString() === text) return;
    view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } });
  }, [text, label]);

  useEffect(() => {
    if (isFocused) editor.current?.focus();
  }, [isFocused]);

  return <div ref={holder} className="min-w-0" />;
}

function editorExtensions(onRun: (view: EditorView) => boolean): Extension {
  // What is offered would lie over the answer.
  const run = (view: EditorView): boolean => {
    closeCompletion(view);
    return onRun(view);
  };
  const promql = new PromQLExtension().setComplete({ remote: completionSource, maxMetricsMetadata: 10_000 });
  return [
    Prec.highest(keymap.of([{ key: 'Mod-Enter', run }])),
    Prec.high(keymap.of(completionKeymap)),
    keymap.of([
      { key: 'Tab', run: acceptCompletion },
      { key: 'Enter', run, shift: insertNewline },
      ...closeBracketsKeymap,
      ...defaultKeymap,
      ...historyKeymap,
    ]),
    history(),
    closeBrackets(),
    bracketMatching(),
    autocompletion(),
    promql.asExtension(),
    syntaxHighlighting(promqlColors),
    placeholder('A metric or an expression in PromQL'),
    EditorView.lineWrapping,
    editorLook,
  ];
}
